"""Working copies: what a document will be, kept beside it, and how it becomes what the document is."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic_core import to_jsonable_python
from sqlalchemy import DateTime, Index, Text, bindparam, delete, func, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from cms.documents.content import stored_content
from cms.documents.types import DocumentType
from cms.documents.writing import update_document
from cms.kernel import Base, Database, PreparedQuery, Record


class WorkingCopy(Base):
    """The one working copy of a document; a trigger ends it with the document.

    `type` is the document's table, `content` what its write schema takes, cleaned. Users are not
    referred to: they may go.
    """

    __tablename__ = "working_copies"

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=func.uuidv7())
    type: Mapped[str] = mapped_column(Text)
    document_id: Mapped[UUID] = mapped_column(unique=True)
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)
    base_etag: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(server_default="1")
    updated_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.statement_timestamp()
    )
    user_id: Mapped[UUID]
    user_email: Mapped[str] = mapped_column(Text)
    publish_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    set_by_id: Mapped[UUID | None]
    set_by_email: Mapped[str | None] = mapped_column(Text)
    problem: Mapped[str | None] = mapped_column(Text)


_newest = (WorkingCopy.updated_at, WorkingCopy.id)
Index("ix_working_copies_updated_at_id", *(column.desc() for column in _newest))
Index(
    "ix_working_copies_publish_at",
    WorkingCopy.publish_at,
    postgresql_where=WorkingCopy.publish_at.is_not(None),
)

WORKING_COPIES = WorkingCopy.metadata.tables[WorkingCopy.__tablename__]
_c = WORKING_COPIES.c
_ONE = select(*_c).where(_c.type == bindparam("its_type"), _c.document_id == bindparam("its_id"))
_READ = PreparedQuery(_ONE)
_LOCK = _ONE.with_for_update()


async def read_working_copy(reader: Database, of: DocumentType, id_: UUID) -> Record | None:
    """Its row, or None where the document has none."""
    rows = await reader.fetch(_READ, its_type=of.model.__tablename__, its_id=id_)
    return rows[0] if rows else None


async def lock_working_copy(session: AsyncSession, of: DocumentType, id_: UUID) -> Record | None:
    """Like `read_working_copy`, locked. Lock the document first."""
    values = {"its_type": of.model.__tablename__, "its_id": id_}
    row = (await session.execute(_LOCK, values)).mappings().first()
    return None if row is None else dict(row)


def copied(values: Record) -> Record:
    """The values of a document as a working copy keeps them."""
    content: Record = to_jsonable_python(values)
    return content


async def values_to_publish(of: DocumentType, copy: Record) -> Record:
    """What the document will be, by today's schema and sanitiser: published. Raises `Invalid`."""
    values = (await stored_content(of.write, copy["content"], "content")).values
    if not of.is_singleton:
        values["published"] = True
    if public_since := copy["content"].get("published_at"):
        values["published_at"] = datetime.fromisoformat(public_since)
    return values


def as_if_published(of: DocumentType, row: Record, copy: Record) -> Record:
    """A row with what its copy would change, for a look: nothing of it is checked or cleaned again."""
    unchanged = {k for k in ("slug", "published_at") if copy["content"].get(k) is None}
    changes = {k: v for k, v in copy["content"].items() if k in row.keys() - unchanged}
    return {**row, **changes} | ({} if of.is_singleton else {"published": True})


async def publish_working_copy(
    session: AsyncSession, of: DocumentType, row: Record, copy: Record, values: Record
) -> Record:
    """Gives a locked document the `values_to_publish` of its locked copy, which ends.

    Returns the row as it is now. Raises `SlugTaken`.
    """
    row = await update_document(session, of.model, row, values)
    await session.execute(delete(WORKING_COPIES).where(_c.id == copy["id"]))
    return row
