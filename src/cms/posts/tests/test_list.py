from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from httpx import AsyncClient
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from cms.posts.tests.factories import PostFactory
from tests.fixtures import Save

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
async def unordered_scans(connection: AsyncConnection) -> None:
    """Keeps an index from giving by chance the order that the query should ask for."""
    await connection.execute(text("SET LOCAL enable_indexscan = off"))
    await connection.execute(text("SET LOCAL enable_bitmapscan = off"))


def slugs(response_json: dict[str, list[dict[str, str]]]) -> list[str]:
    return [item["slug"] for item in response_json["items"]]


async def test_without_posts_the_list_is_empty_and_has_no_pages(client: AsyncClient) -> None:
    response = await client.get("/api/v1/posts")

    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json; charset=utf-8"
    assert response.json() == {
        "items": [],
        "page": 1,
        "per_page": 10,
        "total": 0,
        "total_pages": 0,
    }


async def test_ten_posts_make_a_page_unless_asked_otherwise(
    client: AsyncClient, save: Save
) -> None:
    await save(*PostFactory.build_batch(11))

    envelope = (await client.get("/api/v1/posts")).json()

    assert len(envelope.pop("items")) == 10
    assert envelope == {"page": 1, "per_page": 10, "total": 11, "total_pages": 2}


@pytest.mark.parametrize(
    ("total", "per_page", "total_pages"), [(1, 1, 1), (3, 2, 2), (4, 2, 2), (5, 2, 3), (2, 100, 1)]
)
async def test_the_last_page_may_be_a_short_one(
    client: AsyncClient, save: Save, total: int, per_page: int, total_pages: int
) -> None:
    await save(*PostFactory.build_batch(total))

    envelope = (await client.get("/api/v1/posts", params={"per_page": per_page})).json()

    assert envelope["total"] == total
    assert envelope["total_pages"] == total_pages


async def test_newer_posts_come_first(client: AsyncClient, save: Save) -> None:
    await save(
        PostFactory.build(slug="middle", created_at=NOW),
        PostFactory.build(slug="newest", created_at=NOW + timedelta(microseconds=1)),
        PostFactory.build(slug="oldest", created_at=NOW - timedelta(days=400)),
    )

    envelope = (await client.get("/api/v1/posts")).json()

    assert slugs(envelope) == ["newest", "middle", "oldest"]


async def test_an_edit_does_not_move_a_post_up(
    client: AsyncClient, editor: AsyncClient, save: Save
) -> None:
    await save(PostFactory.build(slug="old", created_at=NOW - timedelta(days=1)))
    await save(PostFactory.build(slug="new", created_at=NOW))

    await editor.put("/api/v1/posts/old", json={"title": "Fresh", "published": True})

    assert slugs((await client.get("/api/v1/posts")).json()) == ["new", "old"]


async def test_posts_of_one_moment_are_ordered_by_id_descending(
    client: AsyncClient, save: Save, unordered_scans: None
) -> None:
    ids = [UUID(int=number) for number in (2, 9, 1, 5)]
    await save(*(PostFactory.build(id=id_, created_at=NOW) for id_ in ids))

    envelope = (await client.get("/api/v1/posts")).json()

    assert [UUID(item["id"]).int for item in envelope["items"]] == [9, 5, 2, 1]


async def test_pages_together_hold_every_post_once_and_in_order(
    client: AsyncClient, save: Save, unordered_scans: None
) -> None:
    ids = [UUID(int=number) for number in range(1, 8)]
    await save(*(PostFactory.build(id=id_, created_at=NOW) for id_ in ids))

    pages = [
        (await client.get("/api/v1/posts", params={"page": page, "per_page": 3})).json()
        for page in (1, 2, 3)
    ]

    assert [len(page["items"]) for page in pages] == [3, 3, 1]
    assert [page["page"] for page in pages] == [1, 2, 3]
    listed = [UUID(item["id"]).int for page in pages for item in page["items"]]
    assert listed == [7, 6, 5, 4, 3, 2, 1]


