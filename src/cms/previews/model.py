from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, LargeBinary, Text, func
from sqlalchemy.orm import Mapped, mapped_column

from cms.kernel import Base


class Preview(Base):
    """A link to one document, by the hash of its token, until `expires_at`.

    The trigger `cms_end_previews` deletes it with its document, and with the deactivation or the end
    of its maker. There is no foreign key: it would lock the maker after their session, which those
    who change a user lock in the other order.
    """

    __tablename__ = "previews"

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=func.uuidv7())
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    type: Mapped[str] = mapped_column(Text)
    document_id: Mapped[UUID] = mapped_column(index=True)
    created_by: Mapped[UUID] = mapped_column(index=True)
    created_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.statement_timestamp()
    )
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), index=True)
    last_used_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
