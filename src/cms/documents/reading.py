"""How one document is read: its visible row, and no column more than its schema shows."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import bindparam, null, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from cms.documents.fields import require_slug
from cms.documents.model import Document
from cms.documents.moves import find_moved
from cms.documents.on_request import shown_fields
from cms.documents.types import DOCUMENT_TYPES, DocumentType
from cms.documents.view import Status, View, visible
from cms.kernel import Database, NotFound, PreparedQuery, Record


def columns_of(
    model: type[Document], schema: type[BaseModel], included: tuple[str, ...] = ()
) -> Sequence[InstrumentedAttribute[Any]]:
    """The columns that a response schema shows, so that no other is read."""
    return [getattr(model, name) for name in shown_fields(schema, included)]


async def read_document(
    view: View, model: type[Document], schema: type[BaseModel], slug: str
) -> Record:
    """The row behind a slug, with its `id`, `version` and `updated_at`.

    Raises `NotFound`, or `Moved`.
    """
    require_slug(slug)
    rows = await view.database.fetch(_document_query(model, schema, view.status), slug=slug)
    row = rows[0] if rows else await find_moved(view, model, schema, slug)
    if row is None:
        raise NotFound
    return row


async def find_document(
    reader: Database, model: type[Document], schema: type[BaseModel], id_: UUID
) -> Record | None:
    """The row with an id, published or not, or None: for whoever may see drafts."""
    rows = await reader.fetch(_by_id(model, schema), id=id_)
    return rows[0] if rows else None


@cache
def _by_id(model: type[Document], schema: type[BaseModel]) -> PreparedQuery:
    return PreparedQuery(select(*columns_of(model, schema)).where(model.id == bindparam("id")))


async def headings(
    session: AsyncSession, keys: Iterable[tuple[DocumentType, UUID]]
) -> Mapping[UUID, Record]:
    """`slug` and `title` of documents by their ids; a type without titles has None."""
    by_type: dict[str, list[UUID]] = {}
    for of, id_ in keys:
        by_type.setdefault(of.name, []).append(id_)
    found: dict[UUID, Record] = {}
    for name, ids in by_type.items():
        model = DOCUMENT_TYPES[name].model
        title = getattr(model, "title", null())
        statement = select(model.id, model.slug, title.label("title")).where(model.id.in_(ids))
        rows = (await session.execute(statement)).mappings()
        found |= {row["id"]: dict(row) for row in rows}
    return found


@cache
def _document_query(
    model: type[Document], schema: type[BaseModel], status: Status
) -> PreparedQuery:
    columns = dict.fromkeys((*columns_of(model, schema), model.id, model.version, model.updated_at))
    of_slug = model.slug == bindparam("slug")
    return PreparedQuery(select(*columns).where(of_slug, visible(model, status)))
