"""F1: PostgreSQL restarted, crashed and gone, while the API runs on."""

import asyncio
from collections.abc import Callable
from itertools import cycle
from pathlib import Path
from time import monotonic

import httpx
import pytest

from tests.faults.harness import DurablePostgres, Server, eventually, running
from tests.faults.ledger import RECOVERY_SECONDS, Ledger
from tests.faults.outages import (
    ANSWER_SECONDS,
    POOL,
    assert_unavailable_in_time,
    bring_back,
    small_and_warm,
    take_away,
)
from tests.faults.people import POSTS, Person, Reader
from tests.faults.writers import Writer

pytestmark = [pytest.mark.faults, pytest.mark.timed]

WAYS = pytest.mark.parametrize("way", ["stop", "crash"])


class Watch:
    """Notes how long each request took, and when the last one was turned away."""

    def __init__(self, people: list[Person]) -> None:
        self.slowest = self.last_refusal = 0.0
        for person in people:
            person.on_answer = self.note

    def note(self, began: float, response: httpx.Response) -> None:
        self.slowest = max(self.slowest, monotonic() - began)
        if response.status_code == 503:
            self.last_refusal = monotonic()


@pytest.mark.attack("F1")
@WAYS
async def test_a_restart_under_load_gives_right_answers_or_503_and_is_over_in_time(
    checkout: Path,
    postgres: DurablePostgres,
    site_url: str,
    show: Callable[[str], None],
    way: str,
) -> None:
    server = Server(checkout, site_url, workers=4)
    ledger = Ledger(way)
    async with running(server):
        token = await server.log_in()
        people = [
            *(
                Writer(
                    ledger, [server], token, cycle([f"{way}-{n}-{m}" for m in range(4)]).__next__
                )
                for n in range(4)
            ),
            *(Reader(ledger, [server]) for _ in range(4)),
        ]
        watch = Watch(people)
        workers = {worker.pid for worker in server.workers}
        over = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            for person in people:
                group.create_task(person.live(over))
            await eventually(lambda: ledger.figures["acknowledged"] >= 100)
            outage = await take_away(postgres, ledger, getattr(postgres, way))
            refused = ledger.figures["503"]
            await eventually(lambda: ledger.figures["503"] >= refused + 100)
            await bring_back(postgres, outage)
            await asyncio.sleep(RECOVERY_SECONDS + 1)
            over.set()
        recovered = max(watch.last_refusal - outage.ended, 0)

        assert workers == {worker.pid for worker in server.workers}

    show(f"recovered in {recovered:.2f} s, slowest answer {watch.slowest:.2f} s")
    show(ledger.line("reads", "acknowledged", "503", "said to be stale", "connections lost"))
    assert ledger.findings == []
    assert ledger.figures["connections lost"] == 0
    assert recovered < RECOVERY_SECONDS
    assert watch.slowest < ANSWER_SECONDS
    assert server.faults == []


@pytest.mark.attack("F1")
@WAYS
async def test_after_a_restart_the_first_requests_do_not_meet_closed_connections(
    checkout: Path, postgres: DurablePostgres, site_url: str, way: str
) -> None:
    slug = f"warm-{way}"
    async with small_and_warm(checkout, site_url, slug) as (server, editor):
        await asyncio.to_thread(getattr(postgres, way))
        await asyncio.to_thread(postgres.start)

        answers = await asyncio.gather(
            *(editor.get(f"{POSTS}?status=all") for _ in range(POOL)),
            *(editor.get(f"{POSTS}?status=published&page={n}") for n in range(1, POOL)),
            *(editor.put(f"{POSTS}/{slug}", json={"title": f"{n}"}) for n in range(POOL)),
        )

        assert {answer.status_code for answer in answers} == {200}
    assert server.faults == []


@pytest.mark.attack("F1")
@WAYS
async def test_without_postgresql_everything_that_needs_it_is_a_503_in_time(
    checkout: Path, postgres: DurablePostgres, site_url: str, way: str
) -> None:
    async with small_and_warm(checkout, site_url, f"gone-{way}") as (server, editor):
        await asyncio.to_thread(getattr(postgres, way))
        try:
            await assert_unavailable_in_time(editor)
            assert (await editor.get("/healthz")).status_code == 200
        finally:
            await asyncio.to_thread(postgres.start)
        await server.answers("/readyz")
    assert server.faults == []
