from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.documents.kinds import Kind
from tests.fixtures import Save

type Rows = Callable[[], Awaitable[list[dict[str, Any]]]]


@pytest.fixture
def rows(connection: AsyncConnection, kind: Kind) -> Rows:
    """All that is stored of the kind, whoever may see it."""

    async def rows() -> list[dict[str, Any]]:
        found = await connection.execute(select(kind.table).order_by(kind.table.c.id))
        return [dict(row) for row in found.mappings()]

    return rows


@pytest.fixture
async def document(connection: AsyncConnection, save: Save, kind: Kind) -> str:
    """Where the example of the kind is, which everybody may read."""
    if kind.singleton:
        await connection.execute(update(kind.table).values(kind.values()))
    else:
        await save(kind.build(published=True))
    return kind.document


@pytest.fixture
async def draft(save: Save, kind: Kind) -> str:
    await save(kind.build(slug="draft", published=False))
    return f"{kind.path}/draft"
