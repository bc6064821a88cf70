from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from cms.documents import (
    Sort,
    View,
    delete_document,
    having_ids,
    insert_document,
    lock_document,
    read_document,
    read_page,
    update_document,
)
from cms.kernel import Paging, Record
from cms.pages.model import Page
from cms.pages.schema import PageItem, PageRead


async def read_list(
    view: View, paging: Paging, sort: Sort, ids: Sequence[UUID], included: tuple[str, ...]
) -> tuple[list[Record], int]:
    if not ids:
        return await read_page(view, Page, PageItem, paging, sort, included=included)
    listed = having_ids(Page, view.status, sort)
    return await read_page(
        view, Page, PageItem, paging, sort, listed, included=included, ids=list(ids)
    )


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
