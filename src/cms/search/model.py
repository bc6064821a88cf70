from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, Identity, Index, Text
from sqlalchemy.dialects.postgresql import ARRAY, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from cms.kernel import Base


class SearchType(Base):
    """How the documents of a table are indexed."""

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
    """The words of one document."""

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


class SearchChange(Base):
    """A document whose words have to be looked at again, as the trigger `cms_search_keep` notes.

    To index it there and then would cost a write half as much again.
    """

    __tablename__ = "search_changes"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    type: Mapped[str] = mapped_column(Text)
    document_id: Mapped[UUID]
    public: Mapped[bool]
    """Whether it is published, or was."""
