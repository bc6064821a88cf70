from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    collate,
    func,
)
from sqlalchemy.orm import Mapped, mapped_column

from cms.kernel import Base, Role

EMAIL_LENGTH = 254


class User(Base):
    __tablename__ = "users"
    __mapper_args__ = {"eager_defaults": True}  # noqa: RUF012 - SQLAlchemy's own name
    __table_args__ = (CheckConstraint("role IN ('admin', 'editor')", name="role"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=func.uuidv7())
    email: Mapped[str] = mapped_column(String(EMAIL_LENGTH))
    password_hash: Mapped[str] = mapped_column(Text)
    role: Mapped[Role] = mapped_column(Text)
    is_active: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.statement_timestamp()
    )
    updated_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True),
        server_default=func.statement_timestamp(),
        onupdate=func.statement_timestamp(),
    )


# Under the "C" collation lower() folds A-Z and nothing else: no look-alike letter (such as the
# Kelvin sign, whose lower case is k) leads to another's account.
EMAIL_KEY = func.lower(collate(User.email, "C"))
Index("uq_users_email", EMAIL_KEY, unique=True)


class AuthSession(Base):
    """One login, until `expires_at`, logout or revocation: those delete the row."""

    __tablename__ = "auth_sessions"

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=func.uuidv7())
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    last_used_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    user_agent: Mapped[str | None] = mapped_column(String(300))
    ip: Mapped[str] = mapped_column(String(45))


class RefreshToken(Base):
    """A refresh token of a session, by its hash. All but the newest are spent."""

    __tablename__ = "refresh_tokens"

    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    session_id: Mapped[UUID] = mapped_column(
        ForeignKey("auth_sessions.id", ondelete="CASCADE"), index=True
    )
    spent_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
