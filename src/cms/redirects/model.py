from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, SmallInteger, Text, func
from sqlalchemy.orm import Mapped, mapped_column

from cms.kernel import Base


class Redirect(Base):
    """Where a path leads that is no document's any more."""

    __tablename__ = "redirects"

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=func.uuidv7())
    from_path: Mapped[str] = mapped_column(Text(collation="C"), unique=True)
    to: Mapped[str | None] = mapped_column(Text)
    """As it was given."""
    to_path: Mapped[str | None] = mapped_column(Text(collation="C"), index=True)
    """Where that is on the website itself, written as `from_path` is; null where it is elsewhere."""
    status: Mapped[int] = mapped_column(SmallInteger)
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.statement_timestamp()
    )
    updated_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.statement_timestamp()
    )
