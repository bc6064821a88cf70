from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from cms.documents import Document, Html, list_indexes


class Page(Document):
    __tablename__ = "pages"

    title: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Html)
    meta_title: Mapped[str | None] = mapped_column(String(200))
    meta_description: Mapped[str | None] = mapped_column(String(1000))
    og_image_url: Mapped[str | None] = mapped_column(Text)


list_indexes(Page)
