from datetime import datetime

import pytest
from httpx import AsyncClient

from cms.posts.tests.conftest import CountRows, FindRow
from cms.posts.tests.factories import PostFactory
from tests.fixtures import Save

POST = "/api/v1/posts/hello"
READ_ONLY = ("id", "created_at", "updated_at")


@pytest.fixture(autouse=True)
async def post(save: Save) -> None:
    await save(PostFactory.build(slug="hello"))


async def test_every_field_is_replaced(editor: AsyncClient, client: AsyncClient) -> None:
    payload = {
        "slug": "hello",
        "title": "New",
        "excerpt": "New.",
        "body": "<h2>New</h2>",
        "author": "Nora",
        "featured_image_url": "/new.jpg",
        "tags": ["new"],
        "published": True,
    }

    response = await editor.put(POST, json=payload)

    assert response.status_code == 200
    assert {name: response.json()[name] for name in payload} == payload
    read = await client.get(POST)
    assert read.json() == response.json()
    assert read.headers["etag"] == response.headers["etag"]


async def test_what_is_left_out_goes_back_to_its_default(editor: AsyncClient) -> None:
    response = await editor.put(POST, json={"title": "Bare"})

    post = response.json()
    for name in READ_ONLY:
        del post[name]
    assert post == {
        "slug": "hello",
        "title": "Bare",
        "excerpt": None,
        "body": "",
        "author": None,
        "featured_image_url": None,
        "tags": [],
        "published": False,
    }


async def test_a_change_keeps_id_and_creation_and_moves_version_and_update(
    editor: AsyncClient, find_row: FindRow
) -> None:
    before = await find_row("hello")

    response = await editor.put(POST, json={"title": "New", "published": True})

    after = await find_row("hello")
    assert before is not None
    assert after is not None
    assert after["id"] == before["id"]
    assert after["created_at"] == before["created_at"]
    assert after["version"] == before["version"] + 1
    assert after["updated_at"] > before["updated_at"]
    assert datetime.fromisoformat(response.json()["updated_at"]) == after["updated_at"]


@pytest.mark.parametrize("given", [{}, {"slug": None}, {"slug": "hello"}], ids=str)
async def test_a_put_of_what_was_read_changes_nothing(
    client: AsyncClient, editor: AsyncClient, find_row: FindRow, given: dict[str, str | None]
) -> None:
    body = (
        '<h2>Üb &amp; er</h2><p title="a &lt; b">5 &gt; 4<br>'
        '<a href="https://example.com/?a=1&amp;b=2">x</a></p>'
        '<pre><code class="language-js">\n\n&lt;b&gt;</code></pre>'
    )
    await editor.put(POST, json={"title": "A <b> & c", "body": body, "published": True})
    read = await client.get(POST)
    before = await find_row("hello")
    payload = {k: v for k, v in read.json().items() if k not in (*READ_ONLY, "slug")}

    response = await editor.put(POST, json=payload | given)

    assert response.status_code == 200
    assert response.json() == read.json()
    assert response.headers["etag"] == read.headers["etag"]
    assert await find_row("hello") == before


async def test_another_slug_moves_the_post(
    client: AsyncClient, editor: AsyncClient, find_row: FindRow
) -> None:
    before = await find_row("hello")

    payload = {"title": "New", "slug": "moved", "published": True}
    response = await editor.put(POST, json=payload)

    assert response.status_code == 200
    assert response.json()["slug"] == "moved"
    assert (await client.get(POST)).status_code == 404
    read = await client.get("/api/v1/posts/moved")
    assert read.json() == response.json()
    assert read.headers["etag"] == response.headers["etag"]
    after = await find_row("moved")
    assert before is not None
    assert after is not None
    assert after["id"] == before["id"]
    assert after["version"] == before["version"] + 1


async def test_a_new_title_leaves_the_slug(editor: AsyncClient) -> None:
    response = await editor.put(POST, json={"title": "Something else"})

    assert response.json()["slug"] == "hello"


async def test_a_move_onto_a_taken_slug_is_409_and_changes_neither(
    editor: AsyncClient, save: Save, find_row: FindRow
) -> None:
    await save(PostFactory.build(slug="taken", published=False))
    before = [await find_row("hello"), await find_row("taken")]

    response = await editor.put(POST, json={"title": "New", "slug": "taken"})

    assert response.status_code == 409
    assert response.json()["detail"] == "This slug is taken."
    assert [await find_row("hello"), await find_row("taken")] == before


async def test_a_slug_that_a_post_moved_away_from_is_free(editor: AsyncClient) -> None:
    await editor.put(POST, json={"title": "New", "slug": "moved"})

    response = await editor.post("/api/v1/posts", json={"title": "Hello"})

    assert response.json()["slug"] == "hello"


@pytest.mark.parametrize("slug", ["missing", "Hello", "hello%00", "..", "a" * 300])
async def test_a_post_that_is_missing_is_404_and_not_made(
    editor: AsyncClient, count_rows: CountRows, slug: str
) -> None:
    response = await editor.put(f"/api/v1/posts/{slug}", json={"title": "New"})

    assert response.status_code == 404
    assert await count_rows() == 1


async def test_a_draft_is_replaced_like_any_post(editor: AsyncClient, save: Save) -> None:
    await save(PostFactory.build(slug="draft", published=False))

    response = await editor.put("/api/v1/posts/draft", json={"title": "New"})

    assert response.status_code == 200
    assert response.json()["title"] == "New"


@pytest.mark.attack("A1")
@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer garbage"}], ids=["none", "bad"])
@pytest.mark.parametrize("slug", ["hello", "missing", "UP"])
@pytest.mark.parametrize("payload", [{"title": "New"}, {}], ids=["good", "empty"])
async def test_without_a_good_token_nothing_is_replaced_and_nothing_told(
    client: AsyncClient,
    find_row: FindRow,
    slug: str,
    payload: dict[str, str],
    header: dict[str, str],
) -> None:
    before = await find_row("hello")

    response = await client.put(f"/api/v1/posts/{slug}", json=payload, headers=header)

    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"
    assert await find_row("hello") == before
