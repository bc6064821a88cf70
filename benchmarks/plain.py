"""The yardstick: the same three endpoints the way the frameworks' own tutorials write them.

FastAPI with an async SQLAlchemy session, ORM objects and `response_model`; no cache, no conditional
requests, no sanitising, no authentication. Uses the tables of the benchmark's database.
"""

import os
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated
from uuid import UUID, uuid4

from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel, ConfigDict
from sqlalchemy import ARRAY, DateTime, Text, func, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

engine = create_async_engine(os.environ["DATABASE_URL"], pool_size=10)
sessions = async_sessionmaker(engine, expire_on_commit=False)


class Base(DeclarativeBase):
    pass


class Post(Base):
    __tablename__ = "posts"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    slug: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    excerpt: Mapped[str | None]
    body: Mapped[str]
    author: Mapped[str | None]
    featured_image_url: Mapped[str | None]
    tags: Mapped[list[str]] = mapped_column(ARRAY(Text))
    published: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class PostCreate(BaseModel):
    slug: str
    title: str
    excerpt: str | None = None
    body: str = ""
    author: str | None = None
    featured_image_url: str | None = None
    tags: list[str] = []
    published: bool = False


class PostItem(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    slug: str
    title: str
    excerpt: str | None
    author: str | None
    featured_image_url: str | None
    tags: list[str]
    published: bool
    created_at: datetime
    updated_at: datetime


class PostRead(PostItem):
    body: str


class PostList(BaseModel):
    items: list[PostItem]
    page: int
    per_page: int
    total: int
    total_pages: int


async def get_session() -> AsyncIterator[AsyncSession]:
    async with sessions() as session:
        yield session


Session = Annotated[AsyncSession, Depends(get_session)]
app = FastAPI()


@app.get("/api/v1/posts", response_model=PostList)
async def list_posts(session: Session, page: int = 1, per_page: int = 10) -> dict[str, object]:
    total = await session.scalar(select(func.count()).select_from(Post).where(Post.published)) or 0
    posts = await session.scalars(
        select(Post)
        .where(Post.published)
        .order_by(Post.created_at.desc(), Post.id.desc())
        .limit(per_page)
        .offset((page - 1) * per_page)
    )
    return {
        "items": posts.all(),
        "page": page,
        "per_page": per_page,
        "total": total,
        "total_pages": -(-total // per_page),
    }


@app.get("/api/v1/posts/{slug}", response_model=PostRead)
async def get_post(slug: str, session: Session) -> Post:
    post = await session.scalar(select(Post).where(Post.slug == slug, Post.published))
    if post is None:
        raise HTTPException(404)
    return post


@app.post("/api/v1/posts", response_model=PostRead, status_code=201)
async def create_post(payload: PostCreate, session: Session) -> Post:
    post = Post(**payload.model_dump())
    session.add(post)
    await session.commit()
    await session.refresh(post)
    return post
