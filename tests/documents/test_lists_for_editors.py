"""What an admin app and a feed ask of a list: ETags, whole documents, documents by id."""

from typing import Any
from uuid import uuid4

import pytest
from httpx import AsyncClient
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from cms.documents.tests.statements import explain, indexes, recorded
from tests.documents.kinds import Kind, each_collection, each_kind
from tests.fixtures import Save
from tests.problems import assert_problem


@each_kind
async def test_an_editor_is_told_the_etag_with_every_document_and_a_visitor_is_not(
    client: AsyncClient, editor: AsyncClient, kind: Kind, document: str
) -> None:
    written = await editor.put(document, json=kind.changed)
    etag = written.headers["etag"]
    assert written.json()["etag"] == etag
    patched = await editor.patch(document, json={})
    assert patched.json()["etag"] == etag
    assert "etag" not in (await client.get(document)).json()
    if kind.singleton:
        return

    assert (await editor.get(f"{document}?status=all")).json()["etag"] == etag
    for query in ("?status=all", "?status=all&include=body", "?status=published&sort=title&page=1"):
        [item] = (await editor.get(kind.path + query)).json()["items"]
        assert item["etag"] == etag
    assert "etag" not in (await client.get(kind.path)).text
    created = await editor.post(kind.path, json=kind.example | {"slug": "new"})
    assert created.json()["etag"] == created.headers["etag"]
    headers = {"If-Match": item["etag"]}
    assert (await editor.put(document, json=kind.example, headers=headers)).status_code == 200


@each_collection
async def test_a_list_holds_whole_documents_where_that_is_asked_for(
    client: AsyncClient, save: Save, kind: Kind, document: str
) -> None:
    await save(*kind.batch(24))
    whole = (await client.get(document)).json()

    for query, number in (("", 20), ("&per_page=20", 20), ("&per_page=3&page=9&sort=title", 1)):
        envelope = (await client.get(f"{kind.path}?include=body{query}")).json()
        expected = min(number, envelope["per_page"])
        assert (len(envelope["items"]), envelope["total"]) == (expected, 25)
        for item in envelope["items"]:
            own = {k: item[k] for k in ("id", "slug", "created_at", "updated_at", "published_at")}
            assert item == whole | own
    for per_page in ("21", "100", "9" * 5_000):
        response = await client.get(f"{kind.path}?include=body&per_page={per_page}")
        assert assert_problem(response, 422)["errors"][0]["loc"] == ["query", "per_page"]
    for other in ("", "Body", "body,title", "drafts", "id"):
        response = await client.get(kind.path, params={"include": other})
        assert assert_problem(response, 422)["errors"][0]["loc"] == ["query", "include"]


@pytest.mark.attack("A3")
@each_collection
async def test_documents_are_found_by_their_ids_whatever_they_are_called(
    client: AsyncClient, editor: AsyncClient, save: Save, kind: Kind, document: str, draft: str
) -> None:
    await save(*kind.batch(3))
    ids = {each["slug"]: each["id"] for each in await items(editor, kind, status="all")}
    own = kind.example["slug"]
    wanted = [ids[own], ids["draft"], str(uuid4())]

    found = await items(editor, kind, id=wanted, status="all", sort="title")
    assert {each["id"] for each in found} == set(wanted[:2])
    [drafts] = await items(editor, kind, id=wanted, status="draft", include="body")
    assert (drafts["slug"], drafts["body"]) == ("draft", kind.example["body"])
    assert [each["slug"] for each in await items(client, kind, id=wanted)] == [own]
    assert await items(client, kind, id=ids["draft"]) == []
    for wrong in ("x", "", wanted[0] + "0", [str(uuid4()) for _ in range(101)]):
        response = await client.get(kind.path, params={"id": wrong})
        assert assert_problem(response, 422)["errors"][0]["loc"][:2] == ["query", "id"]


@each_collection
async def test_documents_are_found_by_their_ids_with_one_look_into_an_index(
    connection: AsyncConnection,
    engine: AsyncEngine,
    client: AsyncClient,
    save: Save,
    kind: Kind,
    document: str,
) -> None:
    await save(*kind.batch(200))
    await connection.execute(text(f"ANALYZE {kind.table}"))
    id_ = (await client.get(document)).json()["id"]

    with recorded(engine) as statements:
        assert len(await items(client, kind, id=id_)) == 1

    [statement] = statements
    assert indexes(await explain(connection, statement)) == {f"pk_{kind.table}"}


async def items(client: AsyncClient, kind: Kind, **query: Any) -> list[dict[str, Any]]:
    response = await client.get(kind.path, params=query)
    assert response.status_code == 200
    envelope = response.json()
    assert envelope["total"] == len(envelope["items"])
    return list(envelope["items"])
