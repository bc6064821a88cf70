"""The engine, the declarative base, and the only two ways to reach the database."""

import logging
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Annotated, Any

import asyncpg
from fastapi import Depends, Request
from sqlalchemy import MetaData, Row
from sqlalchemy.dialects.postgresql.asyncpg import AsyncAdapt_asyncpg_dbapi
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import (
    AsyncConnection,
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.sql import Executable

from cms.kernel.config import Settings
from cms.kernel.connection import connect_args
from cms.kernel.errors import Conflict, Invalid, Problem, Unavailable
from cms.kernel.pool import PatientPool
from cms.kernel.prepared import Fields, Prepared
from cms.kernel.store import Totals

_logger = logging.getLogger(__name__)

# RFC 9110, 9.2.1.
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

type AnyRow = Row[*tuple[Any, ...]]


class Base(DeclarativeBase):
    """Every table is named by one convention, so that migrations can name what they drop."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Database:
    """A pool of connections with a time limit on everything that can wait."""

    totals: Totals | None = None
    """What is known of how many documents there are; see `cms.kernel.content`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._autocommit = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._sessions = async_sessionmaker(engine, expire_on_commit=False)

    @classmethod
    def connect(cls, settings: Settings) -> "Database":
        return cls(make_engine(settings))

    @asynccontextmanager
    async def session(self) -> AsyncGenerator[AsyncSession]:
        """One transaction, committed on leaving. Raises `Problem` for what the database refuses."""
        with database_problems():
            async with self._sessions.begin() as session:
                yield session

    @asynccontextmanager
    async def autocommit(self) -> AsyncGenerator[AsyncConnection]:
        """A connection on which each statement is its own transaction and round trip."""
        with database_problems():
            async with self._autocommit.connect() as connection:
                yield connection

    async def read(
        self, statement: Executable, values: Mapping[str, object] | None = None
    ) -> Sequence[AnyRow]:
        """Runs one statement and gives its connection back before the rows are used."""
        async with self.autocommit() as connection:
            return (await connection.execute(statement, values)).all()

    async def fetch(self, query: Prepared, **values: object) -> list[Fields]:
        """Like `read`, and many times faster, for a query that has been made beforehand."""
        with database_problems():
            pooled = await self._engine.raw_connection()
            try:
                return await query.fetch(pooled.driver_connection, values)
            finally:
                pooled.close()

    def distrust(self) -> None:
        """Parts with the connections that are idle now: the network may have lost them."""
        _pool_of(self._engine).distrust()

    async def close(self) -> None:
        await self._engine.dispose()


def make_engine(settings: Settings) -> AsyncEngine:
    """Raises nothing here: the first use connects."""
    engine = create_async_engine(
        settings.database_url,
        poolclass=PatientPool,
        pool_size=settings.database_pool_size,
        max_overflow=0,
        pool_timeout=settings.database_timeout_seconds,
        hide_parameters=True,  # errors reach the log, and parameters hold tokens and passwords
        connect_args=connect_args(settings),
    )
    _pool_of(engine).watch(engine.dialect)
    return engine


def _pool_of(engine: AsyncEngine) -> PatientPool:
    assert isinstance(engine.pool, PatientPool)
    return engine.pool


# Connecting raises errors of the network and of asyncpg itself, everything later SQLAlchemy's.
_DATABASE_ERRORS = (
    DBAPIError,
    AsyncAdapt_asyncpg_dbapi.Error,  # what the pool itself raises while it connects
    PoolTimeoutError,
    OSError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # between PostgreSQL's farewell and the end of the connection
)


@contextmanager
def database_problems() -> Generator[None]:
    """The one place that turns database errors into answers: 409, 422 or 503.

    Raises `Problem`, or the error itself where it is a fault of ours.
    """
    try:
        yield
    except Problem:
        raise
    except _DATABASE_ERRORS as error:
        problem = _problem_for(error)
        if problem is None:
            raise
        if isinstance(problem, Unavailable):
            _logger.warning("the database is unavailable: %s", getattr(error, "orig", error))
        raise problem from error


# https://www.postgresql.org/docs/18/errcodes-appendix.html
_UNAVAILABLE_CLASSES = ("08", "28", "3D", "53", "57", "58")
# 0A000 is a prepared statement that a migration has outdated; the next try prepares a new one.
_UNAVAILABLE_STATES = {"0A000", "25006", "25P03", "40001", "40P01", "55P03"}
_UNSTORABLE_TEXT = {"22021", "22P05"}
UNIQUE_VIOLATION = "23505"


def sqlstate(error: BaseException) -> str:
    """The five-character code of a PostgreSQL error, or an empty string."""
    return getattr(getattr(error, "orig", error), "sqlstate", None) or ""


def _problem_for(error: Exception) -> Problem | None:
    state = sqlstate(error)
    if state.startswith(_UNAVAILABLE_CLASSES) or state in _UNAVAILABLE_STATES:
        return Unavailable()
    if state in _UNSTORABLE_TEXT:
        return Invalid.at("body", msg="Text holds a character that cannot be stored.")
    if state == UNIQUE_VIOLATION:
        return Conflict()
    # Without a code it is not PostgreSQL that speaks: the connection was lost or never made. But
    # a ValueError is the driver's word for an argument that we should never have given it.
    cause = getattr(getattr(error, "orig", error), "__cause__", None)
    if not state and not isinstance(cause, ValueError):
        return Unavailable()
    return None


async def fetch_in(session: AsyncSession, query: Prepared, **values: object) -> list[Fields]:
    """Like `Database.fetch`, inside the session's transaction."""
    connection = await session.connection()
    pooled: Any = (await connection.get_raw_connection()).dbapi_connection
    if pooled._transaction is None:  # SQLAlchemy sends BEGIN with its own first statement only
        await pooled._start_transaction()
    return await query.fetch(pooled.driver_connection, values)


async def get_database(request: Request) -> Database:
    database: Database = request.app.state.database
    return database


async def get_session(request: Request) -> AsyncIterator[AsyncSession]:
    """The request's transaction. Nobody else commits.

    Its commit has been heard by this process's own cache before the answer leaves.
    """
    async with (await get_database(request)).session() as session:
        yield session
    if request.method not in SAFE_METHODS:
        await request.app.state.changes.sync()


Reader = Annotated[Database, Depends(get_database)]
# Function scope: the COMMIT is done before the response leaves.
Session = Annotated[AsyncSession, Depends(get_session, scope="function")]
