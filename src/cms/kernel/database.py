"""The declarative base, and the pool of connections with the errors that it can meet."""

import logging
from collections.abc import AsyncGenerator, Generator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import asyncpg
from sqlalchemy import MetaData, Row
from sqlalchemy.dialects.postgresql.asyncpg import AsyncAdapt_asyncpg_dbapi
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, async_sessionmaker
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.sql import Executable

from cms.kernel.config import Settings
from cms.kernel.errors import Conflict, Invalid, Problem, Unavailable
from cms.postgres import Changes, Memo, PreparedQuery, Record, make_engine, pool_of

_logger = logging.getLogger(__name__)

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
    """A pool of connections with a time limit on everything that can wait, and its `changes`."""

    def __init__(self, engine: AsyncEngine, changes: Changes) -> None:
        self.changes = changes
        self.memo = Memo(changes)
        self._engine = engine
        self._autocommit = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._sessions = async_sessionmaker(engine, expire_on_commit=False)
        self.pool = pool_of(engine)
        changes.on_loss = self.pool.invalidate_idle  # the network may have lost them too

    @classmethod
    def connect(cls, settings: Settings) -> "Database":
        changes = Changes(settings.direct_database_url, settings.database_timeout_seconds)
        return cls(make_engine(settings.engine_options), changes)

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

    async def fetch(self, query: PreparedQuery, **values: object) -> list[Record]:
        """Like `read`, and many times faster, for a query that has been made beforehand."""
        with database_problems():
            pooled = self.pool.lend_idle() or await self._engine.raw_connection()
            try:
                return await query.fetch(pooled.driver_connection, values)
            finally:
                pooled.close()

    async def close(self) -> None:
        await self._engine.dispose()


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
# Rights, columns, functions, tables and constraints that a restore has not made yet.
_MISSING = {"42501", "42703", "42883", "42P01", "42P10"}
_UNSTORABLE_TEXT = {"22021", "22P05"}
UNIQUE_VIOLATION = "23505"


def sqlstate(error: BaseException | None) -> str:
    """The five-character code of a PostgreSQL error, or an empty string."""
    return getattr(getattr(error, "orig", error), "sqlstate", None) or ""


def _problem_for(error: Exception) -> Problem | None:
    state = sqlstate(error)
    if state.startswith(_UNAVAILABLE_CLASSES) or state in _UNAVAILABLE_STATES | _MISSING:
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
