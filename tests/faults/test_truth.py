"""Truth under load: two replicas of four workers each, compared with all that was acknowledged."""

import asyncio
import random
from collections.abc import Callable
from itertools import cycle
from pathlib import Path
from time import monotonic

import pytest

from tests.faults.backends import cut_listeners
from tests.faults.harness import DurablePostgres, Server, eventually, running
from tests.faults.ledger import Ledger
from tests.faults.outages import bring_back, take_away
from tests.faults.people import Reader
from tests.faults.writers import Writer

pytestmark = [pytest.mark.faults, pytest.mark.timed]

LOAD_SECONDS = 60.0
NEVER = ("stale", "drafts seen", "half", "lost", "ghosts", "wrong answers", "wrong totals", "hangs")


class Saboteur:
    """Cuts a listener of somebody's again and again, and restarts PostgreSQL half-way."""

    def __init__(self, ledger: Ledger, postgres: DurablePostgres, database_url: str) -> None:
        self._ledger, self._postgres, self._database_url = ledger, postgres, database_url
        self.cuts = 0

    async def work(self) -> None:
        began = monotonic()
        await self._cut_until(began + LOAD_SECONDS / 2)
        outage = await take_away(self._postgres, self._ledger, self._postgres.stop)
        # Long enough for the caches to be asked for what they remember.
        goal = self._ledger.figures["said to be stale"] + 200
        await eventually(lambda: self._ledger.figures["said to be stale"] >= goal)
        await bring_back(self._postgres, outage)
        await self._cut_until(began + LOAD_SECONDS)

    async def _cut_until(self, end: float) -> None:
        while monotonic() < end:
            self.cuts += await cut_listeners(self._database_url, random.choice([1, 1, 4, 8]))
            goal = self._ledger.figures["acknowledged"] + random.randint(1, 100)
            await eventually(lambda: self._ledger.figures["acknowledged"] >= goal)  # noqa: B023


@pytest.mark.attack("F7")
async def test_what_is_answered_is_never_older_than_a_second_on_any_replica(
    checkout: Path, postgres: DurablePostgres, site_url: str, show: Callable[[str], None]
) -> None:
    servers = [Server(checkout, site_url, workers=4) for _ in range(2)]
    ledger = Ledger("truth")
    saboteur = Saboteur(ledger, postgres, site_url)
    async with running(*servers):
        token = await servers[0].log_in()
        own = [cycle([f"truth-{writer}-{n}" for n in range(6)]) for writer in range(4)]
        people = [
            *(Writer(ledger, servers, token, slugs.__next__) for slugs in own),
            *(Reader(ledger, servers) for _ in range(6)),
        ]
        workers = {worker.pid for server in servers for worker in server.workers}
        over = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            for person in people:
                group.create_task(person.live(over))
            try:
                await saboteur.work()
            finally:
                over.set()
        assert workers == {worker.pid for server in servers for worker in server.workers}

    show(ledger.line("reads", "lists", "acknowledged", "unknown", "503", "said to be stale"))
    show(f"{saboteur.cuts} listeners cut, 1 restart of PostgreSQL, {ledger.line(*NEVER)}")
    assert ledger.findings == []
    assert [server.faults for server in servers] == [[], []]
    assert saboteur.cuts >= 10
    assert ledger.figures["acknowledged"] >= 500
