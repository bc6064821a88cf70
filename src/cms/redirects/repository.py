from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, bindparam, delete, func, insert, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from cms.documents import DOCUMENT_TYPES, View
from cms.kernel import Database, NotFound, Paging, PreparedQuery, Record
from cms.redirects.model import Redirect

_RULE = Redirect.__table__.c
_SHOWN = (_RULE.id, _RULE.from_path, _RULE.to, _RULE.status)
_PAGE = PreparedQuery(
    select(*_SHOWN)
    .order_by(_RULE.from_path)
    .limit(bindparam("limit", type_=BigInteger))
    .offset(bindparam("offset", type_=BigInteger))
)
_TOTAL = PreparedQuery(select(func.count().label("total")).select_from(Redirect))
_ONE = PreparedQuery(
    select(*_SHOWN, _RULE.version, _RULE.updated_at).where(_RULE.id == bindparam("rule"))
)


async def read_page(view: View, paging: Paging) -> tuple[list[Record], int]:
    [counted] = await view.database.fetch(_TOTAL)
    rows = await view.database.fetch(_PAGE, limit=paging.per_page, offset=paging.offset)
    return rows, counted["total"]


async def read(database: Database, rule: UUID) -> Record:
    """Raises `NotFound`."""
    rows = await database.fetch(_ONE, rule=rule)
    if not rows:
        raise NotFound
    return rows[0]


async def take_turns(session: AsyncSession) -> None:
    """Until the transaction ends nobody else changes a rule: two at once could make a loop."""
    await session.execute(text("LOCK TABLE redirects IN SHARE ROW EXCLUSIVE MODE"))


async def locked(session: AsyncSession, rule: UUID) -> Record:
    """Raises `NotFound`."""
    await take_turns(session)
    found = (await session.execute(select(*_RULE).where(_RULE.id == rule))).mappings().first()
    if found is None:
        raise NotFound
    return dict(found)


async def count(session: AsyncSession) -> int:
    return (await session.execute(select(func.count()).select_from(Redirect))).scalar_one()


async def meeting(
    session: AsyncSession, from_path: str, to_path: str | None, but: UUID | None
) -> Sequence[Record]:
    """The other rules that begin where one would lead or begin, or lead to where it would begin."""
    meets = or_(_RULE.from_path.in_([from_path, to_path]), _RULE.to_path == from_path)
    found = await session.execute(select(*_SHOWN).where(meets, _RULE.id.is_distinct_from(but)))
    return [dict(row) for row in found.mappings()]


async def is_published(session: AsyncSession, type_name: str, slug: str) -> bool:
    model = DOCUMENT_TYPES[type_name].model
    found = select(model.id).where(model.slug == slug, model.published)
    return await session.scalar(found) is not None


async def create(session: AsyncSession, values: Mapping[str, Any]) -> Record:
    statement = insert(Redirect).values(**values).returning(*_RULE)
    return dict((await session.execute(statement)).mappings().one())


async def replace(session: AsyncSession, row: Record, values: Mapping[str, Any]) -> Record:
    if all(row[name] == value for name, value in values.items()):
        return row
    changed = update(Redirect).where(_RULE.id == row["id"]).returning(*_RULE)
    moved = {"version": row["version"] + 1, "updated_at": func.statement_timestamp()}
    statement = changed.values(**values, **moved)
    return dict((await session.execute(statement)).mappings().one())


async def remove(session: AsyncSession, row: Record) -> None:
    await session.execute(delete(Redirect).where(_RULE.id == row["id"]))
