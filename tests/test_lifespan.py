"""An application from its start to its end."""

from cms.main import assemble
from tests.faults.backends import query
from tests.faults.harness import eventually
from tests.fixtures import connected, make_client, make_settings, running

LEFT = (
    "SELECT FROM pg_stat_activity "
    "WHERE datname = current_database() AND application_name LIKE 'cms%'"
)


async def test_an_application_that_has_ended_holds_no_connection(own_database_url: str) -> None:
    async def is_left() -> bool:
        return bool(await query(own_database_url, LEFT))

    async def is_free() -> bool:
        return not await is_left()

    settings = make_settings(own_database_url)
    async with connected(settings) as database:
        application = assemble(settings, database=database)
        async with running(application), make_client(application) as client:
            assert (await client.get("/api/v1/posts")).status_code == 200
            assert await is_left()

        await eventually(is_free)  # PostgreSQL parts with a client soon, not at once
