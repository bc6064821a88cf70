"""F1: a PostgreSQL that is neither there nor gone."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

import pytest

from tests.faults.backends import listeners, query
from tests.faults.harness import Server, eventually, running
from tests.faults.people import POSTS
from tests.faults.proxy import Proxy, proxy

pytestmark = pytest.mark.faults

ANSWER_SECONDS = 2.0
MANY = 30
_END_ALL = (
    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
    "WHERE datname = current_database() AND application_name LIKE 'cms%'"
)


@pytest.fixture
async def relay(site_url: str) -> AsyncIterator[Proxy]:
    with TemporaryDirectory(prefix="cms-proxy-") as folder:
        async with proxy(site_url, Path(folder)) as relay:
            yield relay


@asynccontextmanager
async def behind(relay: Proxy, checkout: Path, site_url: str) -> AsyncIterator[Server]:
    """A server all of whose connections pass through the proxy."""
    server = Server(checkout, relay.url(site_url), workers=1)
    async with running(server):
        yield server
        relay.recover()
        await server.answers("/readyz")
    assert server.faults == []


async def test_f1_a_postgresql_that_takes_connections_and_says_nothing_is_a_503_in_time(
    checkout: Path, site_url: str, relay: Proxy
) -> None:
    async with behind(relay, checkout, site_url) as server, server.client() as visitor:

        async def seconds(number: int) -> float:
            began = monotonic()
            answer = await visitor.get(POSTS, params={"page": number})
            assert answer.status_code == 503
            assert answer.headers["retry-after"] == "1"
            return monotonic() - began

        relay.fall_silent()
        await relay.drop()
        slowest = max(await asyncio.gather(*(seconds(number) for number in range(1, MANY))))

    assert slowest < ANSWER_SECONDS


async def test_f1_connections_with_a_farewell_but_no_end_yet_are_no_fault_of_ours(
    checkout: Path, site_url: str, relay: Proxy
) -> None:
    async with (
        behind(relay, checkout, site_url) as server,
        server.client(await server.log_in()) as editor,
    ):
        named = {"slug": "farewell", "published": True}
        await editor.post(POSTS, json={"title": "Old", **named})
        relay.linger()
        await query(site_url, _END_ALL)

        answers = await asyncio.gather(
            *(editor.get(POSTS, params={"page": n}) for n in range(1, MANY)),
            *(editor.get(POSTS, params={"status": "all"}) for _ in range(MANY)),
            *(editor.put(f"{POSTS}/farewell", json={"title": "New", **named}) for _ in range(5)),
        )

        relay.recover()

        async def it_listens() -> bool:
            return len(await listeners(site_url)) == 1

        await eventually(it_listens, 5)

    assert {answer.status_code for answer in answers} <= {200, 503}
