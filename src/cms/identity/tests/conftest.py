import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, Self

import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.pool import QueuePool

from cms.cache import PublicCache
from cms.edge.log import configure_logging
from cms.identity.model import User
from cms.identity.tests.calls import Tokens, log_in_as
from cms.identity.tests.factories import UserFactory
from cms.identity.tests.forging import Claims, claims_of
from cms.kernel import Database, Settings
from cms.main import SLICES, assemble
from cms.postgres import Changes
from cms.postgres.engine import make_engine
from tests.fixtures import Save, make_settings, on, running

type Sql = Callable[..., Awaitable[list[Any]]]
type MakeApp = Callable[..., PublicCache]


@pytest.fixture
async def user(save: Save) -> User:
    """An editor."""
    user = UserFactory.build()
    await save(user)
    return user


@pytest.fixture
async def other_user(save: Save) -> User:
    user = UserFactory.build()
    await save(user)
    return user


@pytest.fixture
async def admin_user(save: Save) -> User:
    user = UserFactory.build(role="admin")
    await save(user)
    return user


@pytest.fixture
async def tokens(app: FastAPI, user: User) -> Tokens:
    """A login of `user`."""
    return await log_in_as(app, user.email)


@pytest.fixture
def claims(tokens: Tokens) -> Claims:
    """What the access token of that login says."""
    return claims_of(tokens.access)


@pytest.fixture
async def admin_tokens(app: FastAPI, admin_user: User) -> Tokens:
    """A login of `admin_user`."""
    return await log_in_as(app, admin_user.email)


@pytest.fixture
def sql(connection: AsyncConnection) -> Sql:
    """Runs SQL behind the application's back: to look, or to move time."""

    async def run(statement: str, **values: Any) -> list[Any]:
        result = await connection.execute(text(statement), values)
        return list(result.all()) if result.returns_rows else []

    return run


async def pass_time(sql: Sql, seconds: float) -> None:
    """Lets time pass for what has been spent."""
    await sql(
        "UPDATE refresh_tokens SET spent_at = spent_at - make_interval(secs => :seconds)",
        seconds=seconds,
    )


@pytest.fixture(scope="session")
def assembled() -> dict[str, PublicCache]:
    """Applications by their settings, each made once: FastAPI takes long to resolve all routes."""
    return {}


@pytest.fixture
def make_app(settings: Settings, database: Database, assembled: dict[str, PublicCache]) -> MakeApp:
    """The application with other settings, on the same data and connection, and so without workers."""
    slices = [replace(each, lifespan=None) for each in SLICES]

    def make(**values: Any) -> PublicCache:
        given = make_settings(settings.database_url, **values)
        name = repr(sorted(values.items()))
        if name not in assembled:
            assembled[name] = assemble(given, slices, database=database)
        return on(assembled[name], database, given)

    return make


class Log:
    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    @asynccontextmanager
    async def of(self, app: FastAPI) -> AsyncIterator[None]:
        """Logs as in production, from the start of the application to its end."""
        configure_logging(app.app.state.services.settings)
        async with running(app):
            yield

    def text(self) -> str:
        """What has been written; never nothing."""
        captured = self._capsys.readouterr()
        assert captured.out
        assert not captured.err
        return captured.out

    def events(self) -> list[dict[str, Any]]:
        """The same, each line of which must be JSON. In no order."""
        return [json.loads(line) for line in self.text().splitlines()]


@pytest.fixture
def logging_app(make_app: MakeApp) -> FastAPI:
    return make_app(log_level="debug")


@pytest.fixture
def log(capsys: pytest.CaptureFixture[str]) -> Iterator[Log]:
    root = logging.getLogger("cms")
    before = root.handlers, root.propagate, root.level
    yield Log(capsys)
    root.handlers, root.propagate = before[:2]
    root.setLevel(before[2])


class Arena:
    """An application on a database of its own, where transactions really run at once."""

    def __init__(self, settings: Settings, engine: AsyncEngine) -> None:
        self.engine = engine
        self.app = assemble(settings, database=Database(engine, Changes("", 1)))

    @classmethod
    @asynccontextmanager
    async def open(cls, settings: Settings) -> AsyncIterator[Self]:
        engine = make_engine(settings.engine_options)
        try:
            yield cls(settings, engine)
        finally:
            await engine.dispose()

    def checked_out(self) -> int:
        """How many connections are in use."""
        pool = self.engine.pool
        assert isinstance(pool, QueuePool)
        return pool.checkedout()

    async def add(self, *users: User) -> None:
        async with Database(self.engine, Changes("", 1)).session() as session:
            session.add_all(users)

    async def sql(self, statement: str, **values: Any) -> list[Any]:
        async with self.engine.begin() as connection:
            result = await connection.execute(text(statement), values)
            return list(result.all()) if result.returns_rows else []

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        """Someone else's transaction, committed on leaving."""
        async with self.engine.connect() as connection, connection.begin():
            yield connection

    async def until_waiting(self, requests: int = 1) -> None:
        """Returns once so many transactions wait for a lock."""
        for _ in range(2000):
            if len(await self.sql("SELECT 1 FROM pg_locks WHERE NOT granted")) >= requests:
                return
        pytest.fail(f"there are no {requests} requests that wait for a lock")


@pytest.fixture(scope="module")
async def arena(own_database_url: str) -> AsyncIterator[Arena]:
    async with Arena.open(make_settings(own_database_url)) as arena:
        yield arena
