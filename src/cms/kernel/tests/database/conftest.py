from collections.abc import AsyncIterator

import pytest
from httpx import AsyncClient
from sqlalchemy.ext.asyncio import AsyncEngine

from cms.kernel.tests.database.serving import pool, serving
from dev.embedded import EmbeddedPostgres


@pytest.fixture(scope="session")
def url(postgres: EmbeddedPostgres) -> str:
    """An empty database."""
    postgres.create_database("kernel")
    return postgres.url("kernel")


@pytest.fixture
async def client(url: str) -> AsyncIterator[AsyncClient]:
    async with serving(url) as client:
        yield client


@pytest.fixture
async def other(url: str) -> AsyncIterator[AsyncEngine]:
    """Another user of the same database."""
    async with pool(url) as engine:
        yield engine
