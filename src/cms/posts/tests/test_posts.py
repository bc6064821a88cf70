"""What is a post's own. What posts share with every document type is tried in `tests/documents`."""

import pytest
from httpx import AsyncClient

from cms.posts.tests.factories import PostFactory
from tests.fixtures import Save
from tests.problems import assert_problem

POSTS = "/api/v1/posts"
WHOLE = {
    "slug": "kitchen",
    "title": "A quieter kitchen",
    "excerpt": "In short.",
    "body": "<p>At length.</p>",
    "author": "Marta",
    "featured_image_url": "https://example.com/kitchen.jpg",
    "tags": ["energy", "case-study"],
    "published": True,
}


async def test_a_post_has_these_fields(client: AsyncClient, editor: AsyncClient) -> None:
    await editor.post(POSTS, json=WHOLE)

    post = (await client.get(f"{POSTS}/kitchen")).json()
    assert post.keys() == {*WHOLE, "id", "created_at", "updated_at", "published_at"}
    assert post | WHOLE == post


async def test_ten_posts_make_a_page_unless_asked_otherwise(
    client: AsyncClient, save: Save
) -> None:
    await save(*PostFactory.build_batch(11))

    envelope = (await client.get(POSTS)).json()

    assert len(envelope.pop("items")) == 10
    assert envelope == {"page": 1, "per_page": 10, "total": 11, "total_pages": 2}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", "x" * 201),
        ("excerpt", "x" * 1001),
        ("body", "x" * (256 * 1024 + 1)),
        ("author", "x" * 201),
        ("featured_image_url", "mailto:a@example.com"),
    ],
)
async def test_each_field_keeps_to_its_rule(editor: AsyncClient, field: str, value: str) -> None:
    response = await editor.post(POSTS, json={"title": "Fine", field: value})

    [error] = assert_problem(response, 422, unsaid=value)["errors"]
    assert error["loc"] == ["body", field]
    if value[0] == "x":
        longest = await editor.post(POSTS, json={"title": "Fine", field: value[1:]})
        assert longest.json()[field] == value[1:]
