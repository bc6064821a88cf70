from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam
from sqlalchemy.ext.asyncio import AsyncSession

from cms.kernel import content, writing
from cms.kernel.content import View
from cms.kernel.database import Database
from cms.kernel.pagination import Paging
from cms.kernel.prepared import Fields
from cms.posts.model import Post
from cms.posts.schema import PostItem, PostRead

_CARRYING_ALL = Post.tags.contains(bindparam("tags", type_=Post.tags.type))


async def read_list(
    reader: Database, view: View, paging: Paging, tags: Sequence[str]
) -> tuple[list[Fields], int]:
    if not tags:
        return await content.read_page(reader, Post, PostItem, view, paging)
    return await content.read_page(
        reader, Post, PostItem, view, paging, _CARRYING_ALL, tags=list(tags)
    )


async def read(reader: Database, slug: str, view: View) -> Fields:
    return await content.read_document(reader, Post, PostRead, slug, view)


async def create(session: AsyncSession, slug: str | None, values: Mapping[str, Any]) -> Fields:
    return await writing.insert_document(session, Post, values, slug=slug)


async def lock(session: AsyncSession, slug: str) -> Fields:
    return await writing.lock_document(session, Post, slug)


async def update(
    session: AsyncSession, row: Fields, slug: str | None, values: Mapping[str, Any]
) -> Fields:
    return await writing.update_document(session, Post, row, slug, values)


async def delete(session: AsyncSession, row: Fields) -> None:
    await writing.delete_document(session, Post, row)
