"""The API's connections as PostgreSQL sees them, and ways to make them wait or end."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from tests.faults.harness import dsn, eventually

_LISTENERS = "application_name = 'cms listener' AND datname = current_database()"


async def query(database_url: str, statement: str, *values: object) -> list[asyncpg.Record]:
    """Asks PostgreSQL directly, past the API."""
    connection = await asyncpg.connect(dsn(database_url))
    try:
        return await connection.fetch(statement, *values)
    finally:
        await connection.close()


# Each version of each document has its entry, the last of them as it is stored, and there is no more:
# what is gone ends with its deletion.
_UNTOLD = """
    SELECT slug FROM posts AS post WHERE starts_with(slug, $1) AND (
        (SELECT count(*) FROM history WHERE document_id = post.id) <> version
        OR NOT EXISTS (
            SELECT FROM history WHERE document_id = post.id AND version = post.version
            AND content ->> 'title' = title AND (content ->> 'published')::boolean = published
        )
    )
    UNION ALL
    SELECT slug FROM history AS entry WHERE starts_with(slug, $1) AND action <> 'deleted'
    AND NOT EXISTS (SELECT FROM posts WHERE id = document_id)
    AND NOT EXISTS (
        SELECT FROM history WHERE document_id = entry.document_id AND action = 'deleted'
        AND version >= entry.version
    )
"""


async def untold(database_url: str, name: str) -> list[str]:
    """The posts whose slug begins so, and whose history is not what was done with them."""
    return [row["slug"] for row in await query(database_url, _UNTOLD, name)]


async def listeners(database_url: str) -> set[int]:
    """The process numbers behind each worker's LISTEN connection."""
    rows = await query(
        database_url,
        f"SELECT pid FROM pg_stat_activity WHERE {_LISTENERS} AND query NOT LIKE 'listen%'",
    )
    return {row["pid"] for row in rows}


async def cut_listeners(database_url: str, limit: int | None = None) -> int:
    """Ends all LISTEN connections, or so many at random; returns how many there were."""
    statement = (
        "SELECT pg_terminate_backend(pid, 5000) FROM (SELECT pid FROM pg_stat_activity "
        f"WHERE {_LISTENERS} ORDER BY random() LIMIT $1)"
    )
    return len(await query(database_url, statement, limit))


async def waiting(database_url: str) -> int:
    """How many of the API's connections wait for a lock, and so are in the hands of a request."""
    rows = await query(
        database_url,
        "SELECT FROM pg_stat_activity WHERE application_name = 'cms' "
        "AND datname = current_database() AND wait_event_type = 'Lock'",
    )
    return len(rows)


@asynccontextmanager
async def holding(database_url: str, lock: str, *values: object) -> AsyncIterator[None]:
    """Holds what the statement locks, so that requests that need it wait in mid-query."""
    connection = await asyncpg.connect(dsn(database_url))
    try:
        async with connection.transaction():
            await connection.execute(lock, *values)
            yield
    finally:
        await connection.close()


ROW = "SELECT FROM posts WHERE slug = $1 FOR UPDATE"
TABLE = "LOCK TABLE posts IN ACCESS EXCLUSIVE MODE"


async def until_waiting(database_url: str, count: int) -> None:
    async def they_wait() -> bool:
        return await waiting(database_url) == count

    await eventually(they_wait)
