from httpx import AsyncClient

from cms.posts.tests.factories import PostFactory
from tests.fixtures import Save


async def test_a_published_post_is_read_whole(client: AsyncClient, save: Save) -> None:
    await save(PostFactory.build(slug="hello", title="Hello"))

    response = await client.get("/api/v1/posts/hello")

    assert response.status_code == 200
    assert response.json()["title"] == "Hello"
    assert response.json()["body"] == "<p>At length.</p>"
