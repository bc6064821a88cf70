from sqlalchemy.ext.asyncio import AsyncSession

from cms.kernel.content import View, read_document
from cms.kernel.database import Database, Fields
from cms.kernel.writing import lock_document
from cms.settings.model import SLUG, SiteSettings
from cms.settings.schema import SettingsRead


async def read(reader: Database) -> Fields:
    return await read_document(reader, SiteSettings, SettingsRead, SLUG, View())


async def lock(session: AsyncSession) -> SiteSettings:
    return await lock_document(session, SiteSettings, SLUG)
