import pytest
from httpx import AsyncClient

from cms.posts.tests.conftest import CountRows, FindRow
from cms.posts.tests.factories import PostFactory
from tests.fixtures import Save

POSTS = "/api/v1/posts"
DANGEROUS = (
    "<h2 onclick=x>Hello</h2><script>alert(1)</script>"
    '<p><a href="javascript:x">a</a><img src=/x.jpg onerror=x></p>'
)
SAFE = '<h2>Hello</h2><p><a rel="noopener noreferrer">a</a><img src="/x.jpg"></p>'


async def test_html_is_cleaned_when_a_post_is_created(
    editor: AsyncClient, find_row: FindRow
) -> None:
    response = await editor.post(POSTS, json={"title": "Hello", "body": DANGEROUS})

    assert response.status_code == 201
    assert response.json()["body"] == SAFE
    row = await find_row("hello")
    assert row is not None
    assert row["body"] == SAFE


async def test_html_is_cleaned_when_a_post_is_replaced(
    editor: AsyncClient, save: Save, find_row: FindRow
) -> None:
    await save(PostFactory.build(slug="hello"))

    response = await editor.put(f"{POSTS}/hello", json={"title": "Hello", "body": DANGEROUS})

    assert response.status_code == 200
    assert response.json()["body"] == SAFE
    row = await find_row("hello")
    assert row is not None
    assert row["body"] == SAFE


@pytest.mark.parametrize(
    "body",
    [
        "x" * (256 * 1024 + 1),
        "é" * (128 * 1024 + 1),
        "<p>x</p>" * 5001,
        "<b>" * 20_000,
        "&" * 100_000,
    ],
    ids=["bytes", "bytes of two-byte letters", "tags", "nested tags", "bytes when escaped"],
)
@pytest.mark.parametrize("method", ["POST", "PUT"])
async def test_html_beyond_its_limits_is_refused_by_name(
    editor: AsyncClient, save: Save, count_rows: CountRows, method: str, body: str
) -> None:
    await save(PostFactory.build(slug="hello"))
    path = POSTS if method == "POST" else f"{POSTS}/hello"

    response = await editor.request(method, path, json={"title": "Hello", "body": body})

    assert response.status_code == 422
    [error] = response.json()["errors"]
    assert error["loc"] == ["body", "body"]
    assert body[:8] not in response.text
    assert await count_rows() == 1
