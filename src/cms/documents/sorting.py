"""The orders of a list, and the indexes that give them."""

from enum import StrEnum
from typing import Annotated, Any

from fastapi import Query
from sqlalchemy import ColumnElement, Index, func, not_

from cms.documents.model import Document


class Sort(StrEnum):
    """What a list is sorted by; `-` is descending. Ties are broken by id, in the same direction."""

    NEWEST = "-created_at"
    OLDEST = "created_at"
    LAST_PUBLISHED = "-published_at"
    FIRST_PUBLISHED = "published_at"
    LAST_UPDATED = "-updated_at"
    FIRST_UPDATED = "updated_at"
    TITLE = "title"
    TITLE_DESCENDING = "-title"

    def order(
        self, key: ColumnElement[Any], id_: ColumnElement[Any]
    ) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
        if not self.startswith("-"):
            return _with_nulls(self, key.asc()), id_.asc()
        return _with_nulls(self, key.desc()), id_.desc()


SortedBy = Annotated[
    Sort,
    Query(
        description="What the list is sorted by, `-` for descending; ties by id. Titles regardless "
        "of case and accents. By `-published_at`, what was never "
        "published comes last."
    ),
]


def sort_key(columns: Any, sort: Sort) -> ColumnElement[Any]:
    """What a list is sorted by, of a model or of the columns of a subquery."""
    name = sort.lstrip("-")
    if name == "title":
        return func.cms_title_key(columns.title)
    return getattr(columns, name)  # type: ignore[no-any-return]  # a column of that name


def list_indexes(model: type[Document]) -> None:
    """The orders of every list, for each view: give them to a document's table, below its class.

    Drafts have one only: where they are few they are sorted, and where not, most of all are drafts.
    """
    table = model.__tablename__
    for sort in (Sort.NEWEST, Sort.LAST_PUBLISHED, Sort.LAST_UPDATED, Sort.TITLE_DESCENDING):
        order = sort.order(sort_key(model, sort), model.id.expression)
        suffix = "" if sort is Sort.NEWEST else f"_{sort.lstrip('-')}"
        Index(f"ix_{table}_published{suffix}", *order, postgresql_where=model.published.expression)
        Index(f"ix_{table}_{sort.lstrip('-')}_id", *order)
    newest = Sort.NEWEST.order(sort_key(model, Sort.NEWEST), model.id.expression)
    Index(f"ix_{table}_drafts", *newest, postgresql_where=not_(model.published))


def _with_nulls(sort: Sort, order: ColumnElement[Any]) -> ColumnElement[Any]:
    """One index serves both directions only if NULL is last in one and first in the other."""
    match sort:
        case Sort.LAST_PUBLISHED:
            return order.nulls_last()
        case Sort.FIRST_PUBLISHED:
            return order.nulls_first()
        case _:
            return order
