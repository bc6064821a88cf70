"""A site that answers from memory, on a real pool and a real listener."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from httpx import AsyncClient, Response
from sqlalchemy import event, text

from cms.cache import PublicCache
from cms.kernel import Database, PreparedQuery, Record, Settings
from cms.main import SLICES, assemble
from cms.postgres import Changes
from cms.postgres.engine import make_engine
from tests.fixtures import make_client, running

POSTS = "/api/v1/posts"


class Pause:
    """A moment between a read's rows and its answer."""

    def __init__(self) -> None:
        self.has_read, self.resume = asyncio.Event(), asyncio.Event()


class PausingDatabase(Database):
    """The production database, whose next read can be made to wait with its rows in hand."""

    pause: Pause | None = None

    def __init__(self, settings: Settings) -> None:
        self.engine = make_engine(settings.engine_options)
        changes = Changes(settings.direct_database_url, settings.database_timeout_seconds)
        super().__init__(self.engine, changes)
        self.statements: list[str] = []

    async def fetch(self, query: PreparedQuery, **values: object) -> list[Record]:
        self.statements.append(query.sql)
        rows = await super().fetch(query, **values)
        if self.pause is not None:
            self.pause.has_read.set()
            await self.pause.resume.wait()
        return rows


class Site:
    """A running application on its own pool and listener, and the statements it has run."""

    def __init__(self, cache: PublicCache, database: PausingDatabase, client: AsyncClient) -> None:
        self.cache, self.database, self.client = cache, database, client
        self.statements = database.statements

    async def get(self, path: str, **headers: str) -> Response:
        return await self.client.get(path, headers=headers)

    async def execute(self, statement: str) -> None:
        """Changes the database behind the application's back, as psql would."""
        async with self.database.session() as session:
            await session.execute(text(statement))


@asynccontextmanager
async def run_site(settings: Settings) -> AsyncIterator[Site]:
    database = PausingDatabase(settings)
    slices = [
        replace(each, lifespan=None) for each in SLICES
    ]  # workers have questions of their own
    app = assemble(settings, slices, database=database)
    async with running(app), make_client(app) as client:
        site = Site(app, database, client)
        event.listen(
            database.engine.sync_engine,
            "before_cursor_execute",
            lambda *args: site.statements.append(args[2]),
        )
        await asyncio.wait_for(site.cache.changes.listening.wait(), 5)
        yield site


@asynccontextmanager
async def no_statement(site: Site) -> AsyncIterator[None]:
    await site.cache.changes.sync()  # however busy the machine: the listener has just been heard
    before = len(site.statements)
    yield
    assert site.statements[before:] == []
