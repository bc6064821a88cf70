"""An application from its start to its end."""

import asyncio

from cms.main import assemble
from tests.fixtures import ask, connected, make_client, make_settings, running

PATIENCE_SECONDS = 10
LEFT = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
    "AND application_name LIKE 'cms%'"
)


async def left_of(database_url: str) -> int:
    [row] = await asyncio.to_thread(ask, database_url, LEFT)
    return row["count"]


async def test_an_application_that_has_ended_holds_no_connection(own_database_url: str) -> None:
    settings = make_settings(own_database_url)
    async with connected(settings) as database:
        application = assemble(settings, database=database)
        async with running(application), make_client(application) as client:
            assert (await client.get("/api/v1/posts")).status_code == 200
            assert await left_of(own_database_url) > 0

        async with asyncio.timeout(PATIENCE_SECONDS):  # it parts with a client soon, not at once
            while await left_of(own_database_url):
                pass
