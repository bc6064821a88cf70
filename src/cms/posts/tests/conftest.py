from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from cms.posts.model import Post

type FindRow = Callable[[str], Awaitable[dict[str, Any] | None]]
type CountRows = Callable[[], Awaitable[int]]


@pytest.fixture
def find_row(connection: AsyncConnection) -> FindRow:
    """What is stored behind a slug, whoever may see it."""

    async def find_row(slug: str) -> dict[str, Any] | None:
        found = await connection.execute(select(Post.__table__).where(Post.slug == slug))
        row = found.mappings().one_or_none()
        return dict(row) if row else None

    return find_row


@pytest.fixture
def count_rows(connection: AsyncConnection) -> CountRows:
    async def count_rows() -> int:
        found = await connection.execute(select(func.count()).select_from(Post))
        return found.scalar_one()

    return count_rows
