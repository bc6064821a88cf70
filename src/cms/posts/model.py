from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, Identity, Index, String, Text, func
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from cms.documents import Document, Html, list_indexes
from cms.kernel import Base


class Post(Document):
    __tablename__ = "posts"

    title: Mapped[str] = mapped_column(String(200))
    excerpt: Mapped[str | None] = mapped_column(String(1000))
    body: Mapped[str] = mapped_column(Html)
    author: Mapped[str | None] = mapped_column(String(200))
    featured_image_url: Mapped[str | None] = mapped_column(Text)
    tags: Mapped[list[str]] = mapped_column(ARRAY(Text))


list_indexes(Post)
Index("ix_posts_tags", func.cms_tag_keys(Post.tags), postgresql_using="gin")
Index(None, Post.author, Post.published, Post.created_at.desc(), Post.id.desc())


class TagCount(Base):
    """How many published posts carry a tag: the sum of the tag's rows.

    Kept by triggers of `post_tags`, a row a change: one number that all changes had to move would
    make them wait for one another. Now and then a change sums its tags' rows up.
    """

    __tablename__ = "tag_counts"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    tag: Mapped[str] = mapped_column(Text(collation="C"), index=True)
    name: Mapped[str] = mapped_column(Text(collation="C"))
    posts: Mapped[int] = mapped_column(BigInteger)


class PostTag(Base):
    """The published posts that carry a tag, in the orders of their lists.

    Kept by the trigger `posts_keep_tags`. Without it PostgreSQL would have to guess how many posts
    carry a tag, and look through all of them for one that none carries.
    """

    __tablename__ = "post_tags"

    tag: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True)
    """`cms_tag_key` of it: the same for every spelling."""
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), primary_key=True)
    post_id: Mapped[UUID] = mapped_column(primary_key=True)
    published_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    name: Mapped[str] = mapped_column(Text)
    """As the post has it."""


Index(None, PostTag.tag, PostTag.published_at.desc().nulls_last(), PostTag.post_id.desc())
