"""Whose turn it is when every connection is lent."""

import asyncio

import pytest
from sqlalchemy import literal, select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from cms.kernel.database import Database
from cms.kernel.errors import Unavailable
from cms.kernel.tests.database.serving import pool
from cms.postgres import Changes, PreparedQuery
from cms.postgres.pool import DeadlinePool

ONE = PreparedQuery(select(literal(1).label("one")))
PATIENT = {"database_pool_size": 1, "database_timeout_seconds": 5.0}


def waiting_for(engine: AsyncEngine) -> int:
    assert isinstance(engine.pool, DeadlinePool)
    return engine.pool.waiting


async def test_who_has_waited_longest_gets_the_connection_that_is_given_back(url: str) -> None:
    served: list[str] = []

    async def ask(engine: AsyncEngine, name: str) -> None:
        async with engine.connect():
            served.append(name)

    async with pool(url, **PATIENT) as engine:
        held = await engine.raw_connection()
        patient = asyncio.create_task(ask(engine, "has waited"))
        await asyncio.sleep(0)
        assert waiting_for(engine) == 1

        held.close()
        await ask(engine, "comes just then")
        await patient

    assert served == ["has waited", "comes just then"]


async def test_who_leaves_takes_nobody_s_turn(url: str) -> None:
    async def ask(engine: AsyncEngine) -> None:
        async with engine.connect():
            pass

    async with pool(url, **PATIENT) as engine:
        held = await engine.raw_connection()
        leaving, patient, called = (asyncio.create_task(ask(engine)) for _ in range(3))
        await asyncio.sleep(0)
        assert waiting_for(engine) == 3

        leaving.cancel()
        await asyncio.wait([leaving])
        held.close()
        called.cancel()
        await patient  # and whoever is called and leaves at that moment passes it on
        held = await engine.raw_connection()
        called = asyncio.create_task(ask(engine))
        patient = asyncio.create_task(ask(engine))
        await asyncio.sleep(0)
        held.close()
        called.cancel()
        await patient

        assert waiting_for(engine) == 0


async def test_a_connection_that_cannot_be_made_keeps_nobody_s_turn() -> None:
    async with pool("postgresql://nobody@127.0.0.1:1/x", **PATIENT) as engine:
        database = Database(engine, Changes("", 1))
        async with asyncio.timeout(PATIENT["database_timeout_seconds"]):
            for _ in range(2):
                with pytest.raises(Unavailable):
                    await database.read(text("SELECT 1"))


async def test_what_is_idle_is_lent_at_once_as_long_as_it_is_alive(url: str) -> None:
    async with pool(url, **PATIENT) as engine:
        database = Database(engine, Changes("", 1))
        assert database.pool.lend_idle() is None  # none has been made
        await database.read(text("SELECT 1"))
        lent = database.pool.lend_idle()
        assert lent is not None
        assert database.pool.lend_idle() is None
        lent.close()

        database.pool.invalidate_idle()
        assert database.pool.lend_idle() is None
        assert (await database.fetch(ONE)) == [{"one": 1}]
