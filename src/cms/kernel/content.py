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
    ColumnElement,
    DateTime,
    Dialect,
    FetchedValue,
    String,
    Text,
    bindparam,
    false,
    func,
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

    if status is None:
        return View()
    if status is not Status.PUBLISHED:
        await authenticate(request, token, reader.fetch, hold=False)
    return View(status, shared=False)


CurrentView = Annotated[View, Depends(_get_view)]


def visible(model: type[Document], view: View) -> ColumnElement[bool]:
    """The one predicate that keeps drafts from who must not see them."""
    # The column itself, as the conditions of its partial indexes have it; an attribute says less.
    published = cast("ColumnElement[bool]", model.published)
    match view.status:
        case Status.PUBLISHED:
            return published
        case Status.DRAFT:
            return ~published
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


@cache
def _document_query(model: type[Document], schema: type[BaseModel], view: View) -> Prepared:
    columns = dict.fromkeys((*columns_of(model, schema), model.id, model.version))
    return Prepared(select(*columns).where(model.slug == bindparam("slug"), visible(model, view)))
