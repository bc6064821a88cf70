"""The columns of every content type."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, FetchedValue, String, Table, false, func
from sqlalchemy.orm import Mapped, mapped_column

from cms.documents.fields import SLUG_LENGTH
from cms.kernel import Base


class Document(Base):
    """The columns of every content type.

    `version` and `updated_at` belong to the trigger `cms_touch`, which moves them when a row really
    changes, whoever changes it. It also sets `published_at` at the first moment of being public.
    """

    __abstract__ = True
    __mapper_args__ = {"eager_defaults": True}  # noqa: RUF012 - SQLAlchemy's own name

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=func.uuidv7())
    # "C" collation: slugs are ASCII, and this index outlives an upgrade of the system's locales.
    slug: Mapped[str] = mapped_column(String(SLUG_LENGTH, collation="C"), unique=True)
    published: Mapped[bool] = mapped_column(server_default=false())
    version: Mapped[int] = mapped_column(server_default="1", server_onupdate=FetchedValue())
    published_at: Mapped[datetime | None] = mapped_column(
        DateTime(timezone=True), server_onupdate=FetchedValue()
    )
    created_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.statement_timestamp()
    )
    updated_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True),
        server_default=func.statement_timestamp(),
        server_onupdate=FetchedValue(),
    )


def table_of(model: type[Document]) -> Table:
    """What Core statements write to: the ORM's own would cost more and do nothing more."""
    return model.metadata.tables[model.__tablename__]
