"""Links to documents that are not public yet."""

import pytest
from httpx import AsyncClient, Response
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.documents.kinds import Kind, each_collection, each_kind
from tests.problems import assert_problem

PREVIEWS = "/api/v1/previews"


async def token_of(editor: AsyncClient, kind: Kind, connection: AsyncConnection) -> str:
    """Of a link to the newest document of the kind."""
    newest = f"SELECT id FROM {kind.table} ORDER BY created_at DESC LIMIT 1"
    id_ = str(await connection.scalar(text(newest)))
    response = await editor.post(PREVIEWS, json={"type": kind.name, "id": id_})
    assert response.status_code == 201, response.text
    return str(response.json()["token"])


async def follow(client: AsyncClient, token: str) -> Response:
    return await client.get(f"/api/v1/preview/{token}")


@each_collection
async def test_a_link_shows_a_draft_as_editors_see_it(
    client: AsyncClient, editor: AsyncClient, kind: Kind, draft: str, connection: AsyncConnection
) -> None:
    seen = (await editor.get(f"{draft}?status=all")).json()
    del seen["etag"]  # it is for editors

    shown = await follow(client, await token_of(editor, kind, connection))

    assert shown.status_code == 200
    answer = shown.json()
    assert answer.keys() == {"type", "document", "path", "expires_at"}
    assert (answer["type"], answer["document"]) == (kind.name, seen)
    assert answer["path"].endswith("/draft")
    assert_problem(await client.get(draft), 404)


@each_kind
async def test_a_link_shows_what_is_public_already(
    client: AsyncClient, editor: AsyncClient, kind: Kind, document: str, connection: AsyncConnection
) -> None:
    answer = (await follow(client, await token_of(editor, kind, connection))).json()

    assert answer["document"] == (await client.get(document)).json()
    assert (answer["path"] is None) == kind.singleton


@each_kind
async def test_a_link_shows_what_publishing_the_working_copy_would(
    client: AsyncClient, editor: AsyncClient, kind: Kind, document: str, connection: AsyncConnection
) -> None:
    token = await token_of(editor, kind, connection)
    before = (await client.get(document)).json()
    id_ = await connection.scalar(text(f"SELECT id FROM {kind.table}"))
    copy = f"/api/v1/working-copies/{kind.name}/{id_}"
    slugless = {name: value for name, value in kind.changed.items() if name != "slug"}
    started = await editor.put(copy, json={"content": slugless}, headers={"If-None-Match": "*"})
    assert started.status_code == 201, started.text
    shown = (await follow(client, token)).json()
    assert shown["document"].items() >= kind.changed.items()

    content = kind.changed if kind.singleton else kind.changed | {"slug": "elsewhere"}
    etag = {"If-Match": started.headers["ETag"]}
    saved = await editor.put(copy, json={"content": content}, headers=etag)
    shown = (await follow(client, token)).json()

    assert (await client.get(document)).json() == before
    assert shown["document"].items() >= content.items()
    assert shown["path"] is None or shown["path"].endswith("/elsewhere")
    headers = {"If-Match": saved.headers["ETag"]}
    assert (await editor.post(f"{copy}/publish", headers=headers)).status_code == 200
    published = (await follow(client, token)).json()
    del published["document"]["updated_at"], shown["document"]["updated_at"]
    assert published == shown


@each_collection
@pytest.mark.parametrize("way", ["the API", "SQL"])
async def test_a_link_ends_for_good_with_its_document(
    client: AsyncClient,
    editor: AsyncClient,
    kind: Kind,
    draft: str,
    connection: AsyncConnection,
    way: str,
) -> None:
    token = await token_of(editor, kind, connection)

    if way == "SQL":  # with the search path of a restore
        await connection.execute(text("SET LOCAL search_path = ''"))
        await connection.execute(text(f"DELETE FROM public.{kind.table}"))
        await connection.execute(text("SET LOCAL search_path = public"))
    else:
        await editor.delete(draft)
        [deletion] = (await editor.get("/api/v1/history?action=deleted")).json()["items"]
        restored = await editor.post(f"/api/v1/history/{deletion['id']}/restore")
        assert restored.status_code == 201

    assert_problem(await follow(client, token), 404)
    assert (await editor.get(PREVIEWS)).json()["total"] == 0
