"""The probe as fixtures, for the tests of the rooms below the slices."""

from collections.abc import AsyncIterator

import pytest
from httpx import AsyncClient

from cms.cache import PublicCache
from cms.kernel import Database, Settings
from tests.fixtures import make_client, on
from tests.probe import whole_probe


@pytest.fixture
def probe_app(settings: Settings, database: Database) -> PublicCache:
    return on(whole_probe(), database, settings)


@pytest.fixture
async def probe(probe_app: PublicCache) -> AsyncIterator[AsyncClient]:
    async with make_client(probe_app) as client:
        yield client
