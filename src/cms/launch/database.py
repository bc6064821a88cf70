"""Brings the database to the state that the server expects."""

import asyncio
import re
from collections.abc import Callable, Mapping

from sqlalchemy import make_url, text
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from cms.kernel.revision import head_revision, is_newer
from cms.launch.console import say, step
from cms.launch.problems import LaunchError
from cms.launch.processes import finish, python

_CONNECT_SECONDS = 5
_UNKNOWN_REVISION = re.compile(r"Can't locate revision identified by '([^']+)'")


def look(url: str) -> str:
    """The revision that is stored there, if any. Raises `LaunchError` unless we are let in."""
    try:
        place = make_url(url)
    except (ArgumentError, ValueError):
        raise LaunchError("DATABASE_URL is not a URL that can be read.") from None
    try:
        return asyncio.run(_look(url))
    except TimeoutError:
        reason = f"it did not answer in {_CONNECT_SECONDS} seconds"
    except SQLAlchemyError as error:
        reason = str(error.__cause__ or error)
    except OSError as error:
        reason = error.strerror or str(error)
    except (ValueError, TypeError) as error:
        reason = str(error)
    where = place.set(query={}).render_as_string(hide_password=True).partition("://")[2]
    raise LaunchError(f"The database {where} cannot be reached: {' '.join(reason.split())}.")


async def _look(url: str) -> str:
    engine = create_async_engine(
        url, poolclass=NullPool, connect_args={"timeout": _CONNECT_SECONDS}
    )
    try:
        async with engine.connect() as connection:
            if await connection.scalar(text("SELECT to_regclass('alembic_version')")) is None:
                return ""
            return await connection.scalar(text("SELECT version_num FROM alembic_version")) or ""
    finally:
        await engine.dispose()


def migrate(url: str, environment: Mapping[str, str], check: Callable[[], None]) -> bool:
    """Brings the schema up to our revision, if it is older; returns whether it is ours now.

    A newer one is left alone: a replica of the last release has to be able to start again.
    """
    stored = look(url)
    if is_newer(stored):
        say(f"The database is at revision {stored}, newer than {head_revision()}: left as it is.")
        return False
    if stored == head_revision():
        return True
    with step("Migrating the database"):
        code, output = finish(python("-m", "alembic", "upgrade", "head"), environment, check)
    if unknown := _UNKNOWN_REVISION.search(output):
        raise LaunchError(
            f"The database is at revision {unknown[1]!r}, which this version does not know."
        )
    if code != 0:
        raise LaunchError(f"The database could not be migrated: {output.strip()}")
    return True
