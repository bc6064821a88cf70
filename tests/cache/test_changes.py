"""Public answers are never untrue for longer than promised, whoever changes what they show."""

import asyncio
from pathlib import Path

import pytest

from cms.identity.tests.factories import UserFactory
from cms.kernel import Settings
from cms.posts.tests.factories import PostFactory
from cms.search.indexing import catch_up
from tests.cache.site import POSTS, Pause, Site, no_statement, run_site
from tests.faults.proxy import proxy
from tests.fixtures import make_settings, make_token


@pytest.mark.attack("A11")
@pytest.mark.parametrize(
    ("statement", "status"),
    [
        ("UPDATE posts SET title = 'New' WHERE slug = 'one'", 200),
        ("UPDATE posts SET slug = 'moved' WHERE slug = 'one'", 301),
        ("UPDATE posts SET published = false WHERE slug = 'one'", 404),
        ("DELETE FROM posts WHERE slug = 'one'", 404),
        ("TRUNCATE posts", 404),
        ("UPDATE posts SET title = 'New'", 200),
    ],
)
async def test_any_commit_makes_its_document_and_the_lists_be_read_again(
    site: Site, statement: str, status: int
) -> None:
    before = [await site.get(path) for path in (POSTS, f"{POSTS}/one")]

    await site.execute(statement)
    await site.cache.changes.sync()

    after = [await site.get(path) for path in (POSTS, f"{POSTS}/one")]
    assert after[0].content != before[0].content
    assert after[1].status_code == status
    assert after[1].content != before[1].content


async def test_what_is_new_or_becomes_public_makes_the_lists_be_read_again(site: Site) -> None:
    await site.get(POSTS)
    async with site.database.session() as session:
        session.add_all(
            [PostFactory.build(slug=s, published=s == "three") for s in ("three", "four")]
        )
    await site.cache.changes.sync()
    assert (await site.get(POSTS)).json()["total"] == 3

    await site.execute("UPDATE posts SET published = true WHERE slug = 'four'")
    await site.cache.changes.sync()
    assert (await site.get(POSTS)).json()["total"] == 4


@pytest.mark.parametrize(
    ("path", "statement"),
    [
        ("/redirects", "INSERT INTO redirects (from_path, status) VALUES ('/gone', 410)"),
        ("/tags", "UPDATE posts SET tags = '{fresh}'"),
        ("/sitemap", "UPDATE posts SET slug = 'moved' WHERE slug = 'one'"),
        ("/search?q=fresh", "UPDATE posts SET title = 'Fresh' WHERE slug = 'one'"),
        ("/pages", "INSERT INTO pages (slug, title, body, published) VALUES ('p', 'P', '', true)"),
        ("/settings", "UPDATE site_settings SET site_name = 'Fresh'"),
    ],
)
async def test_whatever_else_is_in_memory_is_read_again_when_it_changes(
    site: Site, path: str, statement: str
) -> None:
    await catch_up(site.database)  # a search that has something to index hears of that itself
    await site.cache.changes.sync()
    before = await site.get(f"/api/v1{path}")
    async with no_statement(site):
        assert (await site.get(f"/api/v1{path}")).content == before.content

    await site.execute(statement)
    await site.cache.changes.sync()

    after = await site.get(f"/api/v1{path}")
    assert (before.status_code, after.status_code) == (200, 200)
    assert after.content != before.content


async def test_a_write_leaves_other_documents_and_other_types_in_memory(site: Site) -> None:
    for path in (f"{POSTS}/two", "/api/v1/pages", "/api/v1/settings"):
        await site.get(path)

    await site.execute("UPDATE posts SET title = 'New' WHERE slug = 'one'")
    await site.cache.changes.sync()

    async with no_statement(site):
        for path in (f"{POSTS}/two", "/api/v1/pages", "/api/v1/settings"):
            assert (await site.get(path)).status_code == 200


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE posts SET title = 'Better' WHERE slug = 'draft'",
        "INSERT INTO posts (slug, title, body, tags) VALUES ('another', 'Another', '', '{}')",
        "DELETE FROM posts WHERE slug = 'draft'",
    ],
)
async def test_what_becomes_of_a_draft_leaves_the_lists_in_memory(
    site: Site, statement: str
) -> None:
    async with site.database.session() as session:
        session.add(PostFactory.build(slug="draft", published=False))
    await site.cache.changes.sync()
    await site.get(POSTS)

    await site.execute(statement)
    await site.cache.changes.sync()

    async with no_statement(site):
        await site.get(POSTS)


