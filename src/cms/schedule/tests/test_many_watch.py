"""Several processes that watch one clock, over real connections and commits."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import delete, insert, select, text

from cms.kernel import Database, Services
from cms.main import assemble
from cms.posts.model import Post
from cms.posts.tests.factories import PostFactory
from cms.schedule import watcher
from cms.schedule.model import Schedule
from cms.schedule.slice import SLICE
from cms.schedule.watcher import do_what_is_due, watching
from tests.fixtures import make_settings

_PROCESSES, _DOCUMENTS = 4, 40


@pytest.fixture
async def databases(own_database_url: str) -> AsyncIterator[list[Database]]:
    """Each the pool of a process of its own, on one database without posts."""
    settings = make_settings(own_database_url, database_pool_size=2)
    databases = [Database.connect(settings) for _ in range(_PROCESSES)]
    async with databases[0].session() as session:
        await session.execute(delete(Post))
        await session.execute(text("TRUNCATE history"))
    yield databases
    for each in databases:
        await each.close()


async def schedule(database: Database, **times: datetime) -> None:
    posts = [PostFactory.build(slug=f"post-{n}", published=False) for n in range(_DOCUMENTS)]
    async with database.session() as session:
        session.add_all(posts)
        await session.flush()
        who = {"set_by_id": uuid4(), "set_by_email": "planner@example.com"}
        rows = [{"document_id": each.id, "type": "posts", **who, **times} for each in posts]
        await session.execute(insert(Schedule), rows)


async def published(database: Database) -> list[Any]:
    """Who published each, and how long after its time."""
    statement = text(
        "SELECT document_id, user_email, changed_at FROM history WHERE action = 'published'"
    )
    return list(await database.read(statement))


async def test_of_all_who_look_one_publishes_each(databases: list[Database]) -> None:
    await schedule(databases[0], publish_at=datetime(2020, 1, 1, tzinfo=UTC))

    async def look(database: Database) -> None:
        while await do_what_is_due(database) == watcher._BUSY_SECONDS:
            pass

    await asyncio.gather(*(look(each) for each in databases))

    done = await published(databases[0])
    assert len({each.document_id for each in done}) == len(done) == _DOCUMENTS
    assert {each.user_email for each in done} == {"planner@example.com"}
    left = await databases[0].read(select(Schedule.document_id))
    assert left == []


async def test_processes_that_live_publish_within_a_second_and_never_early(
    databases: list[Database], own_database_url: str
) -> None:
    settings = make_settings(own_database_url)
    services: Services = assemble(settings).app.state.services
    assert SLICE.lifespan is not None
    async with AsyncExitStack() as stack:
        for database in databases:
            process = Services(settings, database, services.authenticator, services.auth_limiter)
            await stack.enter_async_context(SLICE.lifespan(process))
        at = datetime.now(UTC) + timedelta(seconds=2)
        await schedule(databases[0], publish_at=at)
        while await databases[0].read(select(Schedule.document_id)):
            visible = select(Post.id).where(Post.published, text("clock_timestamp() < :at"))
            assert await databases[0].read(visible, {"at": at}) == []

    late = sorted((each.changed_at - at).total_seconds() for each in await published(databases[0]))
    assert len(late) == _DOCUMENTS
    assert 0 <= late[0] <= 1


async def test_a_process_that_meets_a_fault_goes_on(
    databases: list[Database], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    rounds = asyncio.Queue[float]()

    async def fail(_database: Database) -> float:
        raise RuntimeError

    async def pause(seconds: float) -> None:
        await rounds.put(seconds)
        await asyncio.sleep(0)

    monkeypatch.setattr(watcher, "do_what_is_due", fail)
    monkeypatch.setattr(watcher, "sleep", pause)
    settings = make_settings("postgresql://db/cms")
    services: Services = assemble(settings).app.state.services
    async with watching(services):
        assert [await rounds.get(), await rounds.get()] == [1.0, 1.0]

    assert "the schedule was not looked at" in caplog.text
