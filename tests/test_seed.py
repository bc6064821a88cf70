"""`seed.py`: the first admin, and the demo website in an empty database."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from runpy import run_path

import asyncpg
import pytest

from cms import demo
from cms.identity.passwords import verify_password
from cms.identity.tests.factories import UserFactory
from cms.kernel.config import ROOT, Settings
from cms.kernel.database import Base
from cms.pages.tests.factories import PageFactory
from cms.posts.tests.factories import PostFactory
from cms.seeding import ADVISORY_LOCK, seed
from tests.fixtures import connected, make_settings

EMAIL, PASSWORD = "first@ours.test", "a long pass phrase"
SEED = ROOT / "seed.py"


@pytest.fixture
async def stored(own_database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection to a database in which nothing is stored."""
    connection = await asyncpg.connect(own_database_url.replace("+asyncpg", ""))
    await connection.execute("TRUNCATE users, pages, posts CASCADE")
    await connection.execute("UPDATE site_settings SET site_name = 'Ours'")
    yield connection
    await connection.close()


@pytest.fixture
def settings(own_database_url: str) -> Settings:
    return make_settings(own_database_url, admin_email=EMAIL, admin_password=PASSWORD)


async def save(settings: Settings, row: Base) -> None:
    async with connected(settings) as database, database.session() as session:
        session.add(row)


def run(*options: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(SEED), *options],
        env=os.environ | {"BCRYPT_ROUNDS": "4", "ADMIN_EMAIL": EMAIL} | settings,
        check=False,
        capture_output=True,
        text=True,
    )


async def test_an_empty_database_gets_an_admin_and_a_website(
    stored: asyncpg.Connection, settings: Settings
) -> None:
    made = await seed(settings, admin_only=False)

    assert [line.partition(":")[0] for line in made] == ["Admin", "Content"]
    [admin] = await stored.fetch("SELECT * FROM users")
    assert (admin["email"], admin["role"], admin["is_active"]) == (EMAIL, "admin", True)
    assert await verify_password(PASSWORD, admin["password_hash"], 4)
    content = demo.load()
    for table, written in (("pages", content.pages), ("posts", content.posts)):
        slugs = {row["slug"] for row in await stored.fetch(f"SELECT slug FROM {table}")}
        assert slugs == {document["slug"] for document in written}
    name = await stored.fetchval("SELECT site_name FROM site_settings")
    assert name == content.settings["site_name"]


async def test_the_demo_posts_have_the_dates_of_their_writing(
    stored: asyncpg.Connection, settings: Settings
) -> None:
    await seed(settings, admin_only=False)

    rows = await stored.fetch("SELECT slug, created_at, updated_at, published_at FROM posts")
    written = {post["slug"]: post["created_at"] for post in demo.load().posts}
    assert {row["slug"]: row["created_at"] for row in rows} == written
    assert {row["slug"]: row["updated_at"] for row in rows} == written
    public = {post["slug"]: post["created_at"] for post in demo.load().posts if post["published"]}
    assert {row["slug"]: row["published_at"] for row in rows if row["published_at"]} == public


async def test_the_demo_has_history_scheduled_posts_and_a_working_copy(
    stored: asyncpg.Connection, settings: Settings
) -> None:
    await stored.execute("TRUNCATE history")
    await seed(settings, admin_only=False)

    entries = await stored.fetch(
        "SELECT DISTINCT action, user_email FROM history WHERE type = 'pages' ORDER BY action"
    )
    assert [tuple(entry) for entry in entries] == [("created", EMAIL), ("published", EMAIL)]
    scheduled = await stored.fetch(
        "SELECT published, publish_at > now() + '6 days' AS later, set_by_email "
        "FROM schedules JOIN posts ON posts.id = document_id"
    )
    assert [tuple(each) for each in scheduled] == [(False, True, EMAIL)] * 2
    [copy] = await stored.fetch(
        "SELECT title, content::jsonb ->> 'title' AS copied, published, user_email "
        "FROM working_copies JOIN posts ON posts.id = document_id"
    )
    assert copy["copied"].startswith(copy["title"])
    assert (copy["published"], copy["user_email"]) == (True, EMAIL)
    assert len(copy["copied"]) > len(copy["title"])


