from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from cms.documents import (
    View,
    delete_document,
    having_ids,
    insert_document,
    lock_document,
    read_document,
    read_page,
    update_document,
)
from cms.kernel import Record
from cms.pages.model import Page
from cms.pages.schema import PageItem, PageRead, PagesQuery


async def read_list(view: View, query: PagesQuery) -> tuple[list[Record], int]:
    if not query.ids:
        return await read_page(view, Page, PageItem, query)
    listed = having_ids(Page, view.status, query.sort)
    return await read_page(view, Page, PageItem, query, listed, ids=query.ids)


async def read(view: View, slug: str) -> Record:
    return await read_document(view, Page, PageRead, slug)


async def create(session: AsyncSession, values: Mapping[str, Any]) -> Record:
    return await insert_document(session, Page, values)


async def lock(session: AsyncSession, slug: str) -> Record:
    return await lock_document(session, Page, slug)


async def update(session: AsyncSession, row: Record, values: Mapping[str, Any]) -> Record:
    return await update_document(session, Page, row, values)


async def delete(session: AsyncSession, row: Record) -> None:
    await delete_document(session, Page, row)
