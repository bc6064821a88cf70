from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from cms.documents import View, insert_document, read_document, read_page
from cms.events.model import Event
from cms.events.schema import EventRead
from cms.kernel import Database, Paging, Record


async def read_list(reader: Database, view: View, paging: Paging) -> tuple[list[Record], int]:
    return await read_page(reader, Event, EventRead, view, paging)


async def read(reader: Database, slug: str, view: View) -> Record:
    return await read_document(reader, Event, EventRead, slug, view)


async def create(session: AsyncSession, values: Mapping[str, Any]) -> Record:
    return await insert_document(session, Event, values)