async def test_a_second_run_changes_nothing(stored: asyncpg.Connection, settings: Settings) -> None:
    tables = ("users", "pages", "posts", "site_settings")
    await seed(settings, admin_only=False)
    before = [await stored.fetch(f"SELECT * FROM {table} ORDER BY id") for table in tables]

    assert await seed(settings, admin_only=False) == []

    after = [await stored.fetch(f"SELECT * FROM {table} ORDER BY id") for table in tables]
    assert after == before


@pytest.mark.parametrize("factory", [PageFactory, PostFactory])
async def test_the_demo_is_not_mixed_into_real_content(
    stored: asyncpg.Connection, settings: Settings, factory: type[PageFactory | PostFactory]
) -> None:
    await save(settings, factory.build(slug="ours"))

    await seed(settings, admin_only=False)

    documents = await stored.fetch("SELECT slug FROM pages UNION ALL SELECT slug FROM posts")
    assert [row["slug"] for row in documents] == ["ours"]
    assert await stored.fetchval("SELECT site_name FROM site_settings") == "Ours"


async def test_an_admin_is_made_where_there_are_only_editors(
    stored: asyncpg.Connection, settings: Settings
) -> None:
    lacks_admin = run_path(str(SEED))["lacks_admin"]
    await save(settings, UserFactory.build(role="editor"))
    assert await lacks_admin(settings.database_url)

    await seed(settings, admin_only=True)

    assert not await lacks_admin(settings.database_url)
    roles = [row["role"] for row in await stored.fetch("SELECT role FROM users ORDER BY role")]
    assert roles == ["admin", "editor"]


async def test_seeds_that_run_at_once_take_turns_however_long_they_are(
    stored: asyncpg.Connection, own_database_url: str
) -> None:
    settings = make_settings(
        own_database_url,
        admin_email=EMAIL,
        admin_password=PASSWORD,
        database_timeout_seconds=0.2,
        statement_timeout_seconds=0.2,
        lock_timeout_seconds=0.2,
    )
    waiting = (
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'advisory' "
        "AND datname = current_database() AND clock_timestamp() - query_start > '0.5 s'"
    )
    await stored.execute("SELECT pg_advisory_lock($1)", ADVISORY_LOCK)
    seeds = [asyncio.create_task(seed(settings, admin_only=False)) for _ in range(2)]
    while await stored.fetchval(waiting) < len(seeds):
        assert not [task for task in seeds if task.done()], "it did not wait for its turn"
    assert await stored.fetchval("SELECT count(*) FROM users") == 0
    await stored.execute("SELECT pg_advisory_unlock($1)", ADVISORY_LOCK)

    made = await asyncio.gather(*seeds)

    assert sorted(map(len, made)) == [0, 2]


async def test_the_program_makes_the_admin_alone_if_told_so(
    stored: asyncpg.Connection, settings: Settings
) -> None:
    result = await asyncio.to_thread(
        run, "--admin-only", DATABASE_URL=settings.database_url, ADMIN_PASSWORD=PASSWORD
    )

    assert (result.returncode, result.stdout, result.stderr) == (0, f"Admin: {EMAIL}\n", "")
    assert await stored.fetchval("SELECT count(*) FROM users") == 1
    documents = await stored.fetch("SELECT slug FROM pages UNION ALL SELECT slug FROM posts")
    assert documents == []


async def test_the_program_never_shows_the_password(
    stored: asyncpg.Connection, settings: Settings
) -> None:
    for password, code in (("tooshort99", 2), (PASSWORD, 0)):
        result = await asyncio.to_thread(
            run, DATABASE_URL=settings.database_url, ADMIN_PASSWORD=password
        )
        assert result.returncode == code
        assert password not in result.stdout + result.stderr
        assert result.stderr.startswith("password: ") == (code != 0)
