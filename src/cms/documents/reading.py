"""How one document is read: its visible row, and no column more than its schema shows."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from pydantic import BaseModel
from sqlalchemy import bindparam, select
from sqlalchemy.orm import InstrumentedAttribute

from cms.documents.fields import require_slug
from cms.documents.model import Document
from cms.documents.view import Status, View, visible
from cms.kernel import NotFound, PreparedQuery, Record


def columns_of(
    model: type[Document], schema: type[BaseModel]
) -> Sequence[InstrumentedAttribute[Any]]:
    """The columns that a response schema shows, so that no other is read."""
    return [getattr(model, name) for name in schema.model_fields]


async def read_document(
    view: View, model: type[Document], schema: type[BaseModel], slug: str
) -> Record:
    """The row behind a slug, with its `id` and `version`. Raises `NotFound`."""
    require_slug(slug)
    rows = await view.database.fetch(_document_query(model, schema, view.status), slug=slug)
    if not rows:
        raise NotFound
    return rows[0]


@cache
def _document_query(
    model: type[Document], schema: type[BaseModel], status: Status
) -> PreparedQuery:
    columns = dict.fromkeys((*columns_of(model, schema), model.id, model.version))
    of_slug = model.slug == bindparam("slug")
    return PreparedQuery(select(*columns).where(of_slug, visible(model, status)))
