"""An application with a pool of its own, and how it says that the database is away."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from httpx import AsyncClient, Response
from sqlalchemy.ext.asyncio import AsyncEngine

from cms.kernel.database import Database
from cms.postgres import Changes
from cms.postgres.engine import make_engine
from tests.fixtures import make_client, make_settings, on
from tests.probe import whole_probe
from tests.problems import assert_problem

READ = "/api/v1/probe/read"


TWICE = "/api/v1/probe/twice"


@asynccontextmanager
async def pool(url: str, **values: Any) -> AsyncIterator[AsyncEngine]:
    engine = make_engine(make_settings(url, **values).engine_options)
    try:
        yield engine
        assert engine.pool.checkedout() == 0
    finally:
        await engine.dispose()


@asynccontextmanager
async def serving(url: str, **values: Any) -> AsyncIterator[AsyncClient]:
    """A client of an application with a pool of its own, from which nothing stays checked out."""
    async with pool(url, **values) as engine:
        app = on(whole_probe(), Database(engine, Changes("", 1)), make_settings(url))
        async with make_client(app) as client:
            yield client


def assert_unavailable(response: Response) -> None:
    assert_problem(response, 503)
    assert int(response.headers["Retry-After"]) >= 1
