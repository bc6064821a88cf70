"""What a deployment's database tells of itself, for `cms.launch.doctor`."""

import asyncio
from dataclasses import dataclass
from time import time

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from cms.postgres import make_single_engine, read_url

_CONNECT_SECONDS = 5
_FACTS = text("""
    SELECT coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false) AS is_encrypted,
        coalesce(NOT inet_server_addr() <<= ANY ('{127.0.0.0/8, ::1/128}'), false) AS is_remote,
        (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS is_superuser,
        current_setting('fsync') = 'on' AND current_setting('full_page_writes') = 'on'
            AND current_setting('synchronous_commit') <> 'off' AS is_durable,
        current_setting('max_connections')::int
            - current_setting('superuser_reserved_connections')::int AS connections,
        current_setting('archive_mode') <> 'off' AS archives,
        (SELECT extract(epoch FROM clock_timestamp() - last_archived_time)::float8
            FROM pg_stat_archiver) AS archived_seconds_ago
""")
_CLOCK = text("SELECT extract(epoch FROM clock_timestamp())::float8, pg_backend_pid()")


@dataclass(frozen=True, slots=True)
class Facts:
    """Of the database as the API reaches it. Times are in seconds."""

    is_encrypted: bool
    is_remote: bool
    """Not on this machine."""
    is_superuser: bool
    is_durable: bool
    """Whether what it has acknowledged survives the machine's end."""
    connections: int
    """How many it takes from all its clients together."""
    archives: bool
    archived_seconds_ago: float | None
    """None where it has archived nothing."""
    clock_ahead: float
    """Of its clock before ours."""
    is_pooler: bool
    listener_is_pooler: bool
    """Whether a pooler answers where the API listens for changes."""


def read_facts(url: str, listen_url: str) -> Facts | str:
    """The facts, or a sentence that says why they are unknown."""
    try:
        return asyncio.run(_read(url, listen_url))
    except (SQLAlchemyError, OSError, ValueError, TypeError) as error:
        # The kind alone: what a driver says may hold what was sent to it.
        kind = type(getattr(error, "orig", None) or error).__name__
        places = " or ".join(dict.fromkeys(read_url(each).shown for each in (url, listen_url)))
        return f"The database {places} cannot be examined ({kind})."


async def _read(url: str, listen_url: str) -> Facts:
    engine = make_single_engine(url, _CONNECT_SECONDS)
    try:
        async with engine.connect() as connection:
            row = (await connection.execute(_FACTS)).mappings().one()
            asked = time()
            clock, pid = (await connection.execute(_CLOCK)).one()
            answered = time()
            driver = (await connection.get_raw_connection()).driver_connection
            is_pooler = driver is not None and driver.get_server_pid() != pid
    finally:
        await engine.dispose()
    return Facts(
        **row,
        clock_ahead=clock - (asked + answered) / 2,
        is_pooler=is_pooler,
        listener_is_pooler=is_pooler if url == listen_url else await _is_pooler(listen_url),
    )


async def _is_pooler(url: str) -> bool:
    """Whether what answers makes up the number of the process behind a connection."""
    engine = make_single_engine(url, _CONNECT_SECONDS)
    try:
        async with engine.connect() as connection:
            _, pid = (await connection.execute(_CLOCK)).one()
            driver = (await connection.get_raw_connection()).driver_connection
            return driver is not None and driver.get_server_pid() != pid
    finally:
        await engine.dispose()
