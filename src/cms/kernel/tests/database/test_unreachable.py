"""A database that cannot be reached, or no longer."""

import asyncio
import logging
import socket
from collections.abc import Iterator
from time import perf_counter

import pytest
from httpx import AsyncClient
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from cms.kernel.database import Database, database_problems
from cms.kernel.errors import Unavailable
from cms.kernel.tests.database.serving import READ, assert_unavailable, pool, serving
from cms.postgres import Changes
from tests.fixtures import make_client, make_settings
from tests.probe import make_probe


@pytest.fixture(scope="module")
def closed_port() -> Iterator[int]:
    """A port that nobody listens on, and nobody else can take."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


@pytest.fixture(scope="module")
def silent_port() -> Iterator[int]:
    """A port that takes connections and never answers."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield listening.getsockname()[1]


@pytest.fixture(
    params=["closed port", "silent port", "no socket", "no such database", "no such user"]
)
def unreachable(
    request: pytest.FixtureRequest, url: str, closed_port: int, silent_port: int
) -> str:
    urls: dict[str, str] = {
        "closed port": f"postgresql://cms@127.0.0.1:{closed_port}/cms",
        "silent port": f"postgresql://cms@127.0.0.1:{silent_port}/cms",
        "no socket": "postgresql://cms@/cms?host=/nonexistent",
        "no such database": url.replace("/kernel?", "/nothing?"),
        "no such user": url.replace("postgres@", "nobody@"),
    }
    return urls[request.param]


async def test_a_database_that_cannot_be_reached_is_told_at_once(
    unreachable: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving(unreachable, database_timeout_seconds=0.2) as client:
        started = perf_counter()

        assert_unavailable(await client.get(f"{READ}/SELECT 1"))
        assert_unavailable(await client.put(f"{READ}/SELECT 1"))
        assert_unavailable(await client.get("/readyz"))
        assert (await client.get("/healthz")).status_code == 200

        assert perf_counter() - started < 2
    told = [record for record in caplog.records if record.name == "cms.kernel.database"]
    assert [record.levelno for record in told] == [logging.WARNING] * 3


@pytest.mark.attack("F4")
async def test_a_pool_without_a_free_connection_is_told_in_time(url: str) -> None:
    async with pool(url, database_pool_size=1, database_timeout_seconds=0.2) as engine:
        app = make_probe(make_settings(url), Database(engine, Changes("", 1)))
        async with make_client(app) as client:
            async with engine.connect():
                started = perf_counter()
                assert_unavailable(await client.get(f"{READ}/SELECT 1"))
                assert_unavailable(await client.put(f"{READ}/SELECT 1"))
                assert (await client.get("/healthz")).status_code == 200
                assert perf_counter() - started < 1

            assert (await client.get(f"{READ}/SELECT 1")).status_code == 200


async def test_connections_that_the_server_has_closed_fail_no_request(
    url: str, other: AsyncEngine
) -> None:
    async with serving(url, database_pool_size=3) as client:
        sleep = f"{READ}/SELECT pg_backend_pid() FROM pg_sleep(0.1)"
        answers = await asyncio.gather(*(client.get(sleep) for _ in range(3)))
        before = {answer.json()["title"] for answer in answers}
        async with other.connect() as connection:
            ended = [
                await connection.scalar(
                    text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": int(pid)}
                )
                for pid in before
            ]
        assert ended == [True, True, True]

        answers = await asyncio.gather(*(client.get(sleep) for _ in range(3)))

        assert [answer.status_code for answer in answers] == [200, 200, 200]
        assert not before & {answer.json()["title"] for answer in answers}
        assert (await client.put(f"{READ}/SELECT 1")).status_code == 200


async def test_a_connection_that_is_closed_in_the_middle_is_unavailable(
    client: AsyncClient,
) -> None:
    statement = "SELECT pg_terminate_backend(pg_backend_pid()), pg_sleep(5)"

    for method in ("GET", "PUT"):
        assert_unavailable(await client.request(method, f"{READ}/{statement}"))
        assert (await client.request(method, f"{READ}/SELECT 1")).status_code == 200


async def test_a_connection_that_was_long_idle_is_not_lent_again(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend = f"{READ}/SELECT pg_backend_pid()"
    async with serving(url, database_pool_size=1) as client:
        first = (await client.get(backend)).json()["title"]
        assert (await client.get(backend)).json()["title"] == first

        monkeypatch.setattr("cms.postgres.pool.IDLE_SECONDS", 0.0)

        assert (await client.get(backend)).json()["title"] != first


@pytest.mark.parametrize("error", [OSError(), TimeoutError(), ConnectionResetError()])
def test_an_error_of_the_network_is_unavailable(error: Exception) -> None:
    with pytest.raises(Unavailable), database_problems():
        raise error
