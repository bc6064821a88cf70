from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import MetaData, String, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from cms.documents.model import Document
from cms.documents.writing import insert_document
from cms.kernel.database import Base
from cms.postgres.prepared import Record
from cms.richtext.column import Html
from cms.richtext.sanitiser import SafeHtml


class Note(Document):
    """A document type of no slice, in a schema that migrations do not look at."""

    metadata = MetaData(naming_convention=Base.metadata.naming_convention)
    __tablename__ = "notes"

    title: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Html)


BODY = SafeHtml("<p>x</p>")


class NoteItem(BaseModel):
    id: UUID
    slug: str
    created_at: datetime


def values(title: str = "News", **others: Any) -> dict[str, Any]:
    return {"title": title, "body": BODY, "published": True, **others}


async def create(session: AsyncSession, title: str = "News", slug: str | None = None) -> Record:
    return await insert_document(session, Note, values(title, slug=slug))


async def stored(connection: AsyncConnection, slug: str) -> dict[str, Any]:
    found = await connection.execute(select(Note.__table__).where(Note.slug == slug))
    return dict(found.mappings().one())
