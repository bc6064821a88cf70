from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import CTE, bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from cms.documents import (
    Status,
    View,
    delete_document,
    insert_document,
    lock_document,
    read_document,
    read_page,
    update_document,
    visible,
)
from cms.kernel import Paging, Record
from cms.posts.model import Post, PostTag
from cms.posts.schema import PostItem, PostRead

_OF_TAG = select(PostTag.post_id.label("id"), PostTag.created_at).where(
    PostTag.tag == bindparam("tag")
)


async def read_list(view: View, paging: Paging, tags: Sequence[str]) -> tuple[list[Record], int]:
    if not tags:
        return await read_page(view, Post, PostItem, paging)
    if len(tags) == 1 and view.status is Status.PUBLISHED:
        return await read_page(view, Post, PostItem, paging, _OF_TAG, tag=tags[0])
    carrying_all = _carrying_all(view.status)
    return await read_page(view, Post, PostItem, paging, carrying_all, tags=list(tags))


@cache
def _carrying_all(status: Status) -> CTE:
    # Materialized: or else PostgreSQL may go through the whole list to find them, in its order.
    tagged = Post.tags.contains(bindparam("tags", type_=Post.tags.type))
    matching = select(Post.id, Post.created_at).where(visible(Post, status), tagged)
    return matching.cte("matching").prefix_with("MATERIALIZED")


async def read(view: View, slug: str) -> Record:
    return await read_document(view, Post, PostRead, slug)


async def create(session: AsyncSession, values: Mapping[str, Any]) -> Record:
    return await insert_document(session, Post, values)


async def lock(session: AsyncSession, slug: str) -> Record:
    return await lock_document(session, Post, slug)


async def update(session: AsyncSession, row: Record, values: Mapping[str, Any]) -> Record:
    return await update_document(session, Post, row, values)


async def delete(session: AsyncSession, row: Record) -> None:
    await delete_document(session, Post, row)
