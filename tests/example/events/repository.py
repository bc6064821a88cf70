from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from cms.documents import ListQuery, View, insert_document, read_document, read_page
from cms.events.model import Event
from cms.events.schema import EventRead
from cms.kernel import Record


async def read_list(view: View, query: ListQuery) -> tuple[list[Record], int]:
    return await read_page(view, Event, EventRead, query)


async def read(view: View, slug: str) -> Record:
    return await read_document(view, Event, EventRead, slug)


async def create(session: AsyncSession, values: Mapping[str, Any]) -> Record:
    return await insert_document(session, Event, values)
