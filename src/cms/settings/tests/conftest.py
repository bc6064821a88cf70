from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from cms.settings.model import SiteSettings

type ReadRow = Callable[[], Awaitable[dict[str, Any]]]


@pytest.fixture
def read_row(connection: AsyncConnection) -> ReadRow:
    """The one row as it is stored."""

    async def read_row() -> dict[str, Any]:
        found = await connection.execute(select(SiteSettings.__table__))
        return dict(found.mappings().one())

    return read_row
