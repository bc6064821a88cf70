"""Whom a rate limit counts as one, and what is kept of each."""

import asyncio
import time
from statistics import median

import pytest
from limits import parse
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from cms.edge.rate_limit import PostgresRateLimiter, PostgresStorage
from cms.edge.tests.limiting import PassTime, admitted, is_admitted
from cms.kernel import Database
from tests.fixtures import connected, make_settings


@pytest.mark.attack("R6")
async def test_keys_that_expire_while_they_are_hit_at_once_end_in_no_deadlock(
    own_database_url: str,
) -> None:
    async with connected(make_settings(own_database_url)) as database:
        limiter = PostgresRateLimiter(database, parse("5/minute"))
        clients = [f"198.51.100.{number}" for number in range(20)]
        for _ in range(3):
            async with database.autocommit() as connection:
                await connection.execute(
                    text(
                        "UPDATE rate_limits SET expires_at = now() - interval '1 second', hits = '{}'"
                    )
                )
            answers = await asyncio.gather(
                *(is_admitted(limiter, client) for client in clients * 2)
            )
            assert all(answers)


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
