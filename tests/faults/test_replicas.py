"""D4: replicas that start together on an empty database, each by the real launcher."""

import asyncio
import secrets
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from cms.kernel.revision import head_revision
from tests.checkout import Checkout, Start, copy_image, is_healthy
from tests.faults.backends import holding, query
from tests.faults.harness import DurablePostgres, eventually

pytestmark = pytest.mark.faults

MIGRATION_TURN = 4_715_309_862  # as in migrations/env.py


@pytest.fixture
def empty_url(postgres: DurablePostgres) -> str:
    postgres.create_database("replicas")
    return postgres.url("replicas")


@pytest.fixture
def replicas(tmp_path: Path, empty_url: str) -> Iterator[list[Start]]:
    settings = {
        "ENVIRONMENT": "production",
        "DATABASE_URL": empty_url,
        "ALLOWED_ORIGINS": "https://www.example.com",
        "JWT_SECRET": secrets.token_urlsafe(),
        "ADMIN_EMAIL": "first@ours.test",
        "ADMIN_PASSWORD": secrets.token_urlsafe(),
    }
    checkout: Checkout = copy_image(tmp_path / "image")
    starts = [checkout.start(name, **settings) for name in ("first", "second", "third")]
    try:
        yield starts
    finally:
        for start in starts:
            start.stop(signal.SIGTERM)


async def all_in_line(database_url: str, count: int) -> None:
    """Returns once so many replicas wait for their turn."""
    locks = "SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"

    async def they_are() -> bool:
        return len(await query(database_url, locks)) == count

    await eventually(they_are)


@pytest.mark.attack("D4")
async def test_replicas_that_start_together_migrate_once_and_all_serve(
    empty_url: str, replicas: list[Start]
) -> None:
    async with holding(empty_url, "SELECT pg_advisory_xact_lock($1)", MIGRATION_TURN):
        await all_in_line(empty_url, len(replicas))
    for start in replicas:
        await asyncio.to_thread(start.wait_for, "Starting the API")
        await eventually(lambda start=start: is_healthy(start.url))

    [revision] = await query(empty_url, "SELECT version_num FROM alembic_version")
    assert revision["version_num"] == head_revision()
    [admin] = await query(empty_url, "SELECT email FROM users")
    assert admin["email"] == "first@ours.test"
    assert len(await query(empty_url, "SELECT FROM site_settings")) == 1
