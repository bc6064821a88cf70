"""Public answers are never untrue for longer than promised, whoever changes what they show."""

import asyncio

import pytest

from cms.kernel import Settings
from cms.posts.tests.factories import PostFactory
from tests.cache.site import POSTS, Pause, Site, no_statement, run_site


@pytest.mark.parametrize(
    ("statement", "status"),
    [
        ("UPDATE posts SET title = 'New' WHERE slug = 'one'", 200),
        ("UPDATE posts SET slug = 'moved' WHERE slug = 'one'", 404),
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


async def test_a_new_document_makes_the_lists_be_read_again(site: Site) -> None:
    await site.get(POSTS)
    async with site.database.session() as session:
        session.add(PostFactory.build(slug="three"))
    await site.cache.changes.sync()

    assert (await site.get(POSTS)).json()["total"] == 3


async def test_a_write_leaves_other_documents_and_other_types_in_memory(site: Site) -> None:
    for path in (f"{POSTS}/two", "/api/v1/pages", "/api/v1/settings"):
        await site.get(path)

    await site.execute("UPDATE posts SET title = 'New' WHERE slug = 'one'")
    await site.cache.changes.sync()

    async with no_statement(site):
        for path in (f"{POSTS}/two", "/api/v1/pages", "/api/v1/settings"):
            assert (await site.get(path)).status_code == 200


async def test_editing_a_draft_leaves_the_lists_in_memory(site: Site) -> None:
    await site.execute("UPDATE posts SET published = false WHERE slug = 'one'")
    await site.cache.changes.sync()
    await site.get(POSTS)

    await site.execute("UPDATE posts SET title = 'Better' WHERE slug = 'one'")
    await site.cache.changes.sync()

    async with no_statement(site):
        await site.get(POSTS)


async def test_many_rows_at_once_are_announced_as_one_table(site: Site) -> None:
    await site.execute(
        "INSERT INTO posts (slug, title, body, tags, published) "
        "SELECT 'bulk-' || n, 'Bulk', '', '{}', true FROM generate_series(1, 200) AS n"
    )
    await site.get(f"{POSTS}/bulk-7")
    await site.execute("UPDATE posts SET title = 'Changed'")
    await site.cache.changes.sync()

    assert (await site.get(f"{POSTS}/bulk-7")).json()["title"] == "Changed"


async def test_the_documents_of_a_list_are_counted_once_for_all_its_pages(site: Site) -> None:
    await site.get(POSTS)
    second = await site.get(f"{POSTS}?per_page=1&page=2")

    assert second.json()["total"] == 2
    assert [item["slug"] for item in second.json()["items"]] == ["one"]
    assert len([s for s in site.statements if "count(" in s]) == 1


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


async def test_a_second_process_hears_of_the_first_ones_write(
    site: Site, live_settings: Settings
) -> None:
    async with run_site(live_settings) as other:
        await other.get(f"{POSTS}/one")
        await site.execute("UPDATE posts SET title = 'New' WHERE slug = 'one'")

        await other.cache.changes.sync()

        assert (await other.get(f"{POSTS}/one")).json()["title"] == "New"
