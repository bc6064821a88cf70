import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import Any

import pytest
from limits import parse
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from cms.edge.rate_limit import PostgresRateLimiter, PostgresStorage
from cms.kernel import Database, TooManyRequests, Unavailable
from tests.fixtures import make_settings

CLIENT = "203.0.113.9"
MINUTE = timedelta(minutes=1)

type PassTime = Callable[[float], Awaitable[None]]


@pytest.fixture
def limiter(database: Database) -> PostgresRateLimiter:
    return PostgresRateLimiter(database, parse("5/minute"))


@pytest.fixture
def pass_time(connection: AsyncConnection) -> PassTime:
    """Moves all that has been counted into the past, as time would."""
    statement = text("""
        UPDATE rate_limits SET
            hits = ARRAY(SELECT hit - make_interval(secs => :seconds) FROM unnest(hits) AS hit),
            expires_at = expires_at - make_interval(secs => :seconds)
    """)

    async def pass_time(seconds: float) -> None:
        await connection.execute(statement, {"seconds": seconds})

    return pass_time


async def is_admitted(
    limiter: PostgresRateLimiter, client: str = CLIENT, route: str = "login"
) -> bool:
    try:
        await limiter.hit(route, client)
    except TooManyRequests:
        return False
    return True


async def admitted(limiter: PostgresRateLimiter, times: int, client: str = CLIENT) -> int:
    return [await is_admitted(limiter, client) for _ in range(times)].count(True)


async def retry_after(limiter: PostgresRateLimiter) -> int:
    """The seconds that a refused client is told to wait."""
    with pytest.raises(TooManyRequests) as refusal:
        await limiter.hit("login", CLIENT)
    return int(refusal.value.headers["Retry-After"])


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


async def test_each_route_has_its_own_count(limiter: PostgresRateLimiter) -> None:
    await admitted(limiter, 5)

    assert await is_admitted(limiter, route="refresh")
    assert not await is_admitted(limiter, route="login")


@pytest.mark.attack("R10")
async def test_each_client_has_its_own_count(limiter: PostgresRateLimiter) -> None:
    await admitted(limiter, 5)

    assert await is_admitted(limiter, "203.0.113.10")


@pytest.mark.attack("R5")
async def test_a_subscriber_of_ipv6_has_one_count(limiter: PostgresRateLimiter) -> None:
    clients = [f"2001:db8:1:2:{number:x}::{number:x}" for number in range(1, 7)]

    assert [await is_admitted(limiter, client) for client in clients] == [True] * 5 + [False]
    assert await is_admitted(limiter, "2001:db8:1:3::1")


@pytest.mark.attack("R4")
async def test_a_mapped_address_is_the_ipv4_address(limiter: PostgresRateLimiter) -> None:
    await admitted(limiter, 5, "::ffff:203.0.113.9")

    assert not await is_admitted(limiter, "203.0.113.9")


@pytest.mark.attack("R6")
async def test_of_fifty_at_once_over_eight_processes_exactly_five_pass(
    own_database_url: str,
) -> None:
    settings = make_settings(own_database_url, database_pool_size=2)
    databases = [Database.connect(settings) for _ in range(8)]
    limiters = [PostgresRateLimiter(database, parse("5/minute")) for database in databases]

    answers = await asyncio.gather(*(is_admitted(limiters[n % 8]) for n in range(50)))

    for database in databases:
        await database.close()
    assert answers.count(True) == 5


@pytest.mark.attack("R6")
async def test_keys_that_expire_while_they_are_hit_at_once_end_in_no_deadlock(
    own_database_url: str,
) -> None:
    database = Database.connect(make_settings(own_database_url))
    limiter = PostgresRateLimiter(database, parse("5/minute"))
    clients = [f"198.51.100.{number}" for number in range(20)]
    for _ in range(3):
        async with database.autocommit() as connection:
            await connection.execute(
                text("UPDATE rate_limits SET expires_at = now() - interval '1 second', hits = '{}'")
            )
        answers = await asyncio.gather(*(is_admitted(limiter, client) for client in clients * 2))
        assert all(answers)
    await database.close()


