"""Whose turn it is when every connection is lent."""

import asyncio
from collections import Counter
from typing import Any

import pytest
from sqlalchemy import event, literal, select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from cms.kernel.database import Database
from cms.kernel.errors import Unavailable
from cms.kernel.tests.database.serving import pool
from cms.postgres import Changes, PreparedQuery, WaitBudget, wait_budget
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


async def test_a_request_that_has_waited_before_comes_before_those_that_have_not(url: str) -> None:
    served: list[str] = []

    async def ask(engine: AsyncEngine, name: str, seconds_left: float) -> None:
        budget = WaitBudget()
        budget.start(seconds_left)
        budget.stop()
        wait_budget.set(budget)
        async with engine.connect():
            served.append(name)

    async with pool(url, **PATIENT) as engine:
        held = await engine.raw_connection()
        async with asyncio.TaskGroup() as group:
            group.create_task(ask(engine, "new", 5))
            group.create_task(ask(engine, "has waited", 4))
            await asyncio.sleep(0)
            assert waiting_for(engine) == 2
            held.close()

    assert served == ["has waited", "new"]


async def test_of_more_requests_than_can_be_served_none_is_cut_off_in_its_query(url: str) -> None:
    told = Counter[str]()
    backends = set[int]()

    async def ask(database: Database) -> None:
        wait_budget.set(WaitBudget())
        try:
            [row] = await database.read(text("SELECT pg_backend_pid() FROM pg_sleep(0.02)"))
        except Unavailable as problem:
            told[str(problem.__cause__)] += 1
        else:
            backends.add(row[0])

    async with pool(url, database_pool_size=1, database_timeout_seconds=1.5) as engine:
        database = Database(engine, Changes("", 1))
        await asyncio.gather(*(ask(database) for _ in range(100)))

    assert told.keys() == {"no connection was free in time"}
    assert len(backends) == 1


async def test_a_new_connection_that_is_closed_at_once_is_told_as_any_other(url: str) -> None:
    async with pool(url, **PATIENT) as engine:

        @event.listens_for(engine.sync_engine, "connect")
        def close(connection: Any, _record: object) -> None:
            connection.driver_connection.terminate()

        database = Database(engine, Changes("", 1))
        with pytest.raises(Unavailable):
            await database.read(text("SELECT 1"))


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
