from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from httpx import AsyncClient

from cms.posts.tests.conftest import CountRows, FindRow
from cms.posts.tests.factories import PostFactory
from tests.fixtures import Save

POSTS = "/api/v1/posts"
WHOLE = {
    "title": "A quieter kitchen",
    "slug": "kitchen",
    "excerpt": "In short.",
    "body": "<p>At length.</p>",
    "author": "Marta",
    "featured_image_url": "https://example.com/kitchen.jpg",
    "tags": ["energy", "case-study"],
    "published": True,
}


async def test_a_post_is_created_with_all_that_was_given(editor: AsyncClient) -> None:
    response = await editor.post(POSTS, json=WHOLE)

    assert response.status_code == 201
    assert response.headers["content-type"] == "application/json; charset=utf-8"
    post = response.json()
    assert UUID(post.pop("id")).version == 7
    assert post.pop("created_at") == post.pop("updated_at")
    assert post == WHOLE


async def test_only_a_title_is_needed(editor: AsyncClient) -> None:
    response = await editor.post(POSTS, json={"title": "Short"})

    assert response.status_code == 201
    post = response.json()
    for name in ("id", "created_at", "updated_at"):
        del post[name]
    assert post == {
        "slug": "short",
        "title": "Short",
        "excerpt": None,
        "body": "",
        "author": None,
        "featured_image_url": None,
        "tags": [],
        "published": False,
    }


async def test_the_answer_says_where_the_post_is_and_which_version_it_has(
    client: AsyncClient, editor: AsyncClient
) -> None:
    created = await editor.post(POSTS, json=WHOLE)

    assert created.headers["location"] == "/api/v1/posts/kitchen"
    read = await client.get(created.headers["location"])
    assert read.json() == created.json()
    assert read.headers["etag"] == created.headers["etag"]


@pytest.mark.attack("D5")
async def test_a_forged_host_is_not_in_the_location(editor: AsyncClient) -> None:
    headers = {"Host": "evil.example", "X-Forwarded-Host": "evil.example"}

    response = await editor.post(POSTS, json=WHOLE, headers=headers)

    assert response.headers["location"] == "/api/v1/posts/kitchen"


async def test_the_answer_to_a_write_is_kept_by_no_cache(editor: AsyncClient) -> None:
    response = await editor.post(POSTS, json=WHOLE)

    assert response.headers["cache-control"] == "no-store"


async def test_a_new_post_is_stamped_with_the_time_and_starts_at_version_one(
    editor: AsyncClient, find_row: FindRow
) -> None:
    await editor.post(POSTS, json=WHOLE)

    row = await find_row("kitchen")
    assert row is not None
    assert abs(row["created_at"] - datetime.now(UTC)) < timedelta(minutes=1)
    assert row["version"] == 1


async def test_an_admin_creates_posts_too(admin: AsyncClient) -> None:
    assert (await admin.post(POSTS, json=WHOLE)).status_code == 201


@pytest.mark.attack("A1")
@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer garbage"}], ids=["none", "bad"])
@pytest.mark.parametrize(
    "payload",
    [WHOLE, {"title": "Draft", "slug": "draft"}, {"title": ""}, {}],
    ids=["good", "slug of a draft", "bad", "empty"],
)
async def test_without_a_good_token_nothing_is_created_and_nothing_told(
    client: AsyncClient,
    save: Save,
    count_rows: CountRows,
    header: dict[str, str],
    payload: dict[str, object],
) -> None:
    await save(PostFactory.build(slug="draft", published=False))

    response = await client.post(POSTS, json=payload, headers=header)

    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"
    assert response.headers["cache-control"] == "no-store"
    assert await count_rows() == 1


@pytest.mark.attack("A1")
@pytest.mark.parametrize(
    "path",
    [
        "posts/",
        "/posts",
        "Posts",
        "posts%2f",
        "posts//",
        "./posts/",
        "posts;x",
        "posts%00",
        "posts.",
    ],
)
async def test_no_other_spelling_of_the_path_gets_through(
    client: AsyncClient, count_rows: CountRows, path: str
) -> None:
    response = await client.post(f"/api/v1/{path}", json=WHOLE)

    assert response.status_code in {401, 404, 405}
    assert await count_rows() == 0


@pytest.mark.parametrize("published", [True, False])
async def test_a_given_slug_that_is_taken_is_409(
    editor: AsyncClient, save: Save, count_rows: CountRows, published: bool
) -> None:
    await save(PostFactory.build(slug="kitchen", published=published))

    response = await editor.post(POSTS, json=WHOLE)

    assert response.status_code == 409
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["detail"] == "This slug is taken."
    assert await count_rows() == 1


async def test_a_taken_slug_leaves_the_post_behind_it_as_it_was(
    editor: AsyncClient, save: Save, find_row: FindRow
) -> None:
    await save(PostFactory.build(slug="kitchen"))
    before = await find_row("kitchen")

    await editor.post(POSTS, json=WHOLE)

    assert await find_row("kitchen") == before


async def test_the_slug_of_a_deleted_post_is_free_again(editor: AsyncClient) -> None:
    first = await editor.post(POSTS, json=WHOLE)
    await editor.delete(f"{POSTS}/kitchen")

    second = await editor.post(POSTS, json=WHOLE)

    assert second.status_code == 201
    assert second.json()["id"] != first.json()["id"]


@pytest.mark.parametrize("given", [{}, {"slug": None}], ids=["left out", "null"])
@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Über uns", "uber-uns"),
        ("Hello, World!", "hello-world"),
        ("  C++ & Rust  ", "c-rust"),
        ("Łódź Ångström", "lodz-angstrom"),
        ("北京", "bei-jing"),
        ("🎉", "untitled"),
        ("!?", "untitled"),
    ],
)
async def test_a_slug_is_made_from_the_title(
    editor: AsyncClient, title: str, slug: str, given: dict[str, None]
) -> None:
    response = await editor.post(POSTS, json={"title": title, **given})

    assert response.status_code == 201
    assert response.json()["slug"] == slug
    assert response.headers["location"] == f"/api/v1/posts/{slug}"


@pytest.mark.parametrize("title", ["Über uns", "🎉", pytest.param("x" * 200, id="200 letters")])
async def test_a_made_slug_that_is_taken_is_numbered(editor: AsyncClient, title: str) -> None:
    made = [(await editor.post(POSTS, json={"title": title})).json()["slug"] for _ in range(3)]

    stem = made[0][:198]
    assert made[1:] == [f"{stem}-2", f"{stem}-3"]


async def test_a_draft_takes_its_slug_too(editor: AsyncClient, save: Save) -> None:
    await save(PostFactory.build(slug="news", published=False))

    response = await editor.post(POSTS, json={"title": "News"})

    assert response.json()["slug"] == "news-2"