@pytest.mark.parametrize("rows", [50, 51, 52, 202])
async def test_of_many_rows_that_change_at_once_every_one_is_announced(
    site: Site, rows: int
) -> None:
    slugs = [f"bulk-{number}" for number in range(rows)]
    await site.execute(
        "INSERT INTO posts (slug, title, body, tags, published) "
        f"SELECT 'bulk-' || n, 'Bulk', '', '{{}}', true FROM generate_series(0, {rows - 1}) AS n"
    )
    await site.cache.changes.sync()
    for slug in slugs:
        await site.get(f"{POSTS}/{slug}")

    await site.execute("UPDATE posts SET title = 'Changed' WHERE slug LIKE 'bulk-%'")
    await site.cache.changes.sync()

    seen = {slug: (await site.get(f"{POSTS}/{slug}")).json()["title"] for slug in slugs}
    assert {slug for slug, title in seen.items() if title != "Changed"} == set()


async def test_the_documents_of_a_list_are_counted_once_for_all_its_pages(site: Site) -> None:
    await site.get(POSTS)
    second = await site.get(f"{POSTS}?per_page=1&page=2")

    assert second.json()["total"] == 2
    assert [item["slug"] for item in second.json()["items"]] == ["one"]
    assert len([s for s in site.statements if "count(" in s]) == 1


@pytest.mark.attack("A4")
async def test_the_total_of_one_tag_is_not_that_of_another(site: Site) -> None:
    await site.execute(
        "UPDATE posts SET tags = CASE slug WHEN 'one' THEN ARRAY['a', 'b'] ELSE '{a}' END"
    )
    await site.cache.changes.sync()

    totals = {
        f"{tags}&page={page}": (await site.get(f"{POSTS}?{tags}&page={page}")).json()["total"]
        for page in (1, 2)
        for tags in ("tag=a", "tag=b", "tag=c", "tag=a&tag=b", "tag=b&tag=c")
    }

    assert [*totals.values()] == [2, 1, 0, 1, 0] * 2, totals
    assert len([s for s in site.statements if "count(" in s]) == 5


@pytest.mark.attack("A3")
async def test_what_visitors_are_told_is_not_counted_with_drafts(
    site: Site, live_settings: Settings
) -> None:
    user = UserFactory.build()
    async with site.database.session() as session:
        session.add_all([user, PostFactory.build(slug="draft", published=False)])
    await site.cache.changes.sync()
    token = await make_token(site.database, live_settings, user)
    editor = {"Authorization": f"Bearer {token}"}
    for page in (1, 2, 3):
        everything = await site.get(f"{POSTS}?status=all&page={page}", **editor)
        assert everything.json()["total"] == 3
        assert (await site.get(f"{POSTS}?page={page}")).json()["total"] == 2


async def test_a_writer_reads_its_own_write_however_late_its_process_hears_of_it(
    live_settings: Settings, tmp_path: Path
) -> None:
    async with proxy(live_settings.database_url, tmp_path) as relay:
        relay.delay = 0.1
        url = live_settings.database_url
        late = make_settings(url, listen_database_url=relay.url(url))
        async with run_site(late) as site:
            assert relay.relays == 1
            user = UserFactory.build()
            async with site.database.session() as session:
                session.add(user)
            token = await make_token(site.database, late, user)
            editor = {"Authorization": f"Bearer {token}"}
            post = {"slug": "own", "title": "0", "published": True}
            await site.client.post(POSTS, json=post, headers=editor)
            for version in ("1", "2"):
                await site.get(f"{POSTS}/own")
                assert len(site.cache.store)
                await site.client.put(
                    f"{POSTS}/own", json=post | {"title": version}, headers=editor
                )

                assert (await site.get(f"{POSTS}/own")).json()["title"] == version
                assert (await site.get(POSTS)).json()["items"][0]["title"] == version


async def test_a_read_that_a_commit_overtakes_does_not_put_its_old_answer_back(
    site: Site,
) -> None:
    pause = site.database.pause = Pause()
    reading = asyncio.create_task(site.get(f"{POSTS}/one"))
    await pause.has_read.wait()
    site.database.pause = None
    await site.execute("UPDATE posts SET title = 'New' WHERE slug = 'one'")
    await site.cache.changes.sync()
    pause.resume.set()
    old = await reading

    assert old.json()["title"] != "New"
    assert (await site.get(f"{POSTS}/one")).json()["title"] == "New"


@pytest.mark.attack("A11")
async def test_a_second_process_hears_of_the_first_ones_write(
    site: Site, live_settings: Settings
) -> None:
    async with run_site(live_settings) as other:
        await other.get(f"{POSTS}/one")
        await site.execute("UPDATE posts SET title = 'New' WHERE slug = 'one'")

        await other.cache.changes.sync()

        assert (await other.get(f"{POSTS}/one")).json()["title"] == "New"
