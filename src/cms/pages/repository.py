from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from cms.kernel import content, writing
from cms.kernel.content import View
from cms.kernel.database import Database
from cms.kernel.listing import read_page
from cms.kernel.pagination import Paging
from cms.kernel.prepared import Fields
from cms.pages.model import Page
from cms.pages.schema import PageItem, PageRead


async def read_list(reader: Database, view: View, paging: Paging) -> tuple[list[Fields], int]:
    return await read_page(reader, Page, PageItem, view, paging)


async def read(reader: Database, slug: str, view: View) -> Fields:
    return await content.read_document(reader, Page, PageRead, slug, view)


async def create(session: AsyncSession, slug: str | None, values: Mapping[str, Any]) -> Fields:
    return await writing.insert_document(session, Page, values, slug=slug)


async def lock(session: AsyncSession, slug: str) -> Fields:
    return await writing.lock_document(session, Page, slug)


async def update(
    session: AsyncSession, row: Fields, slug: str | None, values: Mapping[str, Any]
) -> Fields:
    return await writing.update_document(session, Page, row, slug, values)


async def delete(session: AsyncSession, row: Fields) -> None:
    await writing.delete_document(session, Page, row)
