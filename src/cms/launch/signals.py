"""Signals that ask the launcher to stop, noted when they come and acted on at a safe point."""

import signal
from time import monotonic
from types import FrameType

from cms.launch.problems import Interrupted

# A terminal and `make` may both pass on one and the same Ctrl-C.
_SAME_REQUEST_SECONDS = 0.5
_STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Signals:
    """Raising from the handler itself could lose a child between its start and its stop."""

    def __init__(self) -> None:
        self._first: float | None = None
        self._urgent = False
        for number in _STOPS:
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # nohup
                signal.signal(number, self._note)

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        now = monotonic()
        if self._first is None:
            self._first = now
        elif now - self._first > _SAME_REQUEST_SECONDS:
            self._urgent = True

    def check(self) -> None:
        """Raises `Interrupted` once a signal has come."""
        if self._first is not None:
            raise Interrupted

    def ignore(self) -> None:
        """For the very end: the interpreter would die of a signal while it cleans up."""
        for number in _STOPS:
            signal.signal(number, signal.SIG_IGN)

    def is_urgent(self) -> bool:
        """Whether the request was repeated: then nothing may take its time to stop."""
        return self._urgent
