from sqlalchemy import Index, String, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from cms.kernel.content import Document, Html


class Post(Document):
    __tablename__ = "posts"

    title: Mapped[str] = mapped_column(String(200))
    excerpt: Mapped[str | None] = mapped_column(String(1000))
    body: Mapped[str] = mapped_column(Html)
    author: Mapped[str | None] = mapped_column(String(200))
    featured_image_url: Mapped[str | None] = mapped_column(Text)
    tags: Mapped[list[str]] = mapped_column(ARRAY(Text))


# The order of every list: as the public and the drafts see it, and as `status=all` does.
Index(None, Post.published, Post.created_at.desc(), Post.id.desc())
Index(None, Post.created_at.desc(), Post.id.desc())
Index(None, Post.tags, postgresql_using="gin")
