"""F7: a worker whose LISTEN connection is cut or falls silent answers nothing old from memory."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

import httpx
import psutil
import pytest

from tests.documents.kinds import public
from tests.faults.backends import TABLE, cut_listeners, holding, listeners
from tests.faults.harness import ONE_CONNECTION, Server, eventually, process_of, running
from tests.faults.people import POSTS
from tests.faults.proxy import proxy

pytestmark = [pytest.mark.faults, pytest.mark.timed]

WORKERS = 2
PROMISE_SECONDS = 1.0
WATCH_SECONDS = 2.5
LATE_SECONDS = 0.2


@asynccontextmanager
async def client_of_each_worker(server: Server) -> AsyncIterator[list[httpx.AsyncClient]]:
    """A connection to each: its requests all go to that one worker."""
    found: dict[str, httpx.AsyncClient] = {}
    async with AsyncExitStack() as stack:

        async def meet_another() -> bool:
            client = await stack.enter_async_context(server.client(limits=ONE_CONNECTION))
            found.setdefault(process_of(await client.get("/healthz")), client)
            return len(found) == server.concurrency

        await eventually(meet_another)
        yield list(found.values())


@asynccontextmanager
async def cut(database_url: str) -> AsyncIterator[None]:
    """The connections ended by PostgreSQL, which the workers are told."""
    assert await cut_listeners(database_url) == WORKERS
    yield


@asynccontextmanager
async def silent(database_url: str) -> AsyncIterator[None]:
    """The other ends stopped: the connections stay, and nothing is heard over them again."""
    frozen = [psutil.Process(pid) for pid in await listeners(database_url)]
    assert len(frozen) == WORKERS
    for process in frozen:
        process.suspend()
    try:
        yield
    finally:
        for process in frozen:
            process.resume()


@pytest.mark.attack("F7")
@pytest.mark.parametrize("loss", [cut, silent])
async def test_without_its_listener_no_worker_answers_what_is_older_than_a_second(
    checkout: Path, site_url: str, loss: Callable[[str], AbstractAsyncContextManager[None]]
) -> None:
    slug = f"listened-{loss.__name__}"
    server = Server(checkout, site_url, workers=WORKERS)
    async with (
        running(server),
        server.client(await server.log_in()) as editor,
        client_of_each_worker(server) as readers,
    ):
        await editor.post(POSTS, json={"title": "0", "slug": slug, "published": True})
        for version in range(1, 4):
            await until_remembered(site_url, readers, slug)
            before = await listeners(site_url)
            async with loss(site_url):
                written = await editor.put(
                    f"{POSTS}/{slug}", json={"title": f"{version}", "published": True}
                )
                assert written.status_code == 200
                acknowledged = monotonic()
                if version == 2:  # now nobody asks before the worker listens again
                    await until_listening(site_url, WORKERS)
                seen = await asyncio.gather(
                    *(watch(reader, slug, acknowledged + WATCH_SECONDS) for reader in readers)
                )
            for started, title in chain(*seen):
                assert title == f"{version}" or started <= acknowledged + PROMISE_SECONDS
            after = await listeners(site_url)
            assert not before & after
    assert server.faults == []


@pytest.mark.attack("F7")
async def test_a_writer_sees_its_own_write_however_late_its_process_hears_of_it(
    checkout: Path, site_url: str
) -> None:
    with TemporaryDirectory(prefix="cms-proxy-") as folder:
        async with proxy(site_url, Path(folder)) as relay:
            relay.delay = LATE_SECONDS
            server = Server(checkout, site_url, workers=1, LISTEN_DATABASE_URL=relay.url(site_url))
            async with running(server), server.client(await server.log_in()) as editor:
                post = {"slug": "own", "published": True}
                await editor.post(POSTS, json={"title": "0", **post})
                for version in range(1, 6):
                    await until_remembered(site_url, [editor], "own")
                    written = await editor.put(f"{POSTS}/own", json={"title": f"{version}", **post})
                    seen = (await editor.get(f"{POSTS}/own")).json()
                    assert seen == public(written)
    assert server.faults == []


async def watch(reader: httpx.AsyncClient, slug: str, end: float) -> list[tuple[float, str]]:
    """What that worker answers until then, each with the moment of the request."""
    seen = []
    while monotonic() < end:
        started = monotonic()
        for path in (f"{POSTS}/{slug}", f"{POSTS}?per_page=1"):
            answer = (await reader.get(path)).json()
            seen.append(
                (started, answer["items"][0]["title"] if "items" in answer else answer["title"])
            )
    return seen


async def until_remembered(database_url: str, readers: list[httpx.AsyncClient], slug: str) -> None:
    """Each worker listens, and answers from memory: nothing that it asked for would come."""
    await until_listening(database_url, len(readers))

    async def all_remember() -> bool:
        for reader in readers:
            await reader.get(f"{POSTS}/{slug}")
        async with holding(database_url, TABLE):
            try:
                answers = [await reader.get(f"{POSTS}/{slug}", timeout=0.5) for reader in readers]
            except httpx.TimeoutException:
                return False
        return all("cache-status" not in answer.headers for answer in answers)

    await eventually(all_remember, 5)


async def until_listening(database_url: str, workers: int) -> None:
    async def all_listen() -> bool:
        return len(await listeners(database_url)) == workers

    await eventually(all_listen, 5)
