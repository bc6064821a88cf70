from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, Index, Text
from sqlalchemy.dialects.postgresql import ARRAY, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from cms.kernel import Base


class SearchType(Base):
    """How the documents of a table are indexed, by the trigger `cms_search_keep` too."""

    __tablename__ = "search_types"

    type: Mapped[str] = mapped_column(Text, primary_key=True)
    """The name of the table."""
    language: Mapped[str] = mapped_column(Text)
    title: Mapped[list[str]] = mapped_column(ARRAY(Text))
    summary: Mapped[list[str]] = mapped_column(ARRAY(Text))
    body: Mapped[list[str]] = mapped_column(ARRAY(Text))
    reached: Mapped[UUID | None]
    """The last document that was indexed anew; null where none is left."""


class SearchText(Base):
    """The words of one document, kept by that trigger."""

    __tablename__ = "search_texts"

    document_id: Mapped[UUID] = mapped_column(primary_key=True)
    type: Mapped[str] = mapped_column(Text)
    published: Mapped[bool]
    moment: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    """Since when it is public, or there."""
    words: Mapped[str] = mapped_column(TSVECTOR)


Index(
    None,
    SearchText.words,
    postgresql_using="gin",
    postgresql_with={"gin_pending_list_limit": "1024"},
)
Index(None, SearchText.moment.desc(), SearchText.document_id.desc())
