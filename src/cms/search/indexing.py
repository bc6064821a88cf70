"""Indexes again what was there before the index, or is there in another language."""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from uuid import UUID

from sqlalchemy import Row, false, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert

from cms.documents import collections
from cms.kernel import Database, Problem, Services, beside
from cms.search.model import SearchChange, SearchType

_logger = logging.getLogger(__name__)

_RETRY_SECONDS = 5
_ROUND_SECONDS = 0.5
# As far as there is time: the largest documents take a tenth of a second each.
_AT_ONCE = 20
FIRST = UUID(int=0)


async def begin(database: Database, language: str, *, anew: bool = False) -> None:
    """Stores how each type is indexed; what differs from before, or all `anew`, begins again.

    Raises `ValueError` for a language that this PostgreSQL does not know.
    """
    async with database.session() as session:
        known = text("SELECT 1 FROM pg_ts_config WHERE cfgname = :language")
        if not await session.scalar(known, {"language": language}):
            raise ValueError(
                f"SEARCH_LANGUAGE: PostgreSQL knows no {language!r} (see \\dF in psql)"
            )
        for each in collections():
            fields = each.searched
            rule = {
                "language": language,
                "title": list(fields.title),
                "summary": list(fields.summary),
                "body": list(fields.body),
            }
            statement = insert(SearchType).values(
                type=each.model.__tablename__, reached=FIRST, **rule
            )
            differs = or_(*(getattr(SearchType, name) != value for name, value in rule.items()))
            await session.execute(
                statement.on_conflict_do_update(
                    index_elements=["type"],
                    set_={**rule, "reached": FIRST},
                    where=None if anew else differs,
                )
            )


async def go_on(database: Database) -> int:
    """Indexes whatever is left, a little at a time, and says how many documents that were.

    Any number of processes may: one of them at a time does some of it.
    """
    indexed = 0
    while await _is_any_left(database):
        done = await _next(database)
        indexed += done or 0
        await catch_up(database)
        await asyncio.sleep(_RETRY_SECONDS if done is None else 0)
    return indexed


_LEFT = select(SearchType.type, SearchType.reached).where(SearchType.reached.is_not(None)).limit(1)


async def _is_any_left(database: Database) -> bool:
    return bool(await database.read(_LEFT))


async def _next(database: Database) -> int | None:
    """How many were indexed; None while somebody else is at it, or writes the next of them."""
    async with database.session() as session:
        row = (await session.execute(_LEFT.with_for_update(skip_locked=True))).first()
        if row is None:
            return None
        rows: Sequence[Row[UUID, bool | None]] = []
        if row.type in {each.model.__tablename__ for each in collections()}:
            statement = text(_INDEX.format(table=row.type, count=_AT_ONCE))
            rows = (await session.execute(statement, {"reached": row.reached})).all()
        ids: list[UUID] = [each.id for each in rows if each.is_done]
        if rows and not ids:
            return None
        reached = update(SearchType).where(SearchType.type == row.type)
        await session.execute(reached.values(reached=ids[-1] if ids else None))
        return len(ids)


# FOR SHARE: what is being written is indexed as it will be.
_INDEX = """
    SELECT id, is_done FROM (
        SELECT each.id, CASE WHEN clock_timestamp() < statement_timestamp() + interval '0.3 s'
            THEN (SELECT true FROM cms_search_put('{table}', to_jsonb(each))) END AS is_done
        FROM (
            SELECT * FROM {table} WHERE id > :reached ORDER BY id LIMIT {count} FOR SHARE
        ) AS each
    ) AS indexed ORDER BY id
"""


async def catch_up(database: Database) -> None:
    """Indexes what has changed, a little at a time, whether or not anybody searches."""
    while await database.read(_ANY_CHANGE):
        await database.read(_CATCH_UP)


_ANY_CHANGE = select(SearchChange.id).limit(1)
_CATCH_UP = select(func.cms_search_catch_up(_AT_ONCE, false()))


def keeping(services: Services) -> AbstractAsyncContextManager[None]:
    """Has all indexed as the settings say, beside the requests."""
    return beside(_keep(services.database, services.settings.search_language))


async def _keep(database: Database, language: str) -> None:
    has_begun = False
    while True:
        try:
            if not has_begun:
                await _begin(database, language)
                has_begun = True
            await catch_up(database)
        except Problem as problem:
            _logger.warning("search was not indexed: %s", problem)
            await asyncio.sleep(_RETRY_SECONDS)
        await asyncio.sleep(_ROUND_SECONDS)


async def _begin(database: Database, language: str) -> None:
    try:
        await begin(database, language)
    except ValueError as error:
        _logger.error("%s", error)  # noqa: TRY400 - a sentence for whoever set it
    else:
        await go_on(database)
