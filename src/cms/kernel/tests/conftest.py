from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI
from httpx import AsyncClient

from cms.kernel.config import Settings
from cms.kernel.database import Database
from cms.kernel.tests.probe import make_probe
from tests.fixtures import make_client


@pytest.fixture
def probe_app(settings: Settings, database: Database) -> FastAPI:
    return make_probe(settings, database)


@pytest.fixture
async def probe(probe_app: FastAPI) -> AsyncIterator[AsyncClient]:
    async with make_client(probe_app) as client:
        yield client
