"""Brings the database to the state that the server expects."""

import asyncio
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import make_url, text
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from cms.kernel.revision import head_revision
from cms.launch.problems import LaunchError
from cms.launch.processes import finish, python

_CONNECT_SECONDS = 5
_UNKNOWN_REVISION = re.compile(r"Can't locate revision identified by '([^']+)'")
_MADE_ADMIN = re.compile(r"^Admin: ", re.MULTILINE)


@dataclass(frozen=True)
class Stored:
    """What a database holds already, so that a start need not run the programs that would make it."""

    is_migrated: bool
    has_admin: bool


def look(url: str) -> Stored:
    """Raises `LaunchError` unless the server of that URL lets us in."""
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


async def _look(url: str) -> Stored:
    engine = create_async_engine(
        url, poolclass=NullPool, connect_args={"timeout": _CONNECT_SECONDS}
    )
    try:
        async with engine.connect() as connection:
            if await connection.scalar(text("SELECT to_regclass('alembic_version')")) is None:
                return Stored(is_migrated=False, has_admin=False)
            revision = await connection.scalar(text("SELECT version_num FROM alembic_version"))
            if revision != head_revision():
                return Stored(is_migrated=False, has_admin=False)
            has_admin = "SELECT EXISTS (SELECT FROM users WHERE role = 'admin')"
            return Stored(
                is_migrated=True, has_admin=bool(await connection.scalar(text(has_admin)))
            )
    finally:
        await engine.dispose()


def migrate(environment: Mapping[str, str], check: Callable[[], None]) -> None:
    """Brings the schema up to the newest revision."""
    code, output = finish(python("-m", "alembic", "upgrade", "head"), environment, check)
    if unknown := _UNKNOWN_REVISION.search(output):
        raise LaunchError(
            f"The database is at revision {unknown[1]!r}, which this version does not know: "
            "it was migrated by a newer one, so start that."
        )
    if code != 0:
        raise LaunchError(f"The database could not be migrated: {output.strip()}")


def seed(environment: Mapping[str, str], check: Callable[[], None], *options: str) -> bool:
    """Fills an empty database; returns whether the first administrator was made."""
    code, output = finish(python("seed.py", *options), environment, check)
    if code != 0:
        raise LaunchError(f"The database could not be seeded: {output.strip()}")
    return _MADE_ADMIN.search(output) is not None
