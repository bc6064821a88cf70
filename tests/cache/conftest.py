from collections.abc import AsyncIterator

import pytest

from cms.kernel import Settings
from cms.posts.tests.factories import PostFactory
from dev.embedded import EmbeddedPostgres
from tests.cache.site import Site, run_site
from tests.fixtures import make_settings, migrate


@pytest.fixture(scope="session")
def live_settings(postgres: EmbeddedPostgres) -> Settings:
    postgres.create_database("cache")
    migrate(postgres.url("cache"))
    return make_settings(postgres.url("cache"), allowed_origins="https://admin.example.com")


@pytest.fixture
async def site(live_settings: Settings) -> AsyncIterator[Site]:
    async with run_site(live_settings) as site:
        await site.execute("TRUNCATE posts, pages")
        await site.cache.changes.sync()
        async with site.database.session() as session:
            session.add_all([PostFactory.build(slug="one"), PostFactory.build(slug="two")])
        await site.cache.changes.sync()
        site.statements.clear()
        yield site
