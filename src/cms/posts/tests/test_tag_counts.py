"""Which tags there are, and of how many posts."""

from httpx import AsyncClient
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from cms.kernel import API_PREFIX
from cms.posts.tests.factories import PostFactory
from tests.fixtures import Save

TAGS, POSTS = f"{API_PREFIX}/tags", f"{API_PREFIX}/posts"


async def tags(client: AsyncClient) -> list[tuple[str, int]]:
    items = (await client.get(TAGS)).json()["items"]
    return [(item["tag"], item["posts"]) for item in items]


async def test_tags_are_counted_over_published_posts_most_used_first(
    client: AsyncClient, editor: AsyncClient, save: Save
) -> None:
    assert await tags(client) == []
    await save(
        PostFactory.build(slug="a", tags=["energy", "art"]),
        PostFactory.build(slug="b", tags=["energy"]),
        PostFactory.build(slug="c", tags=["Energy"]),
        PostFactory.build(slug="draft", tags=["energy", "secret"], published=False),
    )
    assert await tags(client) == [("energy", 3), ("art", 1)]

    await editor.patch(f"{POSTS}/draft", json={"published": True})
    await editor.patch(f"{POSTS}/a", json={"tags": ["art"]})
    await editor.delete(f"{POSTS}/b")
    assert await tags(client) == [("Energy", 2), ("art", 1), ("secret", 1)]


async def test_counts_stay_true_and_few_however_often_posts_change(
    client: AsyncClient, connection: AsyncConnection, save: Save
) -> None:
    await save(*(PostFactory.build(slug=f"n-{n}", tags=["a", "b"]) for n in range(10)))
    for _ in range(200):
        await connection.execute(text("UPDATE posts SET created_at = created_at + interval '1 s'"))

    assert await tags(client) == [("a", 10), ("b", 10)]
    # Unsummed it would be 8,000: that not one change in 4,000 sums up is no matter of luck.
    assert (await connection.scalar(text("SELECT count(*) FROM tag_counts")) or 0) < 4_000

    await connection.execute(text("TRUNCATE posts"))
    assert await tags(client) == []
