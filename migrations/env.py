"""Runs migrations past any pooler: one runner at a time, and none that waits long for a table."""

import asyncio
import re
from typing import Any, Literal

from alembic import context
from sqlalchemy import Connection, event, func, select

from cms.kernel.config import Settings
from cms.kernel.database import Base
from cms.main import SLICES as _TABLES  # noqa: F401 - importing the slices makes their tables known
from cms.postgres import make_single_engine, make_uuidv7
from cms.richtext.column import Html

_SETTINGS = Settings()
# Any number, as long as every replica takes the same.
_ADVISORY_LOCK = 4_715_309_862


def render_item(kind: str, item: object, _context: object) -> str | Literal[False]:
    # Migrations are history: they name no class that may change later.
    return "sa.Text()" if kind == "type" and isinstance(item, Html) else False


def name_subqueries(*given: Any) -> tuple[str, Any]:
    """PostgreSQL 15 wants a name for what an early migration selects from, and has none."""
    _connection, _cursor, statement, parameters, *_ = given
    return re.sub(r"(LIMIT 51\s*\));", r"\1 AS shown;", statement), parameters


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        compare_server_default=True,
        render_item=render_item,
    )
    # One transaction: all that is pending or nothing.
    with context.begin_transaction():
        # Replicas that start together queue here; the later ones find nothing left to do.
        connection.execute(select(func.pg_advisory_xact_lock(_ADVISORY_LOCK)))
        # A migration that cannot have its table soon gives up: whoever has to wait behind it, or for
        # what it holds already, still gets its turn in the time that a request has for a lock.
        wait = f"{_SETTINGS.lock_timeout_seconds / 2 * 1000:.0f}ms"
        connection.execute(select(func.set_config("lock_timeout", wait, True)))
        if (connection.dialect.server_version_info or ()) < (16,):
            event.listen(connection, "before_cursor_execute", name_subqueries, retval=True)
        make_uuidv7(connection)
        context.run_migrations()


async def main() -> None:
    engine = make_single_engine(_SETTINGS.direct_database_url)
    async with engine.connect() as connection:
        await connection.run_sync(run)
    await engine.dispose()


asyncio.run(main())
