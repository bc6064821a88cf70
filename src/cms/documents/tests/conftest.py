from collections.abc import AsyncIterator

import pytest
from sqlalchemy import DDL
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from cms.documents.tests.notes import Note
from cms.kernel.database import Database


@pytest.fixture
async def notes(connection: AsyncConnection) -> None:
    await connection.run_sync(Note.metadata.create_all)
    await connection.execute(
        DDL(
            "CREATE TRIGGER cms_touch BEFORE UPDATE ON notes FOR EACH ROW "
            "WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION cms_touch()"
        )
    )


@pytest.fixture
async def session(database: Database, notes: None) -> AsyncIterator[AsyncSession]:
    async with database.session() as session:
        yield session
