"""Starts production with one command, the container's: `python -m cms.launch`."""

import sys

from cms.launch.signals import Signals

# Before the slow imports: a Ctrl-C during them is to end in the same way as any other.
_SIGNALS = Signals()

from cms.launch.command import run  # noqa: E402
from cms.launch.production import start  # noqa: E402

if __name__ == "__main__":
    sys.exit(run(start, _SIGNALS))
