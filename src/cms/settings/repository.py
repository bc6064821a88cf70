from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from cms.documents import View, lock_document, read_document, update_document
from cms.kernel import Database, Record
from cms.settings.model import SLUG, SiteSettings
from cms.settings.schema import SettingsRead


async def read(reader: Database) -> Record:
    return await read_document(reader, SiteSettings, SettingsRead, SLUG, View())


async def lock(session: AsyncSession) -> Record:
    return await lock_document(session, SiteSettings, SLUG)


async def update(session: AsyncSession, row: Record, values: Mapping[str, Any]) -> Record:
    return await update_document(session, SiteSettings, row, values)
