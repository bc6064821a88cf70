"""Since when a document is public: the database tells, whoever publishes."""

from datetime import datetime
from typing import Any

from httpx import AsyncClient
from sqlalchemy import func, insert, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.documents.conftest import Rows
from tests.documents.kinds import Kind, each_collection

pytestmark = each_collection


async def published_at(client: AsyncClient, path: str) -> datetime | None:
    value: str | None = (await client.get(f"{path}?status=all")).json()["published_at"]
    return value and datetime.fromisoformat(value)


async def test_a_document_is_published_when_it_is_created_public(
    editor: AsyncClient, kind: Kind
) -> None:
    created = (await editor.post(kind.path, json=kind.example | {"published": True})).json()

    assert created["published_at"] == created["created_at"]


async def test_a_draft_is_published_with_its_first_moment_in_public_and_stays_so(
    editor: AsyncClient, kind: Kind, draft: str
) -> None:
    assert await published_at(editor, draft) is None
    public, hidden = ({"slug": "draft", "published": value} for value in (True, False))

    first = await editor.put(draft, json=kind.example | public)
    assert first.json()["published_at"] == first.json()["updated_at"]
    for change in (hidden, public, public | {kind.title: "Other"}):
        response = await editor.put(draft, json=kind.example | change)
        assert response.json()["published_at"] == first.json()["published_at"]


async def test_it_is_told_whoever_publishes(
    connection: AsyncConnection, editor: AsyncClient, kind: Kind, draft: str, rows: Rows
) -> None:
    values: dict[str, Any] = {k: v for k, v in kind.values().items() if k != "published"}
    await connection.execute(insert(kind.table).values(values | {"published": True}))
    await connection.execute(update(kind.table).values(published=True))

    now = await connection.scalar(func.now())
    assert now is not None
    for row in await rows():
        assert row["published_at"] >= now


async def test_visitors_see_it(client: AsyncClient, kind: Kind, document: str) -> None:
    whole = (await client.get(document)).json()
    [item] = (await client.get(kind.path)).json()["items"]

    assert whole["published_at"] == item["published_at"] == whole["created_at"]
