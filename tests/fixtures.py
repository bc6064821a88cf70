"""The fixtures of every test: one throwaway PostgreSQL, and a transaction a test.

A test's requests go through the production app and its session dependency. Only where the
transaction comes from differs: it is the test's own, each request a savepoint in it.
"""

import asyncio
import os
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest
from alembic import command
from alembic.config import Config
from httpx import ASGITransport, AsyncClient
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession
from starlette.types import ASGIApp, Message

from cms.cache import PublicCache
from cms.edge import PostgresRateLimiter
from cms.identity import repository as identity
from cms.identity.model import User
from cms.identity.tests.factories import UserFactory
from cms.identity.tokens import sign_access_token
from cms.kernel import ROOT, Base, Database, PreparedQuery, Record, Settings
from cms.kernel.database import database_problems
from cms.main import assemble
from cms.postgres import Changes, Memo
from cms.postgres.engine import make_engine
from dev.embedded import EmbeddedPostgres

type Save = Callable[..., Awaitable[None]]
type MakeDatabase = Callable[[str], str]
type LogIn = Callable[[User], Awaitable[AsyncClient]]

JWT_SECRET = "a key for tests, of more than thirty-two bytes"
CLIENT_ADDRESS = "192.0.2.1"


@pytest.fixture(scope="session")
def anyio_backend() -> tuple[str, dict[str, Any]]:
    return "asyncio", {"use_uvloop": True}


@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedPostgres]:
    with EmbeddedPostgres.throwaway() as server:
        yield server


def make_settings(database_url: str, **values: Any) -> Settings:
    """Settings that depend on nothing outside the test: neither `.env` nor the environment."""
    given = {
        "database_url": database_url,
        "jwt_secret": JWT_SECRET,
        "allowed_origins": "https://admin.example.com",
        "bcrypt_rounds": 4,
        "log_level": "warning",
        # Most tests are not about time, and machines may be busy.
        "database_timeout_seconds": 10,
        "statement_timeout_seconds": 10,
        "lock_timeout_seconds": 10,
        **values,
    }
    return Settings(_env_file=None, **given)


def ask(url: str, query: str) -> list[asyncpg.Record]:
    """Runs a statement on a connection of its own."""

    async def answer() -> list[asyncpg.Record]:
        connection = await asyncpg.connect(url.replace("+asyncpg", ""))
        try:
            return await connection.fetch(query)
        finally:
            await connection.close()

    return asyncio.run(answer())


def migrate(database_url: str, revision: str = "head") -> None:
    """Runs Alembic as a deployment does: up to `revision`, or down to `base`."""
    config = Config(ROOT / "alembic.ini")
    before = os.environ.get("DATABASE_URL")
    os.environ["DATABASE_URL"] = database_url
    try:
        (command.downgrade if revision == "base" else command.upgrade)(config, revision)
    finally:
        os.environ.pop("DATABASE_URL")
        if before is not None:
            os.environ["DATABASE_URL"] = before


@pytest.fixture(scope="session")
def copy_database(postgres: EmbeddedPostgres) -> MakeDatabase:
    """Gives the URL of a new database with the schema that the migrations make."""
    postgres.create_database("template")
    migrate(postgres.url("template"))

    def copy(name: str) -> str:
        ask(postgres.url(), f'CREATE DATABASE "{name}" TEMPLATE template STRATEGY file_copy')
        return postgres.url(name)

    return copy


@pytest.fixture(scope="session")
def database_url(copy_database: MakeDatabase) -> str:
    """The database of all tests that undo what they do."""
    return copy_database("tests")


@pytest.fixture(scope="module")
def own_database_url(request: pytest.FixtureRequest, copy_database: MakeDatabase) -> str:
    """A migrated database for this module alone, whose tests may commit."""
    return copy_database(request.module.__name__.replace(".", "_")[-60:])


@pytest.fixture(scope="session")
def settings(database_url: str) -> Settings:
    return make_settings(database_url)


@pytest.fixture(scope="session")
async def engine(settings: Settings) -> AsyncIterator[AsyncEngine]:
    engine = make_engine(settings.engine_options)
    yield engine
    await engine.dispose()


