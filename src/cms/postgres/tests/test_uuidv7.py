"""The `uuidv7()` of older servers: RFC 9562, and in the order of its making."""

from datetime import UTC, datetime, timedelta
from uuid import RFC_4122, UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from cms.postgres.uuidv7 import CREATE_UUIDV7

_SECOND = timedelta(seconds=1)


@pytest.fixture
async def older(connection: AsyncConnection) -> AsyncConnection:
    """It is made on whatever server there is, beside that one's own."""
    await connection.execute(text("CREATE SCHEMA older"))
    await connection.execute(text("SET search_path = older"))
    await connection.exec_driver_sql(CREATE_UUIDV7)
    await connection.execute(text("SET search_path = ''"))
    return connection


def time_of(value: UUID) -> datetime:
    return datetime.fromtimestamp((value.int >> 80) / 1000, UTC)


async def ids(connection: AsyncConnection, argument: str = "", count: int = 5_000) -> list[UUID]:
    query = f"SELECT older.uuidv7({argument}) FROM generate_series(1, {count})"
    return list(await connection.scalars(text(query)))


async def test_it_holds_the_time_and_what_nobody_can_guess(older: AsyncConnection) -> None:
    made = await ids(older)

    assert {(each.version, each.variant) for each in made} == {(7, RFC_4122)}
    assert all(abs(time_of(each) - datetime.now(UTC)) < 30 * _SECOND for each in made)
    assert len({each.int & (1 << 62) - 1 for each in made}) == len(made)
    assert len({each.bytes[-1] for each in made}) == 256


@pytest.mark.parametrize("argument", ["", "interval '-3 days'"])
async def test_each_comes_after_the_one_before(older: AsyncConnection, argument: str) -> None:
    made = await ids(older, argument)
    assert sorted(made) == made


async def test_a_clock_that_is_set_back_does_not_break_the_order(older: AsyncConnection) -> None:
    ahead = round((datetime.now(UTC).timestamp() + 3600) * 4_096_000)
    await older.execute(text(f"SET cms.uuidv7_moment = {ahead}"))

    made = await ids(older)

    assert sorted(made) == made
    assert all(time_of(each) > datetime.now(UTC) + timedelta(minutes=59) for each in made)


async def test_an_interval_moves_its_time(older: AsyncConnection) -> None:
    [made] = await ids(older, "interval '-400 days 1 hour'", 1)

    then = datetime.now(UTC) - timedelta(days=400) + timedelta(hours=1)
    assert abs(time_of(made) - then) < 30 * _SECOND
