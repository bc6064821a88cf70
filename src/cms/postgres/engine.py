"""The engine over asyncpg: its pool, and the limits that PostgreSQL itself keeps."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from cms.postgres.dsn import read_url
from cms.postgres.pool import DeadlinePool

# Where the database is goes to asyncpg as it is: SQLAlchemy has other names for what is in a URL.
_DIALECT = "postgresql+asyncpg://"


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """Where the database is, and its limits. Times are in seconds."""

    url: str
    pool_size: int
    wait_seconds: float
    """What a request may wait for the database in all."""
    statement_seconds: float
    lock_seconds: float
    behind_pooler: bool = False
    """Whether a pooler lends its connections for one transaction at a time."""


def make_engine(options: EngineOptions) -> AsyncEngine:
    """Raises nothing here: the first use connects."""
    engine = create_async_engine(
        _DIALECT,
        poolclass=DeadlinePool,
        pool_size=options.pool_size,
        max_overflow=0,
        pool_timeout=options.wait_seconds,
        hide_parameters=True,  # errors reach the log, and parameters hold tokens and passwords
        connect_args=connect_args(options),
    )
    pool_of(engine).attach(engine.dialect)
    return engine


def make_single_engine(url: str, connect_seconds: float = 10) -> AsyncEngine:
    """For a program that connects once, without the limits that requests have."""
    arguments = {**read_url(url).arguments(), "timeout": connect_seconds}
    return create_async_engine(
        _DIALECT, poolclass=NullPool, hide_parameters=True, connect_args=arguments
    )


def pool_of(engine: AsyncEngine) -> DeadlinePool:
    assert isinstance(engine.pool, DeadlinePool)
    return engine.pool


def connect_args(options: EngineOptions) -> dict[str, Any]:
    """For `create_async_engine`; PostgreSQL takes times in milliseconds."""
    # PostgreSQL itself ends a statement a little earlier, and then the connection is still good.
    place = read_url(options.url)
    limits = place.arguments() | {"command_timeout": options.statement_seconds + 1}
    names = {"application_name": place.application_name or "cms", "timezone": "UTC"}
    if options.behind_pooler:
        # What is prepared on one of its connections is not there on the next, and names meet. The
        # settings of a session would be anybody's next: time limits are the role's there.
        nothing_kept = {"statement_cache_size": 0, "prepared_statement_cache_size": 0}
        return limits | nothing_kept | {"server_settings": names}
    session = {
        # Every statement is short and made for an index: to plan for less would cost more.
        "jit": "off",
        "max_parallel_workers_per_gather": "0",
        "random_page_cost": "1.1",
        "statement_timeout": _milliseconds(options.statement_seconds),
        "lock_timeout": _milliseconds(options.lock_seconds),
        "idle_in_transaction_session_timeout": _milliseconds(options.statement_seconds),
    }
    return limits | {"server_settings": names | session}


def _milliseconds(seconds: float) -> str:
    return str(round(seconds * 1000))