@pytest.fixture
async def connection(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    async with engine.connect() as connection:
        transaction = await connection.begin()
        yield connection
        await transaction.rollback()


class SilentChanges(Changes):
    """Never connects, so that nothing is trusted and nothing logged."""

    async def run(self) -> None:
        await asyncio.Event().wait()


class TransactionDatabase(Database):
    """The production database inside the test's transaction: what it commits is a savepoint.

    It does not listen, so nothing is remembered.
    """

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self.changes = SilentChanges("", 1)
        self.memo = Memo(self.changes)

    @asynccontextmanager
    async def session(self) -> AsyncGenerator[AsyncSession]:
        with database_problems():
            session = AsyncSession(
                self._connection,
                expire_on_commit=False,
                join_transaction_mode="create_savepoint",
            )
            async with session, session.begin():
                yield session

    @asynccontextmanager
    async def autocommit(self) -> AsyncGenerator[AsyncConnection]:
        with database_problems():
            async with self._connection.begin_nested():
                yield self._connection

    async def fetch(self, query: PreparedQuery, **values: object) -> list[Record]:
        async with self.autocommit() as connection:
            pooled = await connection.get_raw_connection()
            return await query.fetch(pooled.driver_connection, values)

    async def close(self) -> None:
        """The connection is the test's to close."""


@pytest.fixture
def database(connection: AsyncConnection) -> Database:
    return TransactionDatabase(connection)


@pytest.fixture(scope="session")
def whole_app(settings: Settings) -> PublicCache:
    """Made once: FastAPI resolves each route on an app's first request, longer than a test takes."""
    return assemble(settings)


@pytest.fixture
def app(whole_app: PublicCache, settings: Settings, database: Database) -> PublicCache:
    """The application on the test's own transaction. It does not listen, so it remembers nothing."""
    return on(whole_app, database, settings)


def on(app: PublicCache, database: Database, settings: Settings) -> PublicCache:
    """The same application on another database, with the rate limit of these settings."""
    limiter = PostgresRateLimiter(database, settings.auth_rate)
    state = app.app.state
    state.services = replace(state.services, database=database, auth_limiter=limiter)
    return app


@asynccontextmanager
async def running(app: ASGIApp) -> AsyncIterator[None]:
    """From the start of an application to its end, as a server tells it (ASGI's lifespan)."""
    told, said = asyncio.Queue[Message](), asyncio.Queue[Message]()
    task = asyncio.create_task(app({"type": "lifespan", "state": {}}, told.get, said.put))
    await told.put({"type": "lifespan.startup"})
    assert await said.get() == {"type": "lifespan.startup.complete"}
    try:
        yield
    finally:
        await told.put({"type": "lifespan.shutdown"})
        assert await said.get() == {"type": "lifespan.shutdown.complete"}
        await task


@asynccontextmanager
async def connected(settings: Settings) -> AsyncIterator[Database]:
    """A database with a pool of its own. The event loop would not end with connections that are left."""
    database = Database.connect(settings)
    try:
        yield database
    finally:
        await database.close()


def make_client(app: ASGIApp, address: str = CLIENT_ADDRESS, **options: Any) -> AsyncClient:
    transport = ASGITransport(app, client=(address, 50_000))
    return AsyncClient(transport=transport, base_url="http://testserver", **options)


@pytest.fixture
async def client(app: PublicCache) -> AsyncIterator[AsyncClient]:
    """A visitor: no token."""
    async with make_client(app) as client:
        yield client


@pytest.fixture
def save(database: Database) -> Save:
    """Persists what a factory has built."""

    async def save(*objects: Base) -> None:
        async with database.session() as session:
            session.add_all(objects)

    return save


async def make_token(database: Database, settings: Settings, user: User) -> str:
    """An access token of a new session of the user, without the slow bcrypt."""
    now = datetime.now(UTC)
    async with database.session() as session:
        session_id = await identity.create_session(
            session, user.id, os.urandom(32), now, "tests", CLIENT_ADDRESS
        )
    return sign_access_token(user.id, session_id, now, settings.jwt_keys[0])


@pytest.fixture
async def log_in(
    app: PublicCache, database: Database, settings: Settings, save: Save
) -> AsyncIterator[LogIn]:
    """Saves a user and gives a client with an access token of theirs."""
    clients: list[AsyncClient] = []

    async def log_in(user: User) -> AsyncClient:
        await save(user)
        token = await make_token(database, settings, user)
        clients.append(make_client(app, headers={"Authorization": f"Bearer {token}"}))
        return clients[-1]

    yield log_in
    for client in clients:
        await client.aclose()


@pytest.fixture
async def editor(log_in: LogIn) -> AsyncClient:
    return await log_in(UserFactory.build(role="editor"))


@pytest.fixture
async def admin(log_in: LogIn) -> AsyncClient:
    return await log_in(UserFactory.build(role="admin"))
