from collections.abc import AsyncIterator

import pytest
from alembic.script import ScriptDirectory
from httpx import AsyncClient
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from cms.kernel import ROOT, Database, head_revision
from cms.postgres import Changes
from cms.postgres.engine import make_engine
from dev.embedded import EmbeddedPostgres
from tests.fixtures import make_client, make_settings
from tests.probe import make_probe
from tests.problems import assert_problem


@pytest.fixture
def url(postgres: EmbeddedPostgres) -> str:
    postgres.create_database("health")
    return postgres.url("health")


@pytest.fixture
async def engine(url: str) -> AsyncIterator[AsyncEngine]:
    engine = make_engine(make_settings(url).engine_options)
    async with engine.begin() as connection:
        await connection.execute(text("DROP TABLE IF EXISTS alembic_version"))
    yield engine
    await engine.dispose()


@pytest.fixture
async def health(url: str, engine: AsyncEngine) -> AsyncIterator[AsyncClient]:
    async with make_client(
        make_probe(make_settings(url), Database(engine, Changes("", 1)))
    ) as client:
        yield client


async def stamp(engine: AsyncEngine, *revisions: str) -> None:
    async with engine.begin() as connection:
        await connection.execute(text("CREATE TABLE alembic_version (version_num text)"))
        for revision in revisions:
            await connection.execute(
                text("INSERT INTO alembic_version VALUES (:revision)"), {"revision": revision}
            )


async def test_the_process_is_alive_whatever_the_database_is(health: AsyncClient) -> None:
    response = await health.get("/healthz")

    assert (response.status_code, response.json()) == (200, {"status": "ok"})
    assert response.headers["Cache-Control"] == "no-store"


async def test_a_database_at_the_newest_revision_is_ready(
    health: AsyncClient, engine: AsyncEngine
) -> None:
    await stamp(engine, head_revision())

    response = await health.get("/readyz")

    assert (response.status_code, response.json()) == (200, {"status": "ok"})


async def test_a_newer_database_is_ready(health: AsyncClient, engine: AsyncEngine) -> None:
    await stamp(engine, "99991231_01_from_the_next_release")

    assert (await health.get("/readyz")).status_code == 200


async def test_a_database_that_was_never_migrated_is_not_ready(health: AsyncClient) -> None:
    response = await health.get("/readyz")

    assert "migrated" in assert_problem(response, 503)["detail"]


async def test_an_older_database_is_not_ready(health: AsyncClient, engine: AsyncEngine) -> None:
    await stamp(engine, "20000101_01_before_our_time")

    assert_problem(await health.get("/readyz"), 503)


async def test_a_database_that_was_migrated_down_is_not_ready(
    health: AsyncClient, engine: AsyncEngine
) -> None:
    await stamp(engine)

    assert_problem(await health.get("/readyz"), 503)


def test_the_newest_revision_is_the_one_that_alembic_finds() -> None:
    assert head_revision() == ScriptDirectory(str(ROOT / "migrations")).get_current_head()
