from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from cms.documents import WORKING_COPIES
from cms.kernel import Paging, Record

_c = WORKING_COPIES.c
_ITEM = (_c.type, _c.document_id, _c.updated_at, _c.user_id, _c.user_email, _c.publish_at)


async def list_copies(
    session: AsyncSession, table: str | None, paging: Paging
) -> tuple[list[Record], int]:
    """Last saved first; `title` is the copy's own."""
    of_type = [] if table is None else [_c.type == table]
    total = await session.scalar(select(func.count()).select_from(WORKING_COPIES).where(*of_type))
    statement = (
        select(*_ITEM, _c.content["title"].astext.label("title"))
        .where(*of_type)
        .order_by(_c.updated_at.desc(), _c.id.desc())
        .limit(paging.per_page)
        .offset(paging.offset)
    )
    rows = (await session.execute(statement)).mappings()
    return [dict(row) for row in rows], total or 0


async def insert_copy(session: AsyncSession, values: Mapping[str, Any]) -> Record:
    statement = insert(WORKING_COPIES).values(**values).returning(*_c)
    return dict((await session.execute(statement)).mappings().one())


async def update_copy(session: AsyncSession, copy: Record, values: Mapping[str, Any]) -> Record:
    """Of a locked copy."""
    statement = (
        update(WORKING_COPIES)
        .where(_c.id == copy["id"])
        .values(**values, version=_c.version + 1, updated_at=func.statement_timestamp())
        .returning(*_c)
    )
    return dict((await session.execute(statement)).mappings().one())


async def delete_copy(session: AsyncSession, copy: Record) -> None:
    await session.execute(delete(WORKING_COPIES).where(_c.id == copy["id"]))
