from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from cms.documents import View, lock_document, read_document, update_document
from cms.kernel import Record
from cms.settings.model import SLUG, SiteSettings
from cms.settings.schema import SettingsRead


async def read(view: View) -> Record:
    return await read_document(view, SiteSettings, SettingsRead, SLUG)


async def lock(session: AsyncSession) -> Record:
    return await lock_document(session, SiteSettings, SLUG)


async def update(session: AsyncSession, row: Record, values: Mapping[str, Any]) -> Record:
    return await update_document(session, SiteSettings, row, values)
