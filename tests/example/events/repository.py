from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from cms.events.model import Event
from cms.events.schema import EventRead
from cms.kernel import content, writing
from cms.kernel.content import View
from cms.kernel.database import Database
from cms.kernel.listing import read_page
from cms.kernel.pagination import Paging
from cms.kernel.prepared import Fields


async def read_list(reader: Database, view: View, paging: Paging) -> tuple[list[Fields], int]:
    return await read_page(reader, Event, EventRead, view, paging)


async def read(reader: Database, slug: str, view: View) -> Fields:
    return await content.read_document(reader, Event, EventRead, slug, view)


async def create(session: AsyncSession, slug: str | None, values: Mapping[str, Any]) -> Fields:
    return await writing.insert_document(session, Event, values, slug=slug)
