"""The connection that listens: what is used of it, and what it is asked."""

from collections.abc import Awaitable, Callable
from importlib import import_module
from typing import Protocol

import asyncpg

# Which triggers announce the changes of these tables, and in which version; NULL unless there are
# some for INSERT, DELETE, UPDATE and TRUNCATE of each (4, 8, 16 and 32). Another answer than before
# means that changes may have gone unannounced.
TRIGGERS = """
    SELECT coalesce(string_agg(triggers, ' ' ORDER BY name), '') FROM (
        SELECT name, coalesce(bit_or(tgtype), 0) & 60 = 60 AS are_all,
            string_agg(concat(pg_trigger.oid, '.', pg_trigger.xmin), ' ' ORDER BY pg_trigger.oid)
                AS triggers
        FROM unnest($1::text[]) AS name LEFT JOIN pg_trigger ON tgrelid = to_regclass(name)
            AND tgname LIKE 'cms\\_announce%' AND tgenabled IN ('O', 'A')
        GROUP BY name
    ) AS watched HAVING coalesce(bool_and(are_all), true)
"""


class _NotPostgres(Exception):  # noqa: N818 - it says what answers instead
    """A pooler answers, which takes LISTEN without a word, and no notification ever comes."""

    def __str__(self) -> str:
        return (
            "LISTEN_DATABASE_URL leads to a pooler and not to PostgreSQL itself, "
            "so that no answer can be remembered"
        )


# The last is raised between PostgreSQL's farewell and the end of the connection.
CONNECTION_ERRORS = (
    _NotPostgres,
    OSError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)


class Connection(Protocol):
    """What is used of asyncpg's connection: the library has no complete types."""

    def get_server_pid(self) -> int: ...
    def add_termination_listener(self, callback: Callable[[object], None]) -> None: ...
    async def add_listener(self, channel: str, callback: Callable[..., None]) -> None: ...
    async def execute(self, query: str) -> str: ...
    async def fetchval(self, query: str, *values: object) -> str | None: ...
    def terminate(self) -> None: ...


connect: Callable[..., Awaitable[Connection]] = import_module("asyncpg").connect


async def require_postgres(connection: Connection) -> None:
    # A pooler makes up the number that it gives to its client.
    own = f"SELECT WHERE pg_backend_pid() = {connection.get_server_pid()}"
    if await connection.execute(own) != "SELECT 1":
        raise _NotPostgres


def said(error: Exception) -> str:
    """The kind of an error of the network alone: what it says may name what the log must not."""
    return str(error) if isinstance(error, _NotPostgres) else type(error).__name__
