"""The window of a rate limit, and how long it tells to wait."""

import random
import time
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from limits import parse
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from cms.edge.rate_limit import PostgresRateLimiter
from cms.edge.tests.limiting import PassTime, admitted, is_admitted, retry_after
from cms.kernel import Database

MINUTE = timedelta(minutes=1)


@pytest.mark.attack("R1")
async def test_the_sixth_within_a_minute_is_refused(limiter: PostgresRateLimiter) -> None:
    assert [await is_admitted(limiter) for _ in range(7)] == [True] * 5 + [False] * 2


@pytest.mark.attack("R1")
@pytest.mark.parametrize(("seconds", "more"), [(50, 0), (61, 5)])
async def test_after_a_minute_there_is_room_again(
    limiter: PostgresRateLimiter, pass_time: PassTime, seconds: float, more: int
) -> None:
    await admitted(limiter, 5)
    await pass_time(seconds)

    assert await admitted(limiter, 6) == more


@pytest.mark.attack("R1")
async def test_across_the_edge_of_a_minute_only_what_has_left_the_window_makes_room(
    limiter: PostgresRateLimiter, pass_time: PassTime
) -> None:
    await admitted(limiter, 2)
    await pass_time(50)
    await admitted(limiter, 3)
    await pass_time(11)

    assert await admitted(limiter, 6) == 2


@pytest.mark.attack("R1")
async def test_what_is_refused_does_not_count(
    limiter: PostgresRateLimiter, pass_time: PassTime
) -> None:
    await admitted(limiter, 5)
    await pass_time(30)
    assert await admitted(limiter, 20) == 0
    await pass_time(31)

    assert await admitted(limiter, 6) == 5


@pytest.mark.attack("R1")
@pytest.mark.parametrize("seed", range(3))
async def test_no_minute_ever_admits_more_than_five_nor_refuses_before(
    connection: AsyncConnection, limiter: PostgresRateLimiter, pass_time: PassTime, seed: int
) -> None:
    steps = random.Random(seed)
    hits: list[datetime] = []

    async def one(sql: str) -> datetime:
        moment: datetime = (await connection.execute(text(sql))).scalar_one()
        return moment

    for _ in range(60):
        step = steps.choice([0, 0, 0, 1, 5, 12, 29, 59, 60])
        await pass_time(step)
        hits = [hit - timedelta(seconds=step) for hit in hits]
        asked_at = await one("SELECT clock_timestamp()")
        if await is_admitted(limiter):
            hits.append(await one("SELECT max(hit) FROM rate_limits, unnest(hits) AS hit"))
        else:
            assert sum(hit >= asked_at - MINUTE for hit in hits) >= 5

    assert len(hits) > 10
    assert all(later >= earlier for earlier, later in pairwise(hits))
    assert all(hits[n + 5] - hits[n] > MINUTE for n in range(len(hits) - 5))


@pytest.mark.attack("R1")
@pytest.mark.parametrize("seconds", [0, 1, 30, 50])
async def test_who_waits_as_long_as_told_is_admitted(
    limiter: PostgresRateLimiter, pass_time: PassTime, seconds: float
) -> None:
    await admitted(limiter, 5)
    await pass_time(seconds)

    wait = await retry_after(limiter)
    await pass_time(wait)

    assert 50 - seconds < wait <= 60 - seconds
    assert await is_admitted(limiter)


@pytest.mark.attack("R1")
async def test_the_wait_is_a_whole_second_at_least(
    limiter: PostgresRateLimiter, pass_time: PassTime
) -> None:
    await admitted(limiter, 5)
    await pass_time(59.5)

    # Unless this machine needed the other half of the second to ask.
    if not await is_admitted(limiter):
        assert await retry_after(limiter) == 1


@pytest.mark.attack("R1")
async def test_where_there_is_room_by_the_time_of_the_answer_the_wait_is_short(
    limiter: PostgresRateLimiter, pass_time: PassTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = limiter._limiter.storage
    ask = storage.get_moving_window

    async def ask_later(*key: Any) -> tuple[float, int]:
        await pass_time(61)
        window: tuple[float, int] = await ask(*key)
        return window

    monkeypatch.setattr(storage, "get_moving_window", ask_later)
    await admitted(limiter, 5)

    assert await retry_after(limiter) == 1


@pytest.mark.attack("F10")
@pytest.mark.parametrize("skew", [-3600, 3600])
async def test_the_wait_is_measured_by_the_clock_of_the_database(
    limiter: PostgresRateLimiter, pass_time: PassTime, monkeypatch: pytest.MonkeyPatch, skew: float
) -> None:
    await admitted(limiter, 5)
    await pass_time(30)
    now = time.time()

    monkeypatch.setattr(time, "time", lambda: now + skew)

    assert 20 < await retry_after(limiter) <= 30


@pytest.mark.parametrize(("rate", "amount"), [("2 per 10 minutes", 2), ("7/hour", 7)])
async def test_the_rate_is_a_setting(
    database: Database, pass_time: PassTime, rate: str, amount: int
) -> None:
    limiter = PostgresRateLimiter(database, parse(rate))

    assert await admitted(limiter, amount + 1) == amount
    await pass_time(500)
    assert not await is_admitted(limiter)
