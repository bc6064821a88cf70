from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from httpx import AsyncClient
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from cms.pages.tests.factories import PageFactory
from tests.fixtures import Save

PAGES = "/api/v1/pages"
NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
async def unordered_scans(connection: AsyncConnection) -> None:
    """Keeps an index from giving by chance the order that the query should ask for."""
    await connection.execute(text("SET LOCAL enable_indexscan = off"))
    await connection.execute(text("SET LOCAL enable_bitmapscan = off"))


async def test_without_pages_the_list_is_empty(client: AsyncClient) -> None:
    response = await client.get(PAGES)

    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json; charset=utf-8"
    assert response.json() == {
        "items": [],
        "page": 1,
        "per_page": 100,
        "total": 0,
        "total_pages": 0,
    }


async def test_a_hundred_pages_come_at_once_unless_asked_otherwise(
    client: AsyncClient, save: Save
) -> None:
    await save(*PageFactory.build_batch(101))

    envelope = (await client.get(PAGES)).json()

    assert len(envelope.pop("items")) == 100
    assert envelope == {"page": 1, "per_page": 100, "total": 101, "total_pages": 2}


async def test_newer_pages_come_first(client: AsyncClient, save: Save) -> None:
    await save(
        PageFactory.build(slug="middle", created_at=NOW),
        PageFactory.build(slug="newest", created_at=NOW + timedelta(microseconds=1)),
        PageFactory.build(slug="oldest", created_at=NOW - timedelta(days=400)),
    )

    envelope = (await client.get(PAGES)).json()

    assert [item["slug"] for item in envelope["items"]] == ["newest", "middle", "oldest"]


async def test_pages_of_one_moment_are_ordered_by_id_descending(
    client: AsyncClient, save: Save, unordered_scans: None
) -> None:
    ids = [UUID(int=number) for number in (2, 9, 1, 5)]
    await save(*(PageFactory.build(id=id_, created_at=NOW) for id_ in ids))

    listed = [
        item["id"]
        for number in (1, 2)
        for item in (await client.get(f"{PAGES}?per_page=2&page={number}")).json()["items"]
    ]

    assert [UUID(id_).int for id_ in listed] == [9, 5, 2, 1]


@pytest.mark.parametrize("page", [2, 2**31 - 1])
async def test_past_the_last_page_there_are_true_totals_and_no_items(
    client: AsyncClient, save: Save, page: int
) -> None:
    await save(*PageFactory.build_batch(3))

    response = await client.get(PAGES, params={"page": page})

    assert response.status_code == 200
    envelope = {"items": [], "page": page, "per_page": 100, "total": 3, "total_pages": 1}
    assert response.json() == envelope


async def test_an_item_is_the_whole_page_but_its_body(client: AsyncClient, save: Save) -> None:
    await save(PageFactory.build(slug="about"))

    [item] = (await client.get(PAGES)).json()["items"]
    page = (await client.get(f"{PAGES}/about")).json()

    del page["body"]
    assert item == page


@pytest.mark.parametrize(
    "query",
    [
        "page=0",
        "page=-1",
        "page=1e3",
        "page=1_0",
        "page=1.0",
        "page=%201%20",
        f"page={2**31}",
        f"page={2**63}",
        f"page={10**30}",
        "page=1&page=1",
        "per_page=0",
        "per_page=101",
        "per_page=1000000000",
        "tag=news",
        "sort=title",
        "x",
    ],
)
async def test_a_bad_query_is_refused_by_name(client: AsyncClient, query: str) -> None:
    response = await client.get(f"{PAGES}?{query}")

    assert response.status_code == 422
    [error] = response.json()["errors"]
    assert error["loc"] == ["query", query.partition("=")[0]]
