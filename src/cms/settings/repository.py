from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from cms.kernel.content import View, read_document
from cms.kernel.database import Database
from cms.kernel.prepared import Fields
from cms.kernel.writing import lock_document, update_document
from cms.settings.model import SLUG, SiteSettings
from cms.settings.schema import SettingsRead


async def read(reader: Database) -> Fields:
    return await read_document(reader, SiteSettings, SettingsRead, SLUG, View())


async def lock(session: AsyncSession) -> Fields:
    return await lock_document(session, SiteSettings, SLUG)


async def update(session: AsyncSession, row: Fields, values: Mapping[str, Any]) -> Fields:
    return await update_document(session, SiteSettings, row, None, values)
