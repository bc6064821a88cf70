from collections.abc import AsyncIterator

import pytest

from cms.kernel import Settings
from cms.posts.tests.factories import PostFactory
from tests.cache.site import Site, run_site
from tests.fixtures import MakeDatabase, make_settings


@pytest.fixture(scope="session")
def live_settings(copy_database: MakeDatabase) -> Settings:
    return make_settings(copy_database("cache"), allowed_origins="https://admin.example.com")


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
