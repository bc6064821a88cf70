"""How long one request goes on waiting for the database, in all and whatever it waits for.

Its turn in the pool, a connection, statements, locks and the commit come one after the other: limits
of their own would add up. What else takes a request's time, such as bcrypt, does not count.
"""

from collections.abc import Awaitable
from contextvars import ContextVar
from time import monotonic


class WaitBudget:
    """One request's. It is spent only while the request waits."""

    __slots__ = ("_ends", "_left")

    def __init__(self) -> None:
        self._left: float | None = None
        self._ends: float | None = None

    def start(self, seconds: float) -> float:
        """How many of its `seconds` are left, which pass from now on until `stop`."""
        if self._ends is None:
            self._ends = monotonic() + (seconds if self._left is None else self._left)
        return max(self._ends - monotonic(), 0)

    def stop(self) -> None:
        if self._ends is not None:
            self._left = self._ends - monotonic()
            self._ends = None


wait_budget: ContextVar[WaitBudget | None] = ContextVar("wait_budget", default=None)
"""None outside of a request, where each wait has its own limit."""


async def within_budget[T](answer: Awaitable[T], seconds: float) -> T:
    """Waits for what has its own end, and counts the time against the request's budget."""
    budget = wait_budget.get() or WaitBudget()
    budget.start(seconds)
    try:
        return await answer
    finally:
        budget.stop()
