"""Where documents have moved: a slug that was public, and the document that has another one now."""

from functools import cache
from http import HTTPStatus
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import String, Text, bindparam, func, select
from sqlalchemy.orm import Mapped, mapped_column
from starlette.responses import Response

from cms.documents.fields import SLUG_LENGTH
from cms.documents.model import Document
from cms.documents.on_request import shown_fields
from cms.documents.types import type_of_table
from cms.documents.view import PRIVATE, SHARED, Status, View, visible
from cms.kernel import Base, PreparedQuery, Problem, Record


class MovedSlug(Base):
    """Kept by the trigger `cms_move`: a row for each slug under which a document was public.

    It leads to the document and not to another slug, so that there are neither chains nor circles.
    The document that becomes public under the slug deletes the row.
    """

    __tablename__ = "moved_slugs"

    type: Mapped[str] = mapped_column(Text, primary_key=True)
    """The name of the document's table."""
    slug: Mapped[str] = mapped_column(String(SLUG_LENGTH, collation="C"), primary_key=True)
    document_id: Mapped[UUID]


class Moved(Problem):
    """No error, but an answer that ends the request as one does."""

    status = HTTPStatus.MOVED_PERMANENTLY
    detail = "The document has moved to the address in `Location`."

    def response(self) -> Response:
        return Response(status_code=self.status, headers=self.headers)


MOVED: dict[int | str, dict[str, Any]] = {
    301: {
        "description": Moved.detail,
        "headers": {"Location": {"schema": {"type": "string"}, "required": True}},
    }
}


async def find_moved(
    view: View, model: type[Document], schema: type[BaseModel], slug: str
) -> Record | None:
    """The row of the slug after all, or None. Raises `Moved` where the document has another one.

    One statement, so that no rename can come between the look at the one and at the other.
    """
    document_type = type_of_table(model.__tablename__)
    if document_type is None or document_type.is_singleton:
        return None
    rows = await view.database.fetch(_moved_query(model, schema, view.status), slug=slug)
    if not rows or rows[0]["slug"] == slug:
        return rows[0] if rows else None
    location = document_type.location(rows[0]["slug"])
    if view.shared:
        # Nobody keeps it unasked, as browsers would for ever: another document may take the slug.
        raise Moved(headers={"Location": location, "Cache-Control": SHARED})
    raise Moved(headers={"Location": f"{location}?status={view.status}", "Cache-Control": PRIVATE})


@cache
def _moved_query(model: type[Document], schema: type[BaseModel], status: Status) -> PreparedQuery:
    slug = bindparam("slug", type_=model.slug.type)
    its_own = select(model.id).where(model.slug == slug, visible(model, status))
    moved = select(MovedSlug.document_id).where(
        MovedSlug.type == model.__tablename__, MovedSlug.slug == slug
    )
    columns = [getattr(model, name) for name in shown_fields(schema)]
    return PreparedQuery(
        select(*dict.fromkeys((*columns, model.id, model.slug, model.version))).where(
            visible(model, status),
            model.id == func.coalesce(its_own.scalar_subquery(), moved.scalar_subquery()),
        )
    )
