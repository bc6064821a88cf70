"""Waiting for what has been committed to be heard."""

import asyncio
from time import monotonic

from cms.postgres import Changes, WaitBudget, wait_budget


class SilentConnection:
    """A connection whose other side has fallen silent: no round trip ever ends."""

    is_terminated = False

    def get_server_pid(self) -> int:
        return 1

    async def execute(self, _query: str) -> str:
        await asyncio.Event().wait()
        return ""

    def terminate(self) -> None:
        self.is_terminated = True


async def test_a_request_waits_no_longer_to_hear_than_it_has_left_to_wait_at_all() -> None:
    changes = Changes("", 30)
    silent = SilentConnection()
    changes._connection = silent  # type: ignore[assignment]  # as after connecting
    changes.heard_until = monotonic()
    budget = WaitBudget()
    budget.start(0.05)
    outside = wait_budget.set(budget)
    try:
        async with asyncio.timeout(5):
            await changes.sync()
    finally:
        wait_budget.reset(outside)

    assert silent.is_terminated
    assert not changes.is_current()


async def test_without_a_connection_there_is_nothing_to_wait_for() -> None:
    async with asyncio.timeout(5):
        await Changes("", 30).sync()
