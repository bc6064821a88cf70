"""What the database refuses, and what is told of it."""

import asyncio

import asyncpg
import pytest
from httpx import AsyncClient
from sqlalchemy import Integer, bindparam, literal, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from cms.kernel.database import Database, database_problems
from cms.kernel.errors import Conflict, NotFound, Problem, Unavailable
from cms.kernel.tests.database.serving import READ, assert_unavailable, serving
from cms.postgres import Changes, PreparedQuery
from tests.problems import assert_problem


@pytest.mark.attack("F9")
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
        pytest.param("42501", 503, id="no right to it yet, in a restore"),
        pytest.param("42703", 503, id="no such column yet, in a restore"),
        pytest.param("42P01", 503, id="no such table yet, in a restore"),
        pytest.param("42P10", 503, id="no such constraint yet, in a restore"),
        pytest.param("42P05", 500, id="duplicate prepared statement"),
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


@pytest.mark.attack("F1")
def test_a_connection_that_has_said_farewell_is_unavailable() -> None:
    with pytest.raises(Unavailable), database_problems():
        raise asyncpg.InternalClientError


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


async def test_a_value_of_ours_that_fits_no_column_is_not_taken_for_an_outage(
    other: AsyncEngine,
) -> None:
    database = Database(other, Changes("", 1))
    number = PreparedQuery(select(bindparam("number", type_=Integer).label("number")))
    for value in ("no number", 2**40, object()):
        with pytest.raises(asyncpg.DataError):
            await database.fetch(number, number=value)
        with pytest.raises(DBAPIError):
            await database.read(select(bindparam("number", type_=Integer)), {"number": value})

    assert [row["number"] for row in await database.fetch(number, number=7)] == [7]


async def test_a_setting_of_ours_that_the_driver_refuses_is_not_taken_for_an_outage() -> None:
    engine = create_async_engine("postgresql+asyncpg://127.0.0.1/x", connect_args={"ssl": "odd"})

    with pytest.raises(DBAPIError, match="sslmode"), database_problems():
        await engine.connect().start()


async def test_what_is_asked_is_not_told_by_an_error(other: AsyncEngine) -> None:
    with pytest.raises(DBAPIError) as raised:
        await Database(other, Changes("", 1)).read(
            select(text("1 / 0")).where(text("'s3cret' = :p")).params(p="s3cret")
        )

    assert "[SQL parameters hidden" in str(raised.value)


def test_an_answer_that_was_decided_on_stays(caplog: pytest.LogCaptureFixture) -> None:
    problem: Problem = Conflict("Taken.")

    with pytest.raises(Conflict) as raised, database_problems():
        raise problem

    assert raised.value is problem
    assert not caplog.records
