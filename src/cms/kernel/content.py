"""What documents share: their columns, who may see them, and plain functions over them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, cast
from uuid import UUID

from fastapi import Depends, Query, Request
from pydantic import BaseModel
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    DateTime,
    Dialect,
    FetchedValue,
    String,
    Text,
    and_,
    bindparam,
    false,
    func,
    literal_column,
    select,
    true,
)
from sqlalchemy.orm import InstrumentedAttribute, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

from cms.kernel.auth import Token, authenticate
from cms.kernel.database import Base, Database, Reader
from cms.kernel.errors import NotFound
from cms.kernel.fields import SLUG_LENGTH
from cms.kernel.html import SafeHtml
from cms.kernel.pagination import Paging
from cms.kernel.prepared import Fields, Prepared


class Html(TypeDecorator[str]):
    """A text column that stores nothing but sanitised HTML."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        if value is not None and not isinstance(value, SafeHtml):
            raise TypeError("HTML must pass cms.kernel.html.clean_html before it is stored")
        return value


class Document(Base):
    """The columns of every content type.

    `version` and `updated_at` belong to the trigger `cms_touch`, which moves them when a row really
    changes, whoever changes it.
    """

    __abstract__ = True
    __mapper_args__ = {"eager_defaults": True}  # noqa: RUF012 - SQLAlchemy's own name

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=func.uuidv7())
    # "C" collation: slugs are ASCII, and this index outlives an upgrade of the system's locales.
    slug: Mapped[str] = mapped_column(String(SLUG_LENGTH, collation="C"), unique=True)
    published: Mapped[bool] = mapped_column(server_default=false())
    version: Mapped[int] = mapped_column(server_default="1", server_onupdate=FetchedValue())
    created_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.statement_timestamp()
    )
    updated_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True),
        server_default=func.statement_timestamp(),
        server_onupdate=FetchedValue(),
    )


class Status(StrEnum):
    """Which documents an editor asks to see."""

    PUBLISHED = "published"
    DRAFT = "draft"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class View:
    """What this caller may see. Every query for reading takes one, so that none forgets it."""

    status: Status = Status.PUBLISHED
    shared: bool = True
    """Whether caches may keep the answer: never when `status` was asked for."""


async def _get_view(
    request: Request,
    token: Token,
    reader: Reader,
    status: Annotated[
        Status | None,
        Query(description="For editors: with a valid token, also show drafts. Never cached."),
    ] = None,
) -> View:
    """Raises `Unauthorized` for a view of drafts without a valid token."""

    async def fetch_one(query: Prepared, **values: object) -> Fields | None:
        rows = await reader.fetch(query, **values)
        return rows[0] if rows else None

    if status is None:
        return View()
    if status is not Status.PUBLISHED:
        await authenticate(request, token, fetch_one, hold=False)
    return View(status, shared=False)


CurrentView = Annotated[View, Depends(_get_view)]


def visible(model: type[Document], view: View) -> ColumnElement[bool]:
    """The one predicate that keeps drafts from who must not see them."""
    match view.status:
        case Status.PUBLISHED:
            return model.published.is_(true())
        case Status.DRAFT:
            return model.published.is_(false())
        case Status.ALL:
            return true()


def columns_of(
    model: type[Document], schema: type[BaseModel]
) -> Sequence[InstrumentedAttribute[Any]]:
    """The columns that a response schema shows, so that no other is read."""
    return [getattr(model, name) for name in schema.model_fields]


async def read_document(
    reader: Database, model: type[Document], schema: type[BaseModel], slug: str, view: View
) -> Fields:
    """The row behind a slug, with its `id` and `version`. Raises `NotFound`."""
    rows = await reader.fetch(_document_query(model, schema, view), slug=slug)
    if not rows:
        raise NotFound
    return rows[0]


async def read_page(
    reader: Database,
    model: type[Document],
    schema: type[BaseModel],
    view: View,
    paging: Paging,
    *where: ColumnElement[bool],
    **values: object,
) -> tuple[list[Fields], int]:
    """One page of rows, newest first, and the total, in one round trip.

    `schema` shows `id` and `created_at`, which give the order. Further conditions are made once, at
    import, with a `bindparam` for each of the `values`.
    """
    totals = reader.totals if view.shared else None
    table, key = model.__tablename__, (view, where, repr(values))
    ticket = totals.ticket(table) if totals else None
    total = totals.get(table, key) if totals else None
    query = _page_query(
        model, schema, view, where, paging.per_page, later=paging.offset > 0, counted=total is None
    )
    rows = await reader.fetch(query, **values, offset=paging.offset)
    if total is None:
        total = cast("int", rows[0]["total"])
        rows = [row for row in rows if row["id"] is not None]
        if totals and ticket:
            totals.put(table, key, total, ticket)
    return rows, total


@cache
def _document_query(model: type[Document], schema: type[BaseModel], view: View) -> Prepared:
    columns = dict.fromkeys((*columns_of(model, schema), model.id, model.version))
    return Prepared(select(*columns).where(model.slug == bindparam("slug"), visible(model, view)))


@cache
def _page_query(
    model: type[Document],
    schema: type[BaseModel],
    view: View,
    where: tuple[ColumnElement[bool], ...],
    per_page: int,
    *,
    later: bool,
    counted: bool,
) -> Prepared:
    """`later`: with an offset. `counted`: with the total beside each row.

    The limit is part of the text, so that PostgreSQL need not plan for others.
    """
    matching = and_(visible(model, view), *where)
    columns = columns_of(model, schema)
    order = (model.created_at.desc(), model.id.desc())
    limit = literal_column(str(per_page), BigInteger)
    page = select(*columns).where(matching).order_by(*order).limit(limit)
    if later:
        # What is skipped is skipped in the index: only the rows to return are fetched.
        ids = select(model.id).where(matching).order_by(*order).limit(limit)
        found = ids.offset(bindparam("offset", type_=BigInteger)).subquery()
        page = select(*columns).join(found, model.id == found.c.id).order_by(*order)
    if not counted:
        return Prepared(page)
    total = select(func.count().label("total")).select_from(model).where(matching).subquery()
    rows = page.subquery()
    # Outer join: past the last page there is no row to carry the total.
    return Prepared(
        select(total.c.total, *rows.c)
        .select_from(total.outerjoin(rows, literal_column("true")))
        .order_by(rows.c.created_at.desc(), rows.c.id.desc())
    )
