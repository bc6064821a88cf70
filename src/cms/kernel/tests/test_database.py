import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from time import perf_counter
from typing import Any

import pytest
from httpx import AsyncClient, Response
from sqlalchemy import Integer, literal, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from cms.kernel.config import Settings
from cms.kernel.database import Database, database_problems
from cms.kernel.errors import Conflict, NotFound, Problem, Unavailable
from cms.postgres import Changes
from cms.postgres.engine import make_engine
from cms.postgres.pool import DeadlinePool
from dev.embedded import EmbeddedPostgres
from tests.fixtures import make_client, make_settings
from tests.probe import make_probe
from tests.problems import assert_problem

READ = "/api/v1/probe/read"
TWICE = "/api/v1/probe/twice"


@pytest.fixture(scope="module")
def url(postgres: EmbeddedPostgres) -> str:
    """An empty database."""
    postgres.create_database("kernel")
    return postgres.url("kernel")


@asynccontextmanager
async def pool(url: str, **values: Any) -> AsyncIterator[AsyncEngine]:
    engine = make_engine(make_settings(url, **values).engine_options)
    try:
        yield engine
        assert engine.pool.checkedout() == 0
    finally:
        await engine.dispose()


@asynccontextmanager
async def serving(url: str, **values: Any) -> AsyncIterator[AsyncClient]:
    """A client of an application with a pool of its own, from which nothing stays checked out."""
    async with pool(url, **values) as engine:
        app = make_probe(make_settings(url), Database(engine, Changes("", 1)))
        async with make_client(app) as client:
            yield client


@pytest.fixture
async def client(url: str) -> AsyncIterator[AsyncClient]:
    async with serving(url) as client:
        yield client


@pytest.fixture
async def other(url: str) -> AsyncIterator[AsyncEngine]:
    """Another user of the same database."""
    async with pool(url) as engine:
        yield engine


def assert_unavailable(response: Response) -> None:
    assert_problem(response, 503)
    assert int(response.headers["Retry-After"]) >= 1


# A database that cannot be reached


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


# The patience of a request


async def test_a_request_waits_no_longer_in_all_however_often_it_asks(url: str) -> None:
    patient = {"database_timeout_seconds": 0.5, "statement_timeout_seconds": 5}
    asked = "SELECT pg_sleep(0.3)"
    async with serving(url, **patient) as client:
        started = perf_counter()
        assert (await client.get(f"{READ}/{asked}")).status_code == 200
        assert (await client.get(f"{READ}/{asked}")).status_code == 200  # another request
        assert_unavailable(await client.get(f"{TWICE}/{asked}"))
        assert_unavailable(await client.put(f"{TWICE}/{asked}"))

        assert perf_counter() - started < 2 * 0.3 + 2 * 0.6 + 0.5


async def test_what_else_takes_a_request_time_does_not_count(url: str) -> None:
    async with serving(url, database_timeout_seconds=0.3) as client:
        assert (await client.get(f"{TWICE}/SELECT 1", params={"pause": 0.4})).status_code == 200


async def test_a_request_that_has_waited_too_long_leaves_a_pool_that_works(url: str) -> None:
    async with serving(url, database_pool_size=2, database_timeout_seconds=0.3) as client:
        sleep = f"{READ}/SELECT pg_sleep(5)"
        for answer in await asyncio.gather(*(client.get(sleep) for _ in range(6))):
            assert_unavailable(answer)

        answers = await asyncio.gather(*(client.get(f"{READ}/SELECT 1") for _ in range(6)))
        assert {answer.status_code for answer in answers} == {200}


