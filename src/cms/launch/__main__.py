import sys

from cms.launch.problems import Interrupted, LaunchError
from cms.launch.signals import Signals

# Before the slow imports: a Ctrl-C during them is to end in the same way as any other.
_SIGNALS = Signals()

from cms.launch import development, production  # noqa: E402
from cms.launch.configuration import read_settings  # noqa: E402


def main() -> int:
    try:
        settings = read_settings()
        _SIGNALS.check()
        mode = production if settings.environment == "production" else development
        mode.start(settings, _SIGNALS)
    except Interrupted:
        return 0
    except LaunchError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except OSError as error:
        print(f"{error.filename or 'The system'}: {error.strerror}.", file=sys.stderr)
        return 1
    finally:
        _SIGNALS.ignore()
    return 0


if __name__ == "__main__":
    sys.exit(main())
