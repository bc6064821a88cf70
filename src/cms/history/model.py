from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Column, DateTime, Index, Table, Text, Uuid, func
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from cms.kernel import Base


class HistoryEntry(Base):
    """One change of one document: the trigger `cms_record` writes it in the changing transaction.

    Ids are of version 7, which sort by time. `type` is the document's table, and `content` its row
    after the change, or before it for a deletion. Users are not referred to: they may go.
    """

    __tablename__ = "history"

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=func.uuidv7())
    type: Mapped[str] = mapped_column(Text)
    document_id: Mapped[UUID]
    version: Mapped[int]
    action: Mapped[str] = mapped_column(Text)
    slug: Mapped[str] = mapped_column(Text)
    title: Mapped[str | None] = mapped_column(Text)
    changed_fields: Mapped[list[str]] = mapped_column(ARRAY(Text))
    changed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    user_id: Mapped[UUID | None]
    user_email: Mapped[str | None] = mapped_column(Text)
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)


for _column in (
    HistoryEntry.document_id,
    HistoryEntry.user_id,
    HistoryEntry.type,
    HistoryEntry.action,
):
    Index(None, _column, HistoryEntry.id)

HISTORY_COUNTS = Table(
    "history_counts",
    Base.metadata,
    Column("type", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("user_id", Uuid),
    Column("entries", BigInteger, nullable=False),
)
"""How many entries there are of each kind: the sum of the kind's rows. A trigger adds one a change."""
