from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    DateTime,
    Subquery,
    Text,
    bindparam,
    delete,
    false,
    func,
    null,
    or_,
    select,
    true,
    union_all,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from cms.documents import DOCUMENT_TYPES, WORKING_COPIES, acting_as
from cms.kernel import Database, Paging, PreparedQuery, Record
from cms.schedule.model import Schedule

_TABLE = Schedule.metadata.tables[Schedule.__tablename__]
_s, _copies = _TABLE.c, WORKING_COPIES.c
# Not `clock_timestamp()`, which may change while an index is read. It is the database's clock.
_now = func.statement_timestamp()
_IS_DUE = (_s.problem.is_(None), or_(_s.publish_at <= _now, _s.unpublish_at <= _now))
_COPY_IS_DUE = (_copies.problem.is_(None), _copies.publish_at <= _now)
# Few, and at random: then processes seldom meet at one document.
_AT_ONCE = 10
_OF_TYPES = bindparam("tables", type_=ARRAY(Text))
_DUE = PreparedQuery(
    select(
        union_all(
            select(_s.type, _s.document_id, false().label("is_copy"))
            .where(*_IS_DUE, _s.type == func.any(_OF_TYPES))
            .order_by(func.random())
            .limit(_AT_ONCE)
            .subquery()
            .select(),
            select(_copies.type, _copies.document_id, true().label("is_copy"))
            .where(*_COPY_IS_DUE, _copies.type == func.any(_OF_TYPES))
            .order_by(func.random())
            .limit(_AT_ONCE)
            .subquery()
            .select(),
        ).subquery()
    )
)
_TELL = acting_as(_s.set_by_id, _s.set_by_email)
_LOCK_DUE = (
    select(_s.publish_at, _s.unpublish_at, _now.label("now"), _TELL)
    .where(_s.document_id == bindparam("its_id"), *_IS_DUE)
    .with_for_update()
)
_LOCK_DUE_COPY = (
    select(*_copies, acting_as(_copies.set_by_id, _copies.set_by_email))
    .where(_copies.document_id == bindparam("its_id"), *_COPY_IS_DUE)
    .with_for_update()
)
_SHOWN = (_s.type, _s.document_id, _s.publish_at, _s.unpublish_at, _s.set_by_id, _s.set_by_email)


def tables() -> list[str]:
    return [each.model.__tablename__ for each in DOCUMENT_TYPES.values()]


async def list_entries(
    session: AsyncSession, table: str | None, paging: Paging
) -> tuple[list[Record], int]:
    """Soonest first; `title` is a working copy's own, of others None."""
    entries = _entries()
    wanted = entries.c.type.in_(tables() if table is None else [table])
    total = await session.scalar(select(func.count()).select_from(entries).where(wanted))
    soonest = func.least(entries.c.publish_at, entries.c.unpublish_at)
    statement = (
        select(entries)
        .where(wanted)
        .order_by(soonest, entries.c.document_id, entries.c.working_copy)
        .limit(paging.per_page)
        .offset(paging.offset)
    )
    rows = (await session.execute(statement)).mappings()
    return [dict(row) for row in rows], total or 0


def _entries() -> Subquery:
    of_documents = select(*_SHOWN, _s.problem, false().label("working_copy"), null().label("title"))
    of_copies = select(
        _copies.type,
        _copies.document_id,
        _copies.publish_at,
        null().cast(DateTime(timezone=True)),
        _copies.set_by_id,
        _copies.set_by_email,
        _copies.problem,
        true(),
        _copies.content["title"].astext,
    ).where(_copies.publish_at.is_not(None))
    return union_all(of_documents, of_copies).subquery()


async def read(session: AsyncSession, table: str, id_: UUID) -> Record | None:
    statement = select(*_s).where(_s.type == table, _s.document_id == id_)
    row = (await session.execute(statement)).mappings().first()
    return None if row is None else dict(row)


async def store(session: AsyncSession, values: Mapping[str, Any]) -> None:
    """Of a locked document: instead of the one that it may have."""
    statement = insert(_TABLE).values(**values)
    others = {name: value for name, value in values.items() if name != "document_id"}
    await session.execute(
        statement.on_conflict_do_update(index_elements=["document_id"], set_=others)
    )


async def remove(session: AsyncSession, table: str, id_: UUID) -> bool:
    """Whether there was one."""
    statement = delete(_TABLE).where(_s.type == table, _s.document_id == id_)
    return await session.scalar(statement.returning(_s.document_id)) is not None


async def forget_beginning(session: AsyncSession, id_: UUID) -> None:
    statement = update(_TABLE).where(_s.document_id == id_)
    await session.execute(statement.values(publish_at=None))


async def due(reader: Database) -> Sequence[Record]:
    """Some of what is due: `type`, the table; `document_id`; `is_copy`."""
    return await reader.fetch(_DUE, tables=tables())


async def lock_due(session: AsyncSession, id_: UUID) -> Record | None:
    """The schedule of a locked document, if it is due still; it acts as whoever has set it."""
    row = (await session.execute(_LOCK_DUE, {"its_id": id_})).mappings().first()
    return None if row is None else dict(row)


async def lock_due_copy(session: AsyncSession, id_: UUID) -> Record | None:
    """The working copy of a locked document, likewise."""
    row = (await session.execute(_LOCK_DUE_COPY, {"its_id": id_})).mappings().first()
    return None if row is None else dict(row)


async def note_problem(session: AsyncSession, id_: UUID, problem: str, *, is_copy: bool) -> None:
    """If it is due still."""
    table, is_due = (WORKING_COPIES, _COPY_IS_DUE) if is_copy else (_TABLE, _IS_DUE)
    statement = update(table).where(table.c.document_id == id_, *is_due)
    await session.execute(statement.values(problem=problem))
