"""ETags, and what they are good for."""

import re

from httpx import AsyncClient
from sqlalchemy import text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.documents.kinds import (
    KINDS,
    SAME_ID,
    Kind,
    each_collection,
    each_kind,
    each_read,
    everything,
)
from tests.fixtures import Save
from tests.problems import assert_problem


async def etag(client: AsyncClient, path: str) -> str:
    response = await client.get(path)
    assert response.status_code == 200
    return response.headers["etag"]


@each_read
async def test_an_answer_may_be_kept_and_must_be_asked_about(
    client: AsyncClient, kind: Kind, document: str, path: str
) -> None:
    response = await client.get(path)

    assert re.fullmatch(r'"[0-9a-f]+"', response.headers["etag"])
    assert response.headers["cache-control"] == "public, max-age=0, must-revalidate"
    assert response.headers["vary"] == "Origin"
    assert await etag(client, path) == response.headers["etag"]


@each_read
async def test_a_copy_that_is_current_is_confirmed_with_304(
    client: AsyncClient, kind: Kind, document: str, path: str
) -> None:
    fresh = await client.get(path)
    current = fresh.headers["etag"]
    for lines in (
        [current],
        [f"W/{current}"],
        ["*"],
        [f'"a",W/"b",{current} , "c"'],
        [f'"a,b", {current}'],
        ['"other"', current],
    ):
        for method in ("GET", "HEAD"):
            headers = [("If-None-Match", line) for line in lines]
            response = await client.request(method, path, headers=headers)

            assert (response.status_code, response.content) == (304, b"")
            assert "content-type" not in response.headers
            for name in ("etag", "cache-control", "vary"):
                assert response.headers[name] == fresh.headers[name]


@each_read
async def test_a_copy_that_is_not_current_is_replaced(
    client: AsyncClient, kind: Kind, document: str, path: str
) -> None:
    fresh = everything(await client.get(path, headers=SAME_ID))
    for other in ('"other"', "", '""', '"*"', '"a,*,b"', 'W/"*"'):
        response = await client.get(path, headers=SAME_ID | {"If-None-Match": other})
        assert everything(response) == fresh


@each_read
async def test_an_etag_without_its_quotes_is_refused(
    client: AsyncClient, kind: Kind, document: str, path: str
) -> None:
    bare = (await etag(client, path)).strip('"')

    assert_problem(await client.get(path, headers={"If-None-Match": bare}), 400)


@each_read
async def test_a_change_of_any_field_changes_the_etag(
    client: AsyncClient, editor: AsyncClient, kind: Kind, document: str, path: str
) -> None:
    changed = [name for name in kind.example if kind.changed[name] != kind.example[name]]
    assert len(changed) >= len(kind.example) - 2  # all but the slug, and that it is public
    for name in changed:
        before = await etag(client, path)

        edited = kind.example | {name: kind.changed[name]}
        assert (await editor.put(document, json=edited)).status_code == 200

        response = await client.get(path, headers={"If-None-Match": before})
        assert response.status_code == 200
        assert response.headers["etag"] != before


@each_read
async def test_a_change_and_its_reverse_do_not_bring_the_old_etag_back(
    client: AsyncClient, editor: AsyncClient, kind: Kind, document: str, path: str
) -> None:
    before = await etag(client, path)

    await editor.put(document, json=kind.changed)
    await editor.put(document, json=kind.example)

    assert await etag(client, path) != before


@each_read
async def test_a_change_behind_the_applications_back_changes_the_etag(
    client: AsyncClient, connection: AsyncConnection, kind: Kind, document: str, path: str
) -> None:
    before = await etag(client, path)
    updated_at = (await client.get(document)).json()["updated_at"]

    await connection.execute(update(kind.table).values({kind.title: "Other"}))

    assert await etag(client, path) != before
    assert (await client.get(document)).json()["updated_at"] > updated_at


@each_read
async def test_a_statement_that_changes_nothing_leaves_the_etag(
    client: AsyncClient, connection: AsyncConnection, kind: Kind, document: str, path: str
) -> None:
    before = await etag(client, path)

    await connection.execute(text(f"UPDATE {kind.table} SET {kind.title} = {kind.title}"))

    assert await etag(client, path) == before


@each_kind
async def test_the_etag_of_one_document_fits_no_other_of_any_kind(
    client: AsyncClient, editor: AsyncClient, save: Save, kind: Kind, document: str
) -> None:
    for other in KINDS:
        if not other.singleton:
            await save(*other.batch(2))
            for slug in ("one-of-2-0", "one-of-2-1"):
                known = await etag(client, f"{other.path}/{slug}")
                read = await client.get(document, headers={"If-None-Match": known})
                written = await editor.put(document, json=kind.example, headers={"If-Match": known})
                assert (read.status_code, written.status_code) == (200, 412)


@each_collection
async def test_a_move_changes_the_etag(
    client: AsyncClient, editor: AsyncClient, kind: Kind, document: str
) -> None:
    before = await etag(client, document)

    await editor.put(document, json=kind.example | {"slug": "moved"})

    assert await etag(client, f"{kind.path}/moved") != before


@each_collection
async def test_a_new_document_changes_the_etag_of_the_list_and_of_no_other_document(
    client: AsyncClient, editor: AsyncClient, kind: Kind, document: str
) -> None:
    before = {path: await etag(client, path) for path in (document, kind.path)}

    await editor.post(kind.path, json=kind.example | {"slug": "second"})

    assert await etag(client, kind.path) != before[kind.path]
    assert await etag(client, document) == before[document]


@each_collection
async def test_another_page_of_the_list_has_another_etag(
    client: AsyncClient, kind: Kind, document: str
) -> None:
    assert await etag(client, f"{kind.path}?page=2") != await etag(client, kind.path)


@each_collection
async def test_a_deleted_document_takes_its_etag_with_it_and_leaves_none_to_its_successor(
    client: AsyncClient, editor: AsyncClient, kind: Kind, document: str
) -> None:
    known = {"If-None-Match": await etag(client, document)}

    await editor.delete(document)
    assert_problem(await client.get(document, headers=known), 404)

    await editor.post(kind.path, json=kind.example)
    successor = await client.get(document, headers=known)
    assert successor.status_code == 200
    assert successor.headers["etag"] != known["If-None-Match"]
