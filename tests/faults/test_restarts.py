"""F1: PostgreSQL restarted, crashed and gone, while the API runs on."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import cycle
from pathlib import Path
from time import monotonic

import httpx
import pytest

from cms.identity.tests.factories import PASSWORD
from tests.faults.backends import ROW, holding, until_waiting
from tests.faults.harness import ADMIN, DurablePostgres, Server, eventually, running
from tests.faults.ledger import RECOVERY_SECONDS, Ledger
from tests.faults.outages import bring_back, take_away
from tests.faults.people import POSTS, Person, Reader
from tests.faults.writers import Writer

pytestmark = pytest.mark.faults

ANSWER_SECONDS = 2.0
POOL = 5
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


@WAYS
async def test_f1_a_restart_under_load_gives_right_answers_or_503_and_is_over_in_time(
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


@asynccontextmanager
async def small_and_warm(
    checkout: Path, database_url: str, slug: str
) -> AsyncIterator[tuple[Server, httpx.AsyncClient]]:
    """A server of one worker, each of whose connections has been in use, and an editor of it."""
    server = Server(checkout, database_url, workers=1, DATABASE_POOL_SIZE=str(POOL))
    async with running(server), server.client(await server.log_in()) as editor:
        document = {"title": "Warm", "slug": slug, "published": True}
        await editor.post(POSTS, json=document)
        async with holding(database_url, ROW, slug):
            writes = [
                asyncio.create_task(editor.put(f"{POSTS}/{slug}", json=document))
                for _ in range(POOL)
            ]
            await until_waiting(database_url, POOL)
        await asyncio.gather(*writes)
        yield server, editor


@WAYS
async def test_f1_after_a_restart_the_first_requests_do_not_meet_closed_connections(
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


@WAYS
async def test_f1_without_postgresql_everything_that_needs_it_is_a_503_in_time(
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


async def assert_unavailable_in_time(editor: httpx.AsyncClient) -> None:
    """Of many at once, none is answered otherwise or late."""

    async def answer(method: str, path: str, **given: object) -> tuple[int, str | None, bool]:
        began = monotonic()
        response = await editor.request(method, path, **given)
        retry_after = response.headers.get("retry-after")
        return response.status_code, retry_after, monotonic() - began < ANSWER_SECONDS

    login = {"email": ADMIN, "password": PASSWORD}
    answers = await asyncio.gather(
        *(answer("GET", f"{POSTS}?page={n}") for n in range(1, 11)),
        *(answer("GET", f"{POSTS}?status=all") for _ in range(10)),
        *(answer("GET", "/api/v1/users/me") for _ in range(5)),
        *(answer("POST", POSTS, json={"title": "x"}) for _ in range(10)),
        *(answer("POST", "/api/v1/auth/login", json=login) for _ in range(5)),
        answer("GET", "/readyz"),
    )
    assert set(answers) == {(503, "1", True)}