@pytest.mark.attack("R8")
async def test_without_a_database_nobody_is_admitted() -> None:
    database = Database.connect(make_settings("postgresql://u@/gone?host=/nonexistent"))

    with pytest.raises(Unavailable):
        await PostgresRateLimiter(database, parse("5/minute")).hit("login", CLIENT)

    await database.close()


@pytest.mark.attack("R9")
async def test_dead_keys_are_removed_as_others_come(
    connection: AsyncConnection, limiter: PostgresRateLimiter, pass_time: PassTime
) -> None:
    for number in range(60):
        await is_admitted(limiter, f"198.51.100.{number}")
    await pass_time(61)
    live = [f"203.0.113.{number}" for number in range(6)]
    for client in live:
        await is_admitted(limiter, client)

    keys = (await connection.execute(text("SELECT key FROM rate_limits"))).scalars().all()

    assert len(keys) == len(live)
    assert all(any(f"/{client}/" in key for key in keys) for client in live)


@pytest.mark.attack("R9")
async def test_living_keys_are_not_removed(
    connection: AsyncConnection, limiter: PostgresRateLimiter, pass_time: PassTime
) -> None:
    await admitted(limiter, 5)
    await pass_time(50)
    for number in range(20):
        await is_admitted(limiter, f"198.51.100.{number}")

    assert not await is_admitted(limiter)


@pytest.mark.attack("R9")
async def test_a_key_keeps_no_more_than_its_window(
    connection: AsyncConnection, limiter: PostgresRateLimiter, pass_time: PassTime
) -> None:
    for _ in range(10):
        await admitted(limiter, 9)
        await pass_time(25)

    hits = "SELECT max(cardinality(hits)) FROM rate_limits"
    assert (await connection.execute(text(hits))).scalar_one() <= 5


@pytest.mark.attack("R9")
async def test_a_million_keys_slow_nobody_down_and_are_removed_faster_than_they_came(
    connection: AsyncConnection, limiter: PostgresRateLimiter
) -> None:
    insert = text("""
        INSERT INTO rate_limits (key, hits, expires_at)
        SELECT 'dead/' || n, ARRAY[now()], now() - interval '1 second'
        FROM generate_series(CAST(:first AS int), :first + 24999) AS n
    """)
    for first in range(0, 1_000_000, 25_000):
        await connection.execute(insert, {"first": first})
    # As autovacuum does: until then PostgreSQL keeps to the plan of a small table.
    await connection.execute(text("ANALYZE rate_limits"))
    count = text("SELECT count(*) FROM rate_limits")
    times: list[float] = []
    for number in range(50):
        began = time.perf_counter()
        assert await is_admitted(limiter, f"198.51.100.{number}")
        times.append(time.perf_counter() - began)

    assert (await connection.execute(count)).scalar_one() == 1_000_000 - 50 * 10 + 50
    assert median(times) < 0.02


async def test_the_storage_does_all_that_its_interface_promises(database: Database) -> None:
    storage = PostgresStorage(database)

    assert await storage.check()
    assert [await storage.incr("key", 60) for _ in range(3)] == [1, 2, 3]
    assert await storage.get("key") == 3
    assert await storage.get("no key") == 0
    assert 0 < await storage.get_expiry("key") - time.time() <= 61
    start, count = await storage.get_moving_window("key", 5, 60)
    assert abs(start - time.time()) < 10
    assert count == 3
    assert (await storage.get_moving_window("no key", 5, 60))[1] == 0
    assert not await storage.acquire_entry("key", 5, 60, amount=3)
    assert await storage.acquire_entry("key", 5, 60, amount=2)
    await storage.clear("key")
    assert await storage.get("key") == 0
    await storage.incr("another", 60)
    assert await storage.reset() == 1
