from functools import cache
from typing import cast

from sqlalchemy import BigInteger, bindparam, func, literal_column, select

from cms.documents import DocumentType, Status, View, visible
from cms.kernel import PreparedQuery, Record

# A query for each of these only: PostgreSQL plans by the limit that it is given.
_LIMITS = (100, 1_000)


async def count(view: View, of: DocumentType) -> int:
    """How many are published; counted anew only once one of the type has changed."""
    memo, table = view.database.memo, of.model.__tablename__
    ticket = memo.ticket(table)
    known: int | None = memo.get(table, "sitemap")
    if known is None:
        [row] = await view.database.fetch(_count_query(of))
        known = cast("int", row["total"])
        memo.put(table, "sitemap", known, ticket)
    return known


async def read_part(
    view: View, of: DocumentType, skip: int, wanted: int, total: int
) -> list[Record]:
    """So many of the type's `total`, oldest first, beginning after `skip`.

    Read from whichever end is nearer: what is skipped has to be counted, too.
    """
    limit = next(each for each in _LIMITS if each >= wanted)
    if skip <= total // 2:
        rows = await view.database.fetch(_part_query(of, limit, backwards=False), offset=skip)
        return rows[:wanted]
    rows = await view.database.fetch(
        _part_query(of, limit, backwards=True), offset=max(0, total - skip - wanted)
    )
    return rows[:wanted][::-1]


@cache
def _count_query(of: DocumentType) -> PreparedQuery:
    published = select(of.model.id).where(visible(of.model, Status.PUBLISHED)).subquery()
    return PreparedQuery(select(func.count().label("total")).select_from(published))


@cache
def _part_query(of: DocumentType, limit: int, *, backwards: bool) -> PreparedQuery:
    model = of.model
    keys = (model.created_at, model.id)
    order = [key.desc() if backwards else key.asc() for key in keys]
    ids = (
        select(model.id)
        .where(visible(model, Status.PUBLISHED))
        .order_by(*order)
        .limit(literal_column(str(limit), BigInteger))
        .offset(bindparam("offset", type_=BigInteger))
        .subquery()
    )
    return PreparedQuery(
        select(model.slug, model.updated_at, model.published_at)
        .join(ids, model.id == ids.c.id)
        .order_by(*order)
    )
