from collections.abc import Sequence
from functools import cache
from typing import cast
from uuid import UUID

from sqlalchemy import Integer, Text, Uuid, bindparam, case, column, false, func, select, true
from sqlalchemy.dialects.postgresql import ARRAY, TSQUERY

from cms.documents import DocumentType, Status, View, visible
from cms.kernel import PreparedQuery, Record
from cms.search.model import SearchChange
from cms.search.query import Typed

MOST = 1_000
"""As many of what is found, the newest, are ranked and counted."""

# What is more has to wait for the worker: a search has to be quick.
_NOTED_AT_MOST = 20

_TEXTS = ARRAY(Text)
_PARTS = [bindparam(name, type_=Text) for name in ("earlier", "head", "last", "prefix")]
_MADE = select(func.cms_search_query(*_PARTS, type_=TSQUERY).label("query")).subquery()


def _query(*, only_public: bool) -> PreparedQuery:
    noted = select(SearchChange.id)
    if only_public:  # how long an answer takes tells nothing of drafts
        noted = noted.where(SearchChange.public)
    public = true() if only_public else false()
    caught_up = func.cms_search_catch_up(_NOTED_AT_MOST, public, type_=Integer)
    return PreparedQuery(
        select(
            _MADE.c.query.cast(Text).label("query"),
            func.querytree(_MADE.c.query, type_=Text).label("found_by"),
            case((noted.exists(), caught_up)).label("caught_up"),
        )
    )


_QUERY, _EDITORS_QUERY = _query(only_public=True), _query(only_public=False)
_GIVEN = bindparam("wanted", type_=Text).cast(TSQUERY)
_SEARCH = PreparedQuery(
    select(
        func.cms_search(
            _GIVEN,
            bindparam("kinds", type_=_TEXTS),
            bindparam("status", type_=Text),
            MOST,
        ).table_valued(column("type", Text), column("document_id", Uuid), column("rank"))
    )
)
_MARKED = PreparedQuery(
    select(
        func.cms_search_marked(bindparam("texts", type_=_TEXTS), _GIVEN).table_valued(
            column("marked", Text)
        )
    )
)


async def make_query(view: View, typed: Typed) -> str | None:
    """PostgreSQL's own form of it; None for what would find nothing, or all but a few.

    What has been committed until now is indexed with it, unless it is very much.
    """
    [row] = await view.database.fetch(
        _QUERY if view.shared else _EDITORS_QUERY,
        earlier=typed.earlier,
        head=typed.head,
        last=typed.last,
        prefix=typed.prefix,
    )
    return cast("str", row["query"]) if row["found_by"] not in {"", "T"} else None


async def search(view: View, query: str, tables: Sequence[str]) -> list[Record]:
    """`type` (a table), `document_id` and `rank` of what is found, best first."""
    return await view.database.fetch(
        _SEARCH, wanted=query, kinds=list(tables), status=view.status.value
    )


async def read(view: View, of: DocumentType, ids: Sequence[UUID]) -> dict[UUID, Record]:
    rows = await view.database.fetch(_documents(of, view.status), ids=list(ids))
    return {row["id"]: row for row in rows}


async def mark(view: View, query: str, texts: Sequence[str]) -> list[str]:
    """The texts with marks around what is found in them."""
    rows = await view.database.fetch(_MARKED, wanted=query, texts=list(texts))
    return [row["marked"] for row in rows]


@cache
def _documents(of: DocumentType, status: Status) -> PreparedQuery:
    fields = of.searched
    names = ("id", "slug", "published_at", *fields.title, *fields.summary, *fields.body)
    columns = [getattr(of.model, name) for name in dict.fromkeys(names)]
    wanted = of.model.id == func.any(bindparam("ids", type_=ARRAY(Uuid)))
    return PreparedQuery(select(*columns).where(wanted, visible(of.model, status)))
