from datetime import datetime, timedelta
from uuid import UUID

import pytest
from httpx import AsyncClient

from cms.posts.tests.factories import PostFactory
from tests.fixtures import Save

MISSING = "/api/v1/posts/missing"


async def test_a_published_post_is_read_whole_and_with_nothing_besides(
    client: AsyncClient, save: Save
) -> None:
    await save(PostFactory.build(slug="hello", title="Hello", tags=["b", "a"]))

    response = await client.get("/api/v1/posts/hello")

    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json; charset=utf-8"
    post = response.json()
    assert UUID(post.pop("id")).version == 7
    assert post.pop("created_at") == post.pop("updated_at")
    assert post == {
        "slug": "hello",
        "title": "Hello",
        "excerpt": "In short.",
        "body": "<p>At length.</p>",
        "author": "Ada Example",
        "featured_image_url": "/images/post.jpg",
        "tags": ["b", "a"],
        "published": True,
    }


async def test_what_a_post_lacks_is_null(client: AsyncClient, save: Save) -> None:
    await save(PostFactory.build(slug="bare", excerpt=None, author=None, featured_image_url=None))

    post = (await client.get("/api/v1/posts/bare")).json()

    assert post["excerpt"] is post["author"] is post["featured_image_url"] is None


async def test_times_are_in_utc(client: AsyncClient, save: Save) -> None:
    await save(PostFactory.build(slug="hello"))

    post = (await client.get("/api/v1/posts/hello")).json()

    for name in ("created_at", "updated_at"):
        assert post[name].endswith("Z")
        assert datetime.fromisoformat(post[name]).utcoffset() == timedelta(0)


async def test_a_missing_post_is_a_problem_of_status_404(client: AsyncClient) -> None:
    response = await client.get(MISSING)

    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json() == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": "There is nothing here.",
    }


@pytest.mark.attack("I17")
@pytest.mark.parametrize(
    "slug",
    [
        "%2e%2e",
        "%2e",
        "a%2fb",
        "a/b",
        "%00",
        "a%00",
        "a%5cb",
        "%0d%0a",
        "hello%0a",
        "Hello",
        "a--b",
        "-a",
        "a_b",
        "%ff",
        "%ed%a0%80",
        "%20hello",
        pytest.param("a" * 300, id="300 letters"),
        "caf%c3%a9",
        "hello/",
    ],
)
async def test_a_slug_that_cannot_be_is_just_as_missing(
    client: AsyncClient, save: Save, slug: str
) -> None:
    await save(PostFactory.build(slug="hello"))

    response = await client.get(f"/api/v1/posts/{slug}")

    assert response.status_code == 404
    assert response.content == (await client.get(MISSING)).content


@pytest.mark.parametrize("query", ["x=1", "page=1", "tag=news", "sort=-id", "include=body", "x"])
async def test_an_unknown_query_parameter_is_refused(
    client: AsyncClient, save: Save, query: str
) -> None:
    await save(PostFactory.build(slug="hello"))

    response = await client.get(f"/api/v1/posts/hello?{query}")

    assert response.status_code == 422
    assert response.json()["errors"][0]["loc"] == ["query", query.partition("=")[0]]


@pytest.mark.attack("A7")
async def test_head_has_the_headers_of_get_and_no_body(client: AsyncClient, save: Save) -> None:
    await save(PostFactory.build(slug="hello"))
    same_id = {"X-Request-ID": "one"}

    got = await client.get("/api/v1/posts/hello", headers=same_id)
    head = await client.head("/api/v1/posts/hello", headers=same_id)

    assert head.status_code == 200
    assert head.headers == got.headers
    assert head.content == b""


async def test_head_of_a_missing_post_is_404_without_a_body(client: AsyncClient) -> None:
    response = await client.head(MISSING)

    assert response.status_code == 404
    assert response.content == b""


@pytest.mark.parametrize("header", ["Bearer garbage", "Bearer", "Basic Zm9vOmJhcg==", "x"])
async def test_a_bad_token_changes_nothing_about_a_public_read(
    client: AsyncClient, save: Save, header: str
) -> None:
    await save(PostFactory.build(slug="hello"))
    credentials = {"Authorization": header, "X-Request-ID": "one"}

    with_token = await client.get("/api/v1/posts/hello", headers=credentials)
    without = await client.get("/api/v1/posts/hello", headers={"X-Request-ID": "one"})

    assert with_token.status_code == 200
    assert (with_token.headers, with_token.content) == (without.headers, without.content)


async def test_a_good_token_changes_nothing_about_a_public_read(
    client: AsyncClient, editor: AsyncClient, save: Save
) -> None:
    await save(PostFactory.build(slug="hello"))

    as_editor = await editor.get("/api/v1/posts/hello", headers={"X-Request-ID": "one"})
    as_visitor = await client.get("/api/v1/posts/hello", headers={"X-Request-ID": "one"})

    assert (as_editor.headers, as_editor.content) == (as_visitor.headers, as_visitor.content)


@pytest.mark.attack("A14")
@pytest.mark.parametrize(
    "headers",
    [
        {"X-HTTP-Method-Override": "DELETE"},
        {"X-HTTP-Method": "PUT"},
        {"X-Forwarded-Host": "evil.example"},
        {"X-Original-URL": "/api/v1/users"},
        {"Accept": "text/html"},
        {"Accept-Language": "sv"},
    ],
    ids=lambda headers: next(iter(headers)),
)
async def test_headers_that_no_cache_keys_on_change_nothing(
    client: AsyncClient, save: Save, headers: dict[str, str]
) -> None:
    await save(PostFactory.build(slug="hello"))

    plain = await client.get("/api/v1/posts/hello", headers={"X-Request-ID": "one"})
    odd = await client.get("/api/v1/posts/hello", headers={"X-Request-ID": "one", **headers})

    assert odd.status_code == 200
    assert (odd.headers, odd.content) == (plain.headers, plain.content)
