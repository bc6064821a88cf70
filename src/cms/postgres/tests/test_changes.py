"""Waiting for what has been committed to be heard."""

import asyncio
from time import monotonic

import pytest

from cms.postgres import Changes, WaitBudget, wait_budget
from cms.postgres.listener import said


class SilentConnection:
    """A connection whose other side has fallen silent: no round trip ever ends."""

    is_terminated = False

    def get_server_pid(self) -> int:
        return 1

    async def fetchval(self, _query: str, *_values: object) -> str | None:
        await asyncio.Event().wait()
        return None

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


class SlowConnection(SilentConnection):
    """A connection whose round trip ends when it is told to."""

    def __init__(self) -> None:
        self.reached, self.answers = asyncio.Event(), asyncio.Event()

    async def fetchval(self, _query: str, *_values: object) -> str | None:
        self.reached.set()
        await self.answers.wait()
        return ""


async def test_what_is_committed_during_a_round_trip_is_not_taken_for_heard() -> None:
    changes, slow = Changes("", 30), SlowConnection()
    changes._connection = slow  # type: ignore[assignment]  # as after connecting
    syncing = asyncio.create_task(changes.sync())
    await slow.reached.wait()
    committed = monotonic()
    slow.answers.set()
    await syncing

    assert 0 < changes.heard_until < committed


async def test_a_loss_is_told() -> None:
    changes, told = Changes("", 0.05), asyncio.Event()
    changes.on_loss = told.set
    changes._connection = SilentConnection()  # type: ignore[assignment]  # as after connecting
    budget = WaitBudget()
    outside = wait_budget.set(budget)
    try:
        await changes.sync()
    finally:
        wait_budget.reset(outside)

    assert told.is_set()
    assert changes.lost.is_set()


class Pooler(SilentConnection):
    """Takes LISTEN without a word, and made the server's number up."""

    def add_termination_listener(self, _callback: object) -> None: ...

    async def add_listener(self, _channel: str, _callback: object) -> None: ...

    async def execute(self, _query: str) -> str:
        return "SELECT 0"


async def test_a_pooler_is_told_once_however_often_it_is_reached_and_never_believed(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    attempts = asyncio.Queue[None]()

    async def reach(**_options: object) -> Pooler:
        attempts.put_nowait(None)
        return Pooler()

    monkeypatch.setattr("cms.postgres.changes.connect", reach)
    monkeypatch.setattr("cms.postgres.changes._RECONNECT_SECONDS", 0)
    listening = asyncio.create_task(Changes("postgresql://db/cms", 1).run())
    async with asyncio.timeout(5):
        for _ in range(3):
            await attempts.get()
    listening.cancel()

    assert caplog.text.count("leads to a pooler") == 1


@pytest.mark.attack("F7")
def test_what_has_been_silent_for_a_second_is_not_trusted() -> None:
    changes = Changes("", 1)
    changes._connection = SilentConnection()  # type: ignore[assignment]  # as after connecting
    changes.heard_until = 100.0

    assert changes.is_current(100.5)
    assert not changes.is_current(101.0)


async def test_without_a_connection_there_is_nothing_to_wait_for() -> None:
    async with asyncio.timeout(5):
        await Changes("", 30).sync()


def test_of_an_error_of_the_network_its_kind_alone_is_told() -> None:
    assert said(ConnectionRefusedError("db.internal:5432")) == "ConnectionRefusedError"
