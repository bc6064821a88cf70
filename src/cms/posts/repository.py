from collections.abc import Mapping
from functools import cache
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Text, bindparam, cast, func, select
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncSession

from cms.documents import (
    Listed,
    Sort,
    Status,
    View,
    delete_document,
    insert_document,
    is_among_ids,
    lock_document,
    read_document,
    read_page,
    sort_key,
    update_document,
    visible,
)
from cms.kernel import PreparedQuery, Record
from cms.posts.model import Post, PostTag, TagCount
from cms.posts.schema import MAX_LISTED_TAGS, PostItem, PostRead, PostsQuery

_TAGS = ARRAY(Text)
_WANTED = func.cms_tag_keys(bindparam("tags", type_=_TAGS), type_=_TAGS)
_IN_TIME = {Sort.NEWEST, Sort.OLDEST}
_IN_TIME_OF_TAG = _IN_TIME | {Sort.LAST_PUBLISHED, Sort.FIRST_PUBLISHED}

_SPELLINGS = (
    select(TagCount.tag, TagCount.name, func.sum(TagCount.posts).label("posts"))
    .group_by(TagCount.tag, TagCount.name)
    .having(func.sum(TagCount.posts) > 0)
    .subquery()
    .c
)
_POSTS = cast(func.sum(_SPELLINGS.posts), BigInteger)
# As most posts have it.
_NAMES = func.array_agg(
    aggregate_order_by(_SPELLINGS.name, _SPELLINGS.posts.desc(), _SPELLINGS.name), type_=_TAGS
)
_ALL_TAGS = PreparedQuery(
    select(_NAMES[1].label("tag"), _POSTS.label("posts"))
    .group_by(_SPELLINGS.tag)
    .order_by(_POSTS.desc(), _SPELLINGS.tag)
    .limit(MAX_LISTED_TAGS)
)


async def read_list(view: View, query: PostsQuery) -> tuple[list[Record], int]:
    values: dict[str, Any] = {}
    if query.ids:
        values["ids"] = query.ids
    if query.tag:
        values["tags"] = query.tag
    if query.author is not None:
        values["author"] = query.author
    one_tag = values.keys() == {"tags"} and len(query.tag) == 1
    if not values:
        listed = None
    elif one_tag and view.status is Status.PUBLISHED and query.sort in _IN_TIME_OF_TAG:
        listed = _of_tag(query.sort)
    else:
        listed = _matching(view.status, query.sort, *values)
    return await read_page(view, Post, PostItem, query, listed, **values)


@cache
def _of_tag(sort: Sort) -> Listed:
    key = PostTag.created_at if sort in _IN_TIME else PostTag.published_at
    return select(PostTag.post_id.label("id"), key.label("key")).where(PostTag.tag == _WANTED[1])


@cache
def _matching(status: Status, sort: Sort, *filters: str) -> Listed:
    conditions: dict[str, ColumnElement[bool]] = {
        "tags": func.cms_tag_keys(Post.tags, type_=_TAGS).contains(_WANTED),
        "ids": is_among_ids(Post),
        "author": Post.author == bindparam("author", type_=Post.author.type),
    }
    found = select(Post.id, sort_key(Post, sort).label("key")).where(
        visible(Post, status), *(conditions[name] for name in filters)
    )
    if filters == ("author",) and sort in _IN_TIME:
        return found  # in the order of its index
    # Materialized: or else PostgreSQL may go through the whole list to find them, in its order.
    return found.cte("matching").prefix_with("MATERIALIZED")


async def read_tags(view: View) -> list[Record]:
    return await view.database.fetch(_ALL_TAGS)


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
