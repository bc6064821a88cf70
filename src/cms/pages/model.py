from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from cms.kernel.content import Document, Html


class Page(Document):
    __tablename__ = "pages"

    title: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Html)
    meta_title: Mapped[str | None] = mapped_column(String(200))
    meta_description: Mapped[str | None] = mapped_column(String(1000))
    og_image_url: Mapped[str | None] = mapped_column(Text)


# The order of every list: as the public and the drafts see it, and as `status=all` does.
Index(None, Page.published, Page.created_at.desc(), Page.id.desc())
Index(None, Page.created_at.desc(), Page.id.desc())
