from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from httpx import AsyncClient, Response
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from cms.edge.tests.test_requestlog import log  # noqa: F401 - a fixture
from cms.identity.tests.conftest import arena  # noqa: F401 - a fixture
from cms.posts.model import Post
from cms.posts.tests.factories import PostFactory
from tests.fixtures import Save

PREVIEWS = "/api/v1/previews"

type Sql = Callable[..., Awaitable[list[Any]]]


@pytest.fixture
async def draft(save: Save) -> Post:
    """A post that nobody may see without a token."""
    post = PostFactory.build(slug="draft", title="Not yet", published=False)
    await save(post)
    return post


@pytest.fixture
def sql(connection: AsyncConnection) -> Sql:
    """Runs SQL behind the application's back: to look, or to move time."""

    async def run(statement: str, **values: Any) -> list[Any]:
        result = await connection.execute(text(statement), values)
        return list(result.all()) if result.returns_rows else []

    return run


async def make(client: AsyncClient, post: Post, **values: Any) -> dict[str, Any]:
    response = await client.post(PREVIEWS, json={"type": "posts", "id": str(post.id)} | values)
    assert response.status_code == 201, response.text
    made: dict[str, Any] = response.json()
    return made


async def follow(client: AsyncClient, token: str) -> Response:
    return await client.get(f"/api/v1/preview/{token}")


async def live(client: AsyncClient, **query: Any) -> list[dict[str, Any]]:
    response = await client.get(PREVIEWS, params=query)
    assert response.status_code == 200, response.text
    items: list[dict[str, Any]] = response.json()["items"]
    return items
