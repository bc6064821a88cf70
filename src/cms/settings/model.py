from sqlalchemy import CheckConstraint, String, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from cms.documents import Document, Html

SLUG = "site"


class SiteSettings(Document):
    """One row, made by the first migration: its slug can have one value only, and is unique."""

    __tablename__ = "site_settings"
    __table_args__ = (
        CheckConstraint(f"slug = '{SLUG}'", name="singleton"),
        CheckConstraint("published", name="always_published"),
    )

    site_name: Mapped[str] = mapped_column(String(200))
    tagline: Mapped[str | None] = mapped_column(String(200))
    logo_url: Mapped[str | None] = mapped_column(Text)
    footer_text: Mapped[str] = mapped_column(Html)
    social_links: Mapped[dict[str, str]] = mapped_column(JSONB)
