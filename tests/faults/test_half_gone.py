"""F1: a PostgreSQL that is neither there nor gone."""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

import httpx
import psutil
import pytest

from cms.identity.tests.factories import PASSWORD
from tests.faults.backends import ROW, holding, listeners, query, until_waiting
from tests.faults.harness import ADMIN, DurablePostgres, Server, eventually, running
from tests.faults.outages import (
    ANSWER_SECONDS,
    POOL,
    assert_unavailable_in_time,
    small_and_warm,
)
from tests.faults.people import POSTS
from tests.faults.proxy import Proxy, proxy

pytestmark = [pytest.mark.faults, pytest.mark.timed]

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


@pytest.mark.attack("F1")
async def test_a_postgresql_that_takes_connections_and_says_nothing_is_a_503_in_time(
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


@pytest.mark.attack("F1")
async def test_connections_with_a_farewell_but_no_end_yet_are_no_fault_of_ours(
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


class Silence:
    """While it is entered every connection stays, and nothing is heard over it."""

    url: str

    def __enter__(self) -> None:
        self.begin()

    def __exit__(self, *_error: object) -> None:
        self.end()

    def begin(self) -> None:
        raise NotImplementedError

    def end(self) -> None:
        raise NotImplementedError


class SilentNetwork(Silence):
    """What was sent meanwhile arrives when it is over."""

    def __init__(self, relay: Proxy, url: str) -> None:
        self.relay, self.url = relay, relay.url(url)

    def begin(self) -> None:
        self.relay.fall_silent()

    def end(self) -> None:
        self.relay.recover()


class ForgetfulNetwork(SilentNetwork):
    """It never passes anything over the old connections again."""

    def end(self) -> None:
        self.relay.forget()


class FrozenPostgres(Silence):
    """The kernel goes on taking what is sent to it, and new connections."""

    def __init__(self, postgres: DurablePostgres, url: str) -> None:
        self.url = url
        self._postgres = postgres
        self._frozen: list[psutil.Process] = []

    def begin(self) -> None:
        assert self._postgres.pid is not None
        postmaster = psutil.Process(self._postgres.pid)
        postmaster.suspend()  # first, so that it starts no further child meanwhile
        self._frozen = [postmaster, *postmaster.children(recursive=True)]
        for process in self._frozen[1:]:
            process.suspend()

    def end(self) -> None:
        # The postmaster comes last: until it takes note of a child that has ended, there is one to resume.
        for process in reversed(self._frozen):
            process.resume()
        self._frozen = []


@pytest.fixture(params=["silent network", "forgetful network", "frozen PostgreSQL"])
def silence(
    request: pytest.FixtureRequest, relay: Proxy, postgres: DurablePostgres, site_url: str
) -> Silence:
    ways: dict[str, Silence] = {
        "silent network": SilentNetwork(relay, site_url),
        "forgetful network": ForgetfulNetwork(relay, site_url),
        "frozen PostgreSQL": FrozenPostgres(postgres, site_url),
    }
    return ways[request.param]


def slug_of(request: pytest.FixtureRequest) -> str:
    return re.sub("[^a-z0-9]+", "-", request.node.name.lower()).strip("-")[-100:]


@pytest.fixture
async def warm(
    request: pytest.FixtureRequest, checkout: Path, silence: Silence
) -> AsyncIterator[tuple[Server, httpx.AsyncClient, str]]:
    """A server whose pooled connections have all been in use, an editor, and a post's path."""
    slug = slug_of(request)
    async with small_and_warm(checkout, silence.url, slug) as (server, editor):
        yield server, editor, f"{POSTS}/{slug}"
    assert server.faults == []


async def assert_everything_works(editor: httpx.AsyncClient, path: str) -> None:
    """At the first try, over as many connections as there are."""
    login = {"email": ADMIN, "password": PASSWORD}
    answers = await asyncio.gather(
        *(editor.get(f"{POSTS}?status=all") for _ in range(POOL)),
        *(editor.get(f"{POSTS}?page={n}") for n in range(1, POOL)),
        *(editor.put(path, json={"title": f"{n}", "published": True}) for n in range(POOL)),
        *(editor.post("/api/v1/auth/login", json=login) for _ in range(POOL)),
        editor.get("/readyz"),
    )
    assert Counter(answer.status_code for answer in answers) == {200: 4 * POOL}


@pytest.mark.attack("F1")
async def test_pooled_connections_that_fall_silent_are_a_503_in_time_and_then_forgotten(
    warm: tuple[Server, httpx.AsyncClient, str], silence: Silence
) -> None:
    _, editor, path = warm
    known = await editor.get(path)
    with silence:
        await assert_unavailable_in_time(editor)
        began = monotonic()
        stale = await editor.get(path)

        assert monotonic() - began < ANSWER_SECONDS
        assert stale.content == known.content
        assert "database-unreachable" in stale.headers["cache-status"]
    await assert_everything_works(editor, path)


@pytest.mark.attack("F1")
async def test_connections_that_fall_silent_while_nobody_asks_fail_nobody_afterwards(
    warm: tuple[Server, httpx.AsyncClient, str], silence: Silence
) -> None:
    server, editor, path = warm
    with silence:
        await eventually(lambda: "not listening" in server.output)

    await assert_everything_works(editor, path)


@pytest.mark.attack("F1")
async def test_connections_in_use_that_fall_silent_are_a_503_in_time(
    warm: tuple[Server, httpx.AsyncClient, str], silence: Silence, site_url: str
) -> None:
    _, editor, path = warm

    async def seconds_to_be_refused(number: int) -> float:
        began = monotonic()
        answer = await editor.put(path, json={"title": f"Held {number}", "published": True})
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
        return monotonic() - began

    async with holding(site_url, ROW, path.rpartition("/")[2]):
        writes = [asyncio.create_task(seconds_to_be_refused(number)) for number in range(2 * POOL)]
        await until_waiting(site_url, POOL)
        with silence:
            slowest = max(await asyncio.gather(*writes))

    assert slowest < ANSWER_SECONDS
    await assert_everything_works(editor, path)


@pytest.mark.attack("F1")
async def test_a_commit_after_which_nothing_is_heard_is_a_503_in_time(
    checkout: Path, site_url: str, relay: Proxy
) -> None:
    path = f"{POSTS}/last-heard"
    async with (
        behind(relay, checkout, site_url) as server,
        server.client(await server.log_in()) as editor,
    ):
        relay.falls_silent_at_commit = True
        began = monotonic()
        unknown = await editor.post(POSTS, json={"title": "Written", "slug": "last-heard"})
        assert (unknown.status_code, unknown.headers["retry-after"]) == (503, "1")
        assert monotonic() - began < ANSWER_SECONDS

        relay.falls_silent_at_commit = False
        relay.forget()

        stored = await editor.get(path, params={"status": "all"})
        assert stored.status_code == 200
        assert stored.json()["title"] == "Written"
        again = await editor.post(POSTS, json={"title": "Again", "slug": "last-heard"})
        assert again.status_code == 409
