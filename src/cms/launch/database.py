"""Brings the database to the state that the server expects."""

import asyncio
import re
from collections.abc import Callable, Mapping

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from cms.kernel.revision import head_revision, is_newer
from cms.launch.console import say, step
from cms.launch.problems import LaunchError
from cms.launch.processes import python, run_to_end
from cms.postgres import make_single_engine, read_url

_CONNECT_SECONDS = 5
# The oldest that is tested.
_OLDEST_POSTGRESQL = 15
_STATE = """
    SELECT current_setting('server_version_num')::int / 10000 AS version,
        current_schema AS schema,
        coalesce(has_schema_privilege(current_schema, 'CREATE'), false) AS may_create,
        to_regclass('alembic_version') IS NOT NULL AS is_migrated
"""
_UNKNOWN_REVISION = re.compile(r"Can't locate revision identified by '([^']+)'")


def stored_revision(url: str) -> str:
    """The revision that is stored there, if any. Raises `LaunchError` unless we are let in."""
    try:
        return asyncio.run(_read_revision(url))
    except TimeoutError:
        reason = f"it did not answer in {_CONNECT_SECONDS} seconds"
    except SQLAlchemyError as error:
        reason = str(error.__cause__ or error)
    except OSError as error:
        reason = f"{error.filename}: {error.strerror}" if error.filename else str(error)
    except (ValueError, TypeError) as error:
        reason = str(error)
    reason = " ".join(reason.split()).removesuffix(".")
    raise LaunchError(f"The database {read_url(url).shown} cannot be reached: {reason}.")


async def _read_revision(url: str) -> str:
    engine, where = make_single_engine(url, _CONNECT_SECONDS), read_url(url).shown
    try:
        async with engine.connect() as connection:
            found = (await connection.execute(text(_STATE))).one()
            if found.version < _OLDEST_POSTGRESQL:
                raise LaunchError(
                    f"The database {where} is PostgreSQL {found.version}: "
                    f"{_OLDEST_POSTGRESQL} or newer is needed."
                )
            stored = ""
            if found.is_migrated:
                stored = (
                    await connection.scalar(text("SELECT version_num FROM alembic_version")) or ""
                )
    finally:
        await engine.dispose()
    if stored < head_revision() and not found.may_create:
        raise LaunchError(
            f"The database {where} cannot be migrated: "
            f"the user may not create tables in its schema {found.schema or 'public'}."
        )
    return stored


def migrate(url: str, environment: Mapping[str, str], check: Callable[[], None]) -> bool:
    """Brings the schema up to our revision, if it is older; returns whether it is ours now.

    A newer one is left alone: a replica of the last release has to be able to start again.
    """
    stored = stored_revision(url)
    if is_newer(stored):
        say(f"The database is at revision {stored}, newer than {head_revision()}: left as it is.")
        return False
    if stored == head_revision():
        return True
    with step("Migrating the database"):
        code, output = run_to_end(python("-m", "alembic", "upgrade", "head"), environment, check)
    if unknown := _UNKNOWN_REVISION.search(output):
        raise LaunchError(
            f"The database is at revision {unknown[1]!r}, which this version does not know."
        )
    if code != 0:
        raise LaunchError(f"The database could not be migrated: {output.strip()}")
    return True
