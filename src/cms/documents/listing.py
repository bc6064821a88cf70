"""How a page of a list of documents is read, in each of its orders."""

from functools import cache, lru_cache
from typing import Any, cast

from pydantic import BaseModel
from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    FromClause,
    Select,
    Uuid,
    any_,
    bindparam,
    func,
    literal_column,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY

from cms.documents.list_query import MAX_WHOLE, ListQuery
from cms.documents.model import Document
from cms.documents.reading import columns_of
from cms.documents.responses import etag_of
from cms.documents.sorting import Sort, sort_key
from cms.documents.view import Status, View, visible
from cms.kernel import PreparedQuery, Record

type Listed = Select[Any, Any] | CTE
"""`id` of the documents in a list, and `key`, which sorts them: made once for each that there can be."""


# A query for each of these only: asyncpg keeps 100 statements a connection prepared.
_LIMITS = (10, 25, 50, 100)
_LIMITS_OF_OTHER_ORDERS = (25, 100)
_LIMITS_OF_WHOLE_DOCUMENTS = (5, MAX_WHOLE)
_MAX_QUERIES = 256


async def read_page(
    view: View,
    model: type[Document],
    schema: type[BaseModel],
    query: ListQuery,
    listed: Listed | None = None,
    **values: object,
) -> tuple[list[Record], int]:
    """One page of rows as the query asks for it, and the total, in one round trip.

    `schema` shows `id` and what can be sorted by; what it shows on request is read where the query
    includes it. The list is of all documents in the view, or of those `listed`, with a `bindparam`
    for each of the `values`. Raises `Invalid` for a page that is too large.
    """
    paging, sort, included = query.paging, query.sort, query.included
    table, key = model.__tablename__, (listed, repr(values))
    ticket = view.database.memo.ticket(table)
    total: int | None = view.database.memo.get(table, key) if view.shared else None
    limits = _LIMITS if sort is Sort.NEWEST else _LIMITS_OF_OTHER_ORDERS
    if included:
        limits = _LIMITS_OF_WHOLE_DOCUMENTS
    prepared = _page_query(
        model,
        schema,
        included,
        view.status,
        sort,
        listed,
        next(each for each in limits if each >= paging.per_page),
        for_editors=not view.shared,
        later=paging.offset > 0 or sort is not Sort.NEWEST,
        counted=total is None,
    )
    rows = await view.database.fetch(prepared, **values, offset=paging.offset)
    if total is None:
        total = cast("int", rows[0]["total"])
        rows = [row for row in rows if row["id"] is not None]
        if view.shared:
            view.database.memo.put(table, key, total, ticket)
    if not view.shared:
        for row in rows:
            row["etag"] = etag_of(row)
    return rows[: paging.per_page], total


@cache
def having_ids(model: type[Document], status: Status, sort: Sort) -> Listed:
    """The documents whose id is one of `ids`."""
    return select(model.id, sort_key(model, sort).label("key")).where(
        visible(model, status), is_among_ids(model)
    )


def is_among_ids(model: type[Document]) -> ColumnElement[bool]:
    return model.id == any_(bindparam("ids", type_=ARRAY(Uuid)))


@lru_cache(maxsize=_MAX_QUERIES)
def _page_query(
    model: type[Document],
    schema: type[BaseModel],
    included: tuple[str, ...],
    status: Status,
    sort: Sort,
    listed: Listed | None,
    limit: int,
    *,
    for_editors: bool,
    later: bool,
    counted: bool,
) -> PreparedQuery:
    """`for_editors`: with what ETags are made of. `later`: with an offset. `counted`: with the
    total beside each row.

    The limit is part of the text, so that PostgreSQL need not plan for others.
    """
    columns = [*columns_of(model, schema, included)]
    if for_editors:
        columns.append(model.version)
    key = sort_key(model, sort)
    order = sort.order(key, model.id.expression)
    first = literal_column(str(limit), BigInteger)
    everything = select(model.id, key.label("key")).where(visible(model, status))
    among = _table_of(everything if listed is None else listed)
    page = select(*columns).where(visible(model, status)).order_by(*order)
    if listed is None and not later:
        page = page.limit(first)
    else:
        # What is skipped is skipped in an index: only the rows to return are fetched.
        ids = select(among.c.id).order_by(*sort.order(among.c.key, among.c.id)).limit(first)
        if later:
            ids = ids.offset(bindparam("offset", type_=BigInteger))
        of_page = ids.subquery()
        page = page.join(of_page, model.id == of_page.c.id)
    if not counted:
        return PreparedQuery(page)
    total = select(func.count().label("total")).select_from(among).subquery()
    rows = page.subquery()
    # Outer join: past the last page there is no row to carry the total.
    return PreparedQuery(
        select(total.c.total, *rows.c)
        .select_from(total.outerjoin(rows, literal_column("true")))
        .order_by(*sort.order(sort_key(rows.c, sort), rows.c.id))
    )


def _table_of(listed: Listed) -> FromClause:
    return listed if isinstance(listed, CTE) else listed.subquery()