async def test_a_connection_may_be_cut_at_any_moment_of_what_it_does(url: str) -> None:
    done = set[bool]()
    async with pool(url) as engine:
        database = Database(engine, Changes("", 1))

        async def cut_after(turns: int) -> bool:
            """Whether the statement was done before; a fault of ours would be raised here."""

            async def ask() -> None:
                with database_problems():
                    await driver.fetch(f"SELECT {turns}, $1::int", 1)

            pooled = await engine.raw_connection()
            driver: Any = pooled.driver_connection
            asking = asyncio.create_task(ask())
            for _ in range(turns):
                await asyncio.sleep(0)
            database_pool = engine.pool
            assert isinstance(database_pool, DeadlinePool)
            database_pool.abort(driver, pooled.info)
            try:
                await asking
            except Unavailable:
                return False
            else:
                return True
            finally:
                pooled.close()

        for turns in range(100):
            done.add(await cut_after(turns))
            assert (await database.read(text("SELECT 1")))[0][0] == 1

    assert done == {False, True}


async def test_a_connection_that_was_long_idle_is_not_lent_again(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend = f"{READ}/SELECT pg_backend_pid()"
    async with serving(url, database_pool_size=1) as client:
        first = (await client.get(backend)).json()["title"]
        assert (await client.get(backend)).json()["title"] == first

        monkeypatch.setattr("cms.postgres.pool.IDLE_SECONDS", 0.0)

        assert (await client.get(backend)).json()["title"] != first


# A database that refuses


@pytest.mark.parametrize(
    ("state", "status"),
    [
        pytest.param("08006", 503, id="connection failure"),
        pytest.param("0A000", 503, id="outdated prepared statement"),
        pytest.param("22021", 422, id="I1 NUL in text"),
        pytest.param("22P05", 422, id="I1 NUL in jsonb"),
        pytest.param("23503", 500, id="foreign key"),
        pytest.param("23505", 409, id="unique"),
        pytest.param("25006", 503, id="read-only replica"),
        pytest.param("40001", 503, id="serialization failure"),
        pytest.param("40P01", 503, id="deadlock"),
        pytest.param("42P01", 500, id="no such table"),
        pytest.param("53100", 503, id="F9 disk full"),
        pytest.param("53300", 503, id="too many connections"),
        pytest.param("55P03", 503, id="lock timeout"),
        pytest.param("57014", 503, id="statement timeout"),
        pytest.param("57P01", 503, id="F1 shutdown"),
        pytest.param("57P03", 503, id="F1 starting up"),
        pytest.param("58030", 503, id="input or output error"),
        pytest.param("XX000", 500, id="internal error"),
    ],
)
async def test_an_error_of_the_database_has_its_status(
    client: AsyncClient, state: str, status: int
) -> None:
    statement = f"DO 'BEGIN RAISE ''said by SELECT'' USING ERRCODE = ''{state}''; END'"

    for method in ("GET", "PUT"):
        response = await client.request(method, f"{READ}/{statement}")

        assert_problem(response, status, unsaid="said by")
        assert ("Retry-After" in response.headers) == (status == 503)


async def test_a_statement_that_takes_too_long_is_unavailable(url: str) -> None:
    async with serving(url, statement_timeout_seconds=0.1) as client:
        for method in ("GET", "PUT"):
            assert_unavailable(await client.request(method, f"{READ}/SELECT pg_sleep(5)"))


async def test_waiting_too_long_for_a_lock_is_unavailable(url: str, other: AsyncEngine) -> None:
    async with serving(url, lock_timeout_seconds=0.1) as client, other.begin() as connection:
        await connection.execute(text("SELECT pg_advisory_xact_lock(1)"))

        assert_unavailable(await client.put(f"{READ}/SELECT pg_advisory_xact_lock(1)"))


async def test_of_two_in_a_deadlock_one_goes_through(client: AsyncClient) -> None:
    # One transaction, thus one statement list, a request; the timeout is an administrator's to set.
    locks = (
        "DO 'BEGIN SET LOCAL deadlock_timeout = 100; PERFORM pg_advisory_xact_lock({0}); "
        "WHILE NOT EXISTS (SELECT FROM pg_locks WHERE locktype = ''advisory'' AND objid = {1}) "
        "LOOP PERFORM pg_sleep(0.01); END LOOP; PERFORM pg_advisory_xact_lock({1}); END'"
    )

    answers = await asyncio.gather(
        client.put(f"{READ}/{locks.format(1, 2)}"), client.put(f"{READ}/{locks.format(2, 1)}")
    )

    assert sorted(answer.status_code for answer in answers) == [200, 503]


async def test_a_migration_under_a_prepared_statement_costs_one_retry_and_no_fault(
    url: str, other: AsyncEngine
) -> None:
    async with other.begin() as connection:
        await connection.execute(text("CREATE TABLE migrated AS SELECT 1 AS number"))
    async with serving(url, database_pool_size=1) as client:
        assert (await client.get(f"{READ}/SELECT * FROM migrated")).json()["title"] == "1"
        async with other.begin() as connection:
            await connection.execute(text("ALTER TABLE migrated ALTER number TYPE text"))

        assert_unavailable(await client.get(f"{READ}/SELECT * FROM migrated"))
        assert (await client.get(f"{READ}/SELECT * FROM migrated")).json()["title"] == "1"


async def test_what_the_commit_refuses_is_told_and_not_acknowledged(
    client: AsyncClient, other: AsyncEngine
) -> None:
    async with other.begin() as connection:
        await connection.execute(
            text("CREATE TABLE late (n int UNIQUE DEFERRABLE INITIALLY DEFERRED)")
        )

    assert_problem(await client.put(f"{READ}/INSERT INTO late VALUES (1), (1)"), 409)

    assert (await client.get(f"{READ}/SELECT count(*) FROM late")).json()["title"] == "0"


# The session


async def test_a_session_commits_when_it_is_left_and_not_when_a_problem_ends_it(
    url: str, other: AsyncEngine
) -> None:
    database = Database(other, Changes("", 1))
    async with database.session() as session:
        await session.execute(text("CREATE TABLE kept (n int)"))

    async def insert_and_give_up() -> None:
        async with database.session() as session:
            await session.execute(text("INSERT INTO kept VALUES (1)"))
            raise NotFound

    with pytest.raises(NotFound):
        await insert_and_give_up()

    assert (await database.read(text("SELECT count(*) FROM kept")))[0][0] == 0


async def test_a_fault_of_ours_is_not_taken_for_an_outage(other: AsyncEngine) -> None:
    with pytest.raises(DBAPIError):
        await Database(other, Changes("", 1)).read(select(literal("no number", Integer)))


async def test_what_is_asked_is_not_told_by_an_error(other: AsyncEngine) -> None:
    with pytest.raises(DBAPIError) as raised:
        await Database(other, Changes("", 1)).read(
            select(text("nothing")).where(text("'s3cret' = :p")).params(p="s3cret")
        )

    assert "[SQL parameters hidden" in str(raised.value)


async def test_every_wait_on_the_server_is_bounded(url: str) -> None:
    limits = ("statement_timeout", "lock_timeout")
    defaults = {
        f"{name}_seconds": Settings.model_fields[f"{name}_seconds"].default for name in limits
    }
    names = [*limits, "idle_in_transaction_session_timeout", "TimeZone"]
    async with pool(url, **defaults) as engine:
        shown = [
            (await Database(engine, Changes("", 1)).read(text(f"SHOW {name}")))[0][0]
            for name in names
        ]

    assert shown == ["1200ms", "1s", "1200ms", "UTC"]


@pytest.mark.parametrize("error", [OSError(), TimeoutError(), ConnectionResetError()])
def test_an_error_of_the_network_is_unavailable(error: Exception) -> None:
    with pytest.raises(Unavailable), database_problems():
        raise error


def test_an_answer_that_was_decided_on_stays(caplog: pytest.LogCaptureFixture) -> None:
    problem: Problem = Conflict("Taken.")

    with pytest.raises(Conflict) as raised, database_problems():
        raise problem

    assert raised.value is problem
    assert not caplog.records
