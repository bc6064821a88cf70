"""The orders of a list, and what they cost."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from httpx import AsyncClient
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from cms.documents import Sort
from cms.documents.tests.statements import explain, indexes, recorded
from tests.documents.kinds import Kind, each_collection
from tests.fixtures import Save

pytestmark = each_collection

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
TITLES = ["banana", "Apple", "Über", "Éclair", "Zebra", "apple", "uber"]


@pytest.fixture
async def documents(save: Save, kind: Kind) -> list[dict[str, Any]]:
    """Seven, each order another; two and two share a value of each, and two were never public."""
    values = [
        {
            "slug": f"n-{number}",
            "title": title,
            "created_at": NOW + timedelta(days=number // 2),
            "updated_at": NOW - timedelta(days=number // 2),
            "published_at": NOW + timedelta(days=number % 3) if number < 5 else None,
            "published": number < 4,
        }
        for number, title in enumerate(TITLES)
    ]
    built = [kind.build(**each) for each in values]
    await save(*built)
    return [each | {"id": str(one.id)} for each, one in zip(values, built, strict=True)]


def expected(documents: list[dict[str, Any]], sort: Sort) -> list[str]:
    name = sort.lstrip("-")

    def key(each: dict[str, Any]) -> tuple[Any, str]:
        value = each[name]
        if name == "title":
            value = value.lower().translate(str.maketrans("üé", "ue"))
        return value or datetime.min.replace(tzinfo=UTC), each["id"]

    ordered = sorted(documents, key=key, reverse=sort.startswith("-"))
    return [each["slug"] for each in ordered]


async def test_a_list_is_in_the_order_that_was_asked_for(
    client: AsyncClient, editor: AsyncClient, kind: Kind, documents: list[dict[str, Any]]
) -> None:
    public = [each["slug"] for each in documents if each["published"]]
    for sort in Sort:
        everything = expected(documents, sort)
        for reader, status, slugs in (
            (client, "", [slug for slug in everything if slug in public]),
            (editor, "&status=all", everything),
            (editor, "&status=draft", [slug for slug in everything if slug not in public]),
        ):
            pages = [
                (await reader.get(f"{kind.path}?sort={sort}&per_page=2&page={page}{status}")).json()
                for page in range(1, -(-len(slugs) // 2) + 1)
            ]
            assert [item["slug"] for page in pages for item in page["items"]] == slugs, sort
            assert {page["total"] for page in pages} == {len(slugs)}


async def test_newest_first_is_the_order_of_a_list_that_asks_for_none(
    client: AsyncClient, kind: Kind, documents: list[dict[str, Any]]
) -> None:
    plain = await client.get(kind.path)

    assert plain.json() == (await client.get(f"{kind.path}?sort=-created_at")).json()


@pytest.mark.parametrize("sort", ["", "id", "--title", "+title", "-slug", "Title", "title,id"])
async def test_there_are_no_other_orders(client: AsyncClient, kind: Kind, sort: str) -> None:
    response = await client.get(kind.path, params={"sort": sort})

    assert response.status_code == 422
    assert [error["loc"] for error in response.json()["errors"]] == [["query", "sort"]]


async def test_every_order_is_read_from_an_index_however_many_documents_there_are(
    connection: AsyncConnection,
    engine: AsyncEngine,
    client: AsyncClient,
    editor: AsyncClient,
    kind: Kind,
    document: str,
) -> None:
    own = ", ".join(name for name in kind.columns if name not in ("slug", "title", "published"))
    await connection.execute(text("SET LOCAL session_replication_role = replica"))  # no triggers
    await connection.execute(
        text(f"""
            INSERT INTO {kind.table}
                (slug, title, published, published_at, created_at, updated_at, {own})
            SELECT 'copy-' || n, md5(n::text), n % 10 = 0, CASE n % 10 WHEN 0 THEN at END, at, at, {own}
            FROM {kind.table}, generate_series(1, 20000) AS n,
                 LATERAL (SELECT timestamptz '2026-01-01Z' + n * interval '1 min') AS of(at)
        """)
    )
    await connection.execute(text(f"ANALYZE {kind.table}"))

    for sort in Sort:
        name = sort.lstrip("-")
        suffix = "" if name == "created_at" else f"_{name}"
        for reader, status, index in (
            (client, "", f"ix_{kind.table}_published{suffix}"),
            (editor, "&status=all", f"ix_{kind.table}_{name}_id"),
        ):
            for page in (1, 3):
                with recorded(engine) as statements:
                    path = f"{kind.path}?sort={sort}&page={page}{status}"
                    assert (await reader.get(path)).is_success
                plan = await explain(connection, statements[-1])
                limited = next(node for node in plan if node["Node Type"] == "Limit")
                assert "Sort" not in str([p["Node Type"] for p in limited["Plans"]]), sort
                assert index in indexes(plan), sort
