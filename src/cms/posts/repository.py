from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from cms.kernel import content, writing
from cms.kernel.content import View
from cms.kernel.database import AnyRow, Database
from cms.kernel.pagination import Paging
from cms.posts.model import Post
from cms.posts.schema import PostItem, PostRead


async def read_list(
    reader: Database, view: View, paging: Paging, tags: Sequence[str]
) -> tuple[Sequence[AnyRow], int]:
    carrying_all = [Post.tags.contains(tags)] if tags else []
    return await content.read_page(reader, Post, PostItem, view, paging, *carrying_all)


async def read(reader: Database, slug: str, view: View) -> AnyRow:
    return await content.read_document(reader, Post, PostRead, slug, view)


async def create(session: AsyncSession, slug: str | None, values: Mapping[str, Any]) -> Post:
    return await writing.insert_document(session, Post, values, slug=slug)


async def lock(session: AsyncSession, slug: str) -> Post:
    return await writing.lock_document(session, Post, slug)
