from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, Text
from sqlalchemy.orm import Mapped, mapped_column

from cms.kernel import Base


class Schedule(Base):
    """When a document is published and unpublished. A trigger takes `publish_at` back when it is
    published, whoever does it, and ends all with the document.

    `type` is the document's table. Users are not referred to: they may go.
    """

    __tablename__ = "schedules"

    document_id: Mapped[UUID] = mapped_column(primary_key=True)
    type: Mapped[str] = mapped_column(Text)
    publish_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True), index=True)
    unpublish_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True), index=True)
    set_by_id: Mapped[UUID]
    set_by_email: Mapped[str] = mapped_column(Text)
    problem: Mapped[str | None] = mapped_column(Text)
