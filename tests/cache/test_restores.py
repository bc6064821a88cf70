"""What is done past the triggers, as by a restore, is neither remembered nor taken for the truth."""

from collections.abc import AsyncIterator

import pytest

from tests.cache.site import POSTS, Site
from tests.problems import assert_problem

DROP = "DROP TRIGGER cms_announce_delete ON posts"
CREATE = (
    "CREATE TRIGGER cms_announce_delete AFTER DELETE ON posts REFERENCING OLD TABLE AS old_rows "
    "FOR EACH STATEMENT EXECUTE FUNCTION cms_announce()"
)


@pytest.fixture
async def emptied(site: Site) -> AsyncIterator[Site]:
    """A table of the same name in its place, as a restore makes one, and no heartbeat since."""
    await site.cache.changes.sync()
    await site.execute("ALTER TABLE posts RENAME TO old")
    await site.execute("CREATE TABLE posts (LIKE old INCLUDING ALL)")
    yield site
    await site.execute("DROP TABLE posts")
    await site.execute("ALTER TABLE old RENAME TO posts")


async def test_what_was_changed_while_its_trigger_was_off_is_read_again(site: Site) -> None:
    await site.get(f"{POSTS}/one")
    await site.execute("ALTER TABLE posts DISABLE TRIGGER USER")
    await site.execute("UPDATE posts SET title = 'Unannounced'")
    await site.execute("ALTER TABLE posts ENABLE TRIGGER USER")

    await site.cache.changes.sync()

    assert (await site.get(f"{POSTS}/one")).json()["title"] == "Unannounced"


@pytest.mark.parametrize(
    ("break_", "mend"),
    [
        (DROP, CREATE),
        ("ALTER TABLE posts DISABLE TRIGGER USER", "ALTER TABLE posts ENABLE TRIGGER USER"),
    ],
)
async def test_nothing_is_told_of_tables_without_their_triggers(
    site: Site, break_: str, mend: str
) -> None:
    paths = (POSTS, f"{POSTS}/one", "/api/v1/pages", "/readyz")
    for path in paths:
        await site.get(path)
    await site.execute(break_)
    await site.cache.changes.sync()
    for path in paths:
        assert_problem(await site.get(path), 503)

    await site.execute(mend)
    await site.cache.changes.sync()

    assert [(await site.get(path)).status_code for path in paths] == [200] * 4


@pytest.mark.parametrize("path", [f"{POSTS}?per_page=7", f"{POSTS}/two"])
async def test_a_table_that_is_empty_because_it_is_another_is_not_told_to_be_empty(
    emptied: Site, path: str
) -> None:
    answer = await emptied.get(path)

    assert "restored" in assert_problem(answer, 503)["detail"]
