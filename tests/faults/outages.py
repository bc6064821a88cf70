"""PostgreSQL taken away and brought back, and what the API answers meanwhile."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic

import httpx

from cms.identity.tests.factories import PASSWORD
from tests.faults.backends import ROW, holding, until_waiting
from tests.faults.harness import ADMIN, DurablePostgres, Server, running
from tests.faults.ledger import Ledger, Outage
from tests.faults.people import POSTS

ANSWER_SECONDS = 2.0
POOL = 5


async def take_away(postgres: DurablePostgres, ledger: Ledger, stop: Callable[[], None]) -> Outage:
    """`stop` is one of the ways of `postgres` to end."""
    outage = Outage(monotonic())
    ledger.outages.append(outage)
    await asyncio.to_thread(stop)
    return outage


async def bring_back(postgres: DurablePostgres, outage: Outage) -> None:
    outage.ending = monotonic()
    await asyncio.to_thread(postgres.start)
    outage.ended = monotonic()


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
