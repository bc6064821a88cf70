"""What a command that starts the system does around its start."""

import sys
from collections.abc import Callable

from cms.kernel.config import Settings
from cms.launch.configuration import read_settings
from cms.launch.problems import Interrupted, LaunchError
from cms.launch.signals import Signals


def run(start: Callable[[Settings, Signals], None], signals: Signals) -> int:
    """Returns the exit code; why it failed is told in a sentence."""
    try:
        settings = read_settings()
        signals.check()
        start(settings, signals)
    except Interrupted:
        return 0
    except LaunchError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except OSError as error:
        print(f"{error.filename or 'The system'}: {error.strerror}.", file=sys.stderr)
        return 1
    finally:
        signals.ignore()
    return 0
