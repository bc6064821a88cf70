"""Who is next where all that there is of something is lent."""

from asyncio import CancelledError, Future, get_running_loop
from heapq import heappop, heappush
from itertools import count


class Turns:
    """So many turns; each that comes back goes to whoever has the least time left to wait for one.

    Of those with the same time that is who has waited longest, and whoever has waited before, for another
    turn of the same request, does not begin anew.
    """

    def __init__(self, number: int) -> None:
        self._free = number
        self._line: list[tuple[float, int, Future[None]]] = []
        self._numbers = count()

    def take(self) -> bool:
        """Takes one if one is free, which it is only while nobody waits."""
        if self._free == 0:
            return False
        self._free -= 1
        return True

    async def wait(self, ends: float) -> None:
        """Waits for one. `ends` says by when it has to be had: it orders the line, and limits nothing."""
        turn = get_running_loop().create_future()
        heappush(self._line, (ends, next(self._numbers), turn))
        try:
            await turn
        except CancelledError:
            if not turn.cancelled():  # it had just been given
                self.give_back()
            raise

    def give_back(self) -> None:
        while self._line:
            _, _, turn = heappop(self._line)
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1
