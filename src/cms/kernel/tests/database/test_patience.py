"""How long a request waits, and what is left behind when it waits no longer."""

import asyncio
from time import perf_counter
from typing import Any

from sqlalchemy import text

from cms.kernel.config import Settings
from cms.kernel.database import Database, database_problems
from cms.kernel.errors import Unavailable
from cms.kernel.tests.database.serving import READ, TWICE, assert_unavailable, pool, serving
from cms.postgres import Changes
from cms.postgres.pool import DeadlinePool


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
    asked = f"{TWICE}/SELECT pg_sleep(0.05)"
    async with serving(url, database_timeout_seconds=0.5) as client:
        assert (await client.get(asked, params={"pause": 0.6})).status_code == 200


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


async def test_every_wait_on_the_server_is_bounded(url: str) -> None:
    limits = ("statement_timeout", "lock_timeout")
    defaults = {
        f"{name}_seconds": Settings.model_fields[f"{name}_seconds"].default for name in limits
    }
    names = [*limits, "deadlock_timeout", "idle_in_transaction_session_timeout", "TimeZone"]
    async with pool(url, **defaults) as engine:
        shown = [
            (await Database(engine, Changes("", 1)).read(text(f"SHOW {name}")))[0][0]
            for name in names
        ]

    # A request gives way before anybody else is ended for a deadlock with it.
    assert shown == ["1200ms", "800ms", "1s", "1200ms", "UTC"]
