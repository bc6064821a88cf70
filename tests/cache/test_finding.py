"""What finds documents is answered from memory too, and is true of every commit."""

import pytest

from cms.kernel import Settings
from cms.search.indexing import catch_up
from tests.cache.site import Site, no_statement, run_site

API = "/api/v1"
SEARCH, SITEMAP, TAGS = f"{API}/search?q=heat", f"{API}/sitemap", f"{API}/tags"
REDIRECTS = f"{API}/redirects"
FINDING = (SEARCH, SITEMAP, TAGS, REDIRECTS)
POST = "INSERT INTO posts (slug, title, body, tags, published) VALUES"


@pytest.fixture
async def found(site: Site) -> Site:
    """Answers each of them from memory."""
    await site.execute("DELETE FROM redirects")
    await catch_up(site.database)  # with what other tests have left: no worker does here
    await site.execute(
        f"{POST} ('heat', 'Heat', '', '{{warm}}', true), ('draft', 'Heat', '', '{{warm}}', false)"
    )
    await site.cache.changes.sync()
    for _ in range(2):  # a search that had something to index hears of that itself
        for path in FINDING:
            assert (await site.get(path)).status_code == 200
        await site.cache.changes.sync()
    async with no_statement(site):
        for path in FINDING:
            assert (await site.get(path)).status_code == 200
    return site


@pytest.mark.parametrize(
    ("path", "statement"),
    [
        (SEARCH, f"{POST} ('more', 'More heat', '', '{{}}', true)"),
        (SEARCH, "UPDATE posts SET body = '<p>Cold</p>', title = 'Cold' WHERE slug = 'heat'"),
        (SEARCH, "UPDATE posts SET published = false WHERE slug = 'heat'"),
        (SEARCH, "UPDATE posts SET published = true WHERE slug = 'draft'"),
        (SEARCH, "DELETE FROM posts WHERE slug = 'heat'"),
        (SEARCH, "TRUNCATE posts"),
        (SITEMAP, "UPDATE posts SET slug = 'hot' WHERE slug = 'heat'"),
        (SITEMAP, "INSERT INTO pages (slug, title, body, published) VALUES ('p', 'P', '', true)"),
        (TAGS, "UPDATE posts SET tags = '{hot}' WHERE slug = 'heat'"),
        (REDIRECTS, "INSERT INTO redirects (from_path, status) VALUES ('/gone', 410)"),
    ],
)
async def test_a_commit_of_another_process_changes_what_is_found(
    found: Site, live_settings: Settings, path: str, statement: str
) -> None:
    before = (await found.get(path)).json()

    async with run_site(live_settings) as other:
        await other.execute(statement)
        await found.cache.changes.sync()
        after = (await found.get(path)).json()

        assert after != before
        assert after == (await other.get(path)).json()


async def test_what_becomes_of_a_draft_leaves_what_is_found_in_memory(found: Site) -> None:
    await found.execute("UPDATE posts SET title = 'Heat, again' WHERE slug = 'draft'")
    await catch_up(found.database)
    await found.cache.changes.sync()

    async with no_statement(found):
        for path in FINDING:
            assert (await found.get(path)).status_code == 200


async def test_what_is_too_much_for_a_search_to_index_is_found_once_the_worker_has(
    found: Site,
) -> None:
    await found.execute(
        f"{POST} " + ", ".join(f"('heat-{n}', 'Heat', '', '{{}}', true)" for n in range(60))
    )
    await found.cache.changes.sync()
    assert (await found.get(SEARCH)).json()["total"] < 61

    await catch_up(found.database)
    await found.cache.changes.sync()

    assert (await found.get(SEARCH)).json()["total"] == 61
