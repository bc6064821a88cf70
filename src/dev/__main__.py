"""Starts the whole system with one command: `python -m dev`, which is `make run`."""

import sys

from cms.launch.signals import Signals

# Before the slow imports: a Ctrl-C during them is to end in the same way as any other.
_SIGNALS = Signals()

from cms.kernel.config import Settings  # noqa: E402
from cms.launch import production  # noqa: E402
from cms.launch.command import run  # noqa: E402
from dev import development  # noqa: E402


def _start(settings: Settings, signals: Signals) -> None:
    mode = production if settings.environment == "production" else development
    mode.start(settings, signals)


if __name__ == "__main__":
    sys.exit(run(_start, _SIGNALS))
