"""What is answered without the listener, or without the database."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from io import StringIO
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import text

from cms.edge import request_log
from cms.kernel import Settings
from cms.posts.tests.factories import PostFactory
from dev.embedded import EmbeddedPostgres
from tests.cache.site import POSTS, Site, no_statement, run_site
from tests.fixtures import make_settings, migrate


async def lose_listener(site: Site, settings: Settings) -> None:
    """Ends the listener's connection, as an administrator or a broken network would."""
    connection = await asyncpg.connect(settings.direct_database_url.replace("+asyncpg", ""))
    await connection.execute(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
        "WHERE datname = current_database() AND application_name = 'cms listener'"
    )
    await connection.close()
    await asyncio.wait_for(site.cache.changes.lost.wait(), 5)


async def test_where_nothing_is_asked_or_changed_the_listener_is_known_to_live(site: Site) -> None:
    began = site.cache.changes.heard_until

    for _ in range(100):
        if site.cache.changes.heard_until > began:
            return
        await asyncio.sleep(0.05)
    pytest.fail("nobody asked in five seconds")


@pytest.mark.attack("F7")
async def test_without_its_listener_nothing_is_answered_from_memory(
    site: Site, live_settings: Settings
) -> None:
    await site.get(f"{POSTS}/one")
    await lose_listener(site, live_settings)
    before = len(site.statements)
    await site.get(f"{POSTS}/one")

    assert len(site.statements) == before + 1


@pytest.mark.attack("F7")
async def test_a_listener_that_was_cut_forgets_everything_and_listens_again(
    site: Site, live_settings: Settings
) -> None:
    await site.get(f"{POSTS}/one")
    await lose_listener(site, live_settings)
    await asyncio.wait_for(site.cache.changes.listening.wait(), 5)

    assert len(site.cache.store) == 0
    await site.get(f"{POSTS}/one")
    async with no_statement(site):
        await site.get(f"{POSTS}/one")


@pytest.mark.attack("F7")
async def test_what_cut_the_listener_may_have_cut_the_pool_too(
    site: Site, live_settings: Settings
) -> None:
    async def backend() -> int:
        return int((await site.database.read(text("SELECT pg_backend_pid()")))[0][0])

    pooled = "SELECT pid FROM pg_stat_activity WHERE application_name = 'cms'"
    before = {pid for (pid,) in await site.database.read(text(pooled))}
    assert await backend() in before

    await lose_listener(site, live_settings)

    assert await backend() not in before


@pytest.fixture
def own_postgres(tmp_path: Path) -> Iterator[EmbeddedPostgres]:
    """A PostgreSQL to be killed, which therefore has to be a durable one."""
    with EmbeddedPostgres(tmp_path / "postgres") as server:
        migrate(server.url())
        yield server


@pytest.fixture
async def fragile_site(own_postgres: EmbeddedPostgres) -> AsyncIterator[Site]:
    async with run_site(make_settings(own_postgres.url(), stale_if_error=60)) as site:
        async with site.database.session() as session:
            session.add_all([PostFactory.build(slug="one"), PostFactory.build(slug="two")])
        await site.cache.changes.sync()
        yield site


async def test_without_a_database_what_was_known_is_served_and_said_to_be_stale(
    own_postgres: EmbeddedPostgres,
    fragile_site: Site,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    postgres, site = own_postgres, fragile_site
    caplog.set_level("INFO", "cms.request")
    log = StringIO()
    monkeypatch.setattr(request_log, "stream", log)
    # A busy machine may be late with a heartbeat, which forgets everything.
    for _ in range(20):
        await asyncio.wait_for(site.cache.changes.listening.wait(), 5)
        known = await site.get(f"{POSTS}/one")
        if len(site.cache.store):
            break
    else:
        pytest.fail("nothing is remembered")
    postgres.kill()
    await asyncio.wait_for(site.cache.changes.lost.wait(), 5)

    stale = await site.get(f"{POSTS}/one", **{"X-Request-ID": "stale"})
    request_log.flush()
    [line] = [line for line in log.getvalue().splitlines() if '"stale"' in line]
    assert json.loads(line)["route"] == f"{POSTS}/{{slug}}"
    unknown = await site.get(f"{POSTS}/two", Origin="https://admin.example.com")
    editors = await site.get(f"{POSTS}/one?status=published")

    assert stale.status_code == 200
    assert stale.content == known.content
    assert stale.headers["cache-status"].startswith("cms; hit; ttl=-")
    assert unknown.status_code == 503
    # C4
    assert unknown.headers["access-control-allow-origin"] == "https://admin.example.com"
    assert unknown.headers["retry-after"] == "1"
    assert editors.status_code == 503

    # Beyond STALE_IF_ERROR.
    site.cache.changes.heard_until -= 60
    for entry in site.cache.store._entries.values():
        entry.stored_at -= 60
    assert (await site.get(f"{POSTS}/one")).status_code == 503

    postgres.start()
    await asyncio.wait_for(site.cache.changes.listening.wait(), 10)
    fresh = await site.get(f"{POSTS}/one")
    assert fresh.status_code == 200
    assert "cache-status" not in fresh.headers