@pytest.mark.attack("I6")
@pytest.mark.parametrize("page", [2, 1000, 2**31 - 1])
async def test_past_the_last_page_there_are_true_totals_and_no_items(
    client: AsyncClient, save: Save, page: int
) -> None:
    await save(*PostFactory.build_batch(3))

    response = await client.get("/api/v1/posts", params={"page": page, "per_page": 100})

    assert response.status_code == 200
    assert response.json() == {
        "items": [],
        "page": page,
        "per_page": 100,
        "total": 3,
        "total_pages": 1,
    }


async def test_an_item_is_the_whole_post_but_its_body(client: AsyncClient, save: Save) -> None:
    await save(PostFactory.build(slug="hello"))

    [item] = (await client.get("/api/v1/posts")).json()["items"]
    post = (await client.get("/api/v1/posts/hello")).json()

    del post["body"]
    assert item == post


@pytest.mark.parametrize("per_page", ["1", "100"])
async def test_a_page_holds_one_to_a_hundred_posts(client: AsyncClient, per_page: str) -> None:
    response = await client.get("/api/v1/posts", params={"per_page": per_page})

    assert response.status_code == 200
    assert response.json()["per_page"] == int(per_page)


BAD_NUMBERS = [
    "0",
    "-1",
    "+1",
    "1e3",
    "1_0",
    "1.0",
    "1.5",
    " 1 ",
    "1 ",
    "١",
    "²",
    "0x1",
    "",
    "x",
    "true",
    "NaN",
    "Infinity",
    "1\0",
    "1,2",
    str(2**31),
    str(2**63),
    str(10**30),
    pytest.param("9" * 5000, id="5000 digits"),
]


@pytest.mark.attack("I5")
@pytest.mark.parametrize("page", BAD_NUMBERS)
async def test_a_page_that_is_no_positive_number_is_refused(client: AsyncClient, page: str) -> None:
    response = await client.get("/api/v1/posts", params={"page": page})

    assert response.status_code == 422
    assert [error["loc"] for error in response.json()["errors"]] == [["query", "page"]]


@pytest.mark.attack("I7")
@pytest.mark.parametrize("per_page", [*BAD_NUMBERS, "101", "1000000000"])
async def test_a_page_size_out_of_range_is_refused(client: AsyncClient, per_page: str) -> None:
    response = await client.get("/api/v1/posts", params={"per_page": per_page})

    assert response.status_code == 422
    assert [error["loc"] for error in response.json()["errors"]] == [["query", "per_page"]]


@pytest.mark.attack("A5")
@pytest.mark.parametrize(
    "query",
    [
        "page=1&page=1",
        "page=1&page=2",
        "per_page=5&per_page=10",
        "status=published&status=published",
    ],
)
async def test_a_parameter_that_is_given_twice_is_refused(client: AsyncClient, query: str) -> None:
    response = await client.get(f"/api/v1/posts?{query}")

    assert response.status_code == 422
    assert response.json()["errors"][0]["loc"] == ["query", query.partition("=")[0]]


@pytest.mark.attack("A5")
@pytest.mark.parametrize(
    "query",
    [
        "x=1",
        "sort=title",
        "order=asc",
        "q=hello",
        "published=false",
        "filter[published]=false",
        "include=drafts",
        "Page=1",
        "page[]=1",
        "tags=news",
        "limit=5",
        "offset=0",
        "_method=DELETE",
        "token=x",
    ],
)
async def test_an_unknown_query_parameter_is_refused(client: AsyncClient, query: str) -> None:
    response = await client.get(f"/api/v1/posts?{query}")

    assert response.status_code == 422
    assert response.json()["errors"][0]["loc"] == ["query", query.partition("=")[0]]


@pytest.mark.attack("A7")
async def test_head_has_the_headers_of_get_and_no_body(client: AsyncClient, save: Save) -> None:
    await save(*PostFactory.build_batch(3))
    same_id = {"X-Request-ID": "one"}

    got = await client.get("/api/v1/posts?per_page=2", headers=same_id)
    head = await client.head("/api/v1/posts?per_page=2", headers=same_id)

    assert head.status_code == 200
    assert head.headers == got.headers
    assert head.content == b""
