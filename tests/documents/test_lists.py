from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from httpx import AsyncClient
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.documents.kinds import Kind, each_collection
from tests.fixtures import Save

pytestmark = each_collection

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
async def unordered_scans(connection: AsyncConnection) -> None:
    """Keeps an index from giving by chance the order that the query should ask for."""
    await connection.execute(text("SET LOCAL enable_indexscan = off"))
    await connection.execute(text("SET LOCAL enable_bitmapscan = off"))


async def test_without_documents_the_list_is_empty_and_has_no_pages(
    client: AsyncClient, kind: Kind
) -> None:
    response = await client.get(kind.path)

    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json; charset=utf-8"
    envelope = response.json()
    assert envelope.pop("per_page") > 0
    assert envelope == {"items": [], "page": 1, "total": 0, "total_pages": 0}


async def test_a_page_has_as_many_items_as_were_asked_for(
    client: AsyncClient, save: Save, kind: Kind
) -> None:
    await save(*kind.batch(5))

    for per_page, found, pages in ((1, 1, 5), (2, 2, 3), (4, 4, 2), (5, 5, 1), (100, 5, 1)):
        envelope = (await client.get(f"{kind.path}?per_page={per_page}")).json()

        assert len(envelope.pop("items")) == found
        assert envelope == {"page": 1, "per_page": per_page, "total": 5, "total_pages": pages}


async def test_newer_documents_come_first_and_an_edit_moves_none_up(
    client: AsyncClient, editor: AsyncClient, save: Save, kind: Kind
) -> None:
    await save(
        kind.build(slug="middle", created_at=NOW),
        kind.build(slug="newest", created_at=NOW + timedelta(microseconds=1)),
        kind.build(slug="oldest", created_at=NOW - timedelta(days=400)),
    )

    await editor.put(f"{kind.path}/oldest", json=kind.changed | {"slug": "oldest"})

    items = (await client.get(kind.path)).json()["items"]
    assert [item["slug"] for item in items] == ["newest", "middle", "oldest"]


async def test_pages_together_hold_all_of_one_moment_once_and_by_id_descending(
    client: AsyncClient, save: Save, kind: Kind, unordered_scans: None
) -> None:
    for number in (4, 2, 7, 1, 5, 3, 6):
        await save(kind.build(slug=f"n-{number}", id=UUID(int=number), created_at=NOW))

    pages = [
        (await client.get(f"{kind.path}?page={page}&per_page=3")).json()["items"]
        for page in (1, 2, 3)
    ]

    numbers = [[UUID(item["id"]).int for item in page] for page in pages]
    assert numbers == [[7, 6, 5], [4, 3, 2], [1]]


@pytest.mark.attack("I6")
async def test_past_the_last_page_there_are_true_totals_and_no_items(
    client: AsyncClient, save: Save, kind: Kind
) -> None:
    await save(*kind.batch(3))

    for page in (2, 1000, 2**31 - 1):
        response = await client.get(f"{kind.path}?page={page}&per_page=100")

        assert response.status_code == 200
        envelope = {"items": [], "page": page, "per_page": 100, "total": 3, "total_pages": 1}
        assert response.json() == envelope


async def test_an_item_is_the_whole_document_but_its_rich_text(
    client: AsyncClient, kind: Kind, document: str
) -> None:
    [item] = (await client.get(kind.path)).json()["items"]
    whole = (await client.get(document)).json()

    assert item == {name: value for name, value in whole.items() if name not in kind.rich}
