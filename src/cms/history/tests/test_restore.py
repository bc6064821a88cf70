"""Giving a document that exists the content that it once had."""

import json
from typing import Any
from uuid import uuid4

import pytest
from httpx import AsyncClient, Response
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from cms.history.tests.conftest import API, HISTORY, Entries
from tests.problems import assert_problem

OLD: dict[str, Any] = {
    "title": "Old",
    "slug": "hello",
    "excerpt": "Then.",
    "body": "<p>Old.</p>",
    "tags": ["a", "b"],
}


@pytest.fixture
async def post(editor: AsyncClient) -> dict[str, Any]:
    """A post that has been changed once."""
    await editor.post(f"{API}/posts", json=OLD)
    new = {"title": "New", "body": "<p>New.</p>", "published": True}
    post: dict[str, Any] = (await editor.put(f"{API}/posts/hello", json=new)).json()
    return post


@pytest.fixture
async def old(post: dict[str, Any], entries: Entries) -> str:
    """The entry of its creation."""
    return str((await entries(id=post["id"]))[-1]["id"])


async def restore(editor: AsyncClient, entry: str, **headers: str) -> Response:
    names = {"if_match": "If-Match"}
    given = {names[name]: value for name, value in headers.items()}
    return await editor.post(f"{HISTORY}/{entry}/restore", headers=given)


async def change_entry(connection: AsyncConnection, entry: str, **content: Any) -> None:
    """As if an older schema had stored it."""
    statement = text("UPDATE history SET content = content || CAST(:more AS jsonb) WHERE id = :id")
    await connection.execute(statement, {"more": json.dumps(content), "id": entry})


async def test_the_document_is_as_it_was(
    editor: AsyncClient, post: dict[str, Any], old: str
) -> None:
    response = await restore(editor, old)

    assert response.status_code == 200
    restored = response.json()
    assert restored == {
        **post,
        **OLD,
        "published": False,
        "updated_at": restored["updated_at"],
        "etag": response.headers["etag"],
    }
    stored = await editor.get(f"{API}/posts/hello?status=all")
    assert (stored.json(), stored.headers["ETag"]) == (restored, response.headers["ETag"])
    assert "Location" not in response.headers


async def test_it_is_a_new_version_of_whoever_restores(
    editor: AsyncClient, old: str, post: dict[str, Any], entries: Entries
) -> None:
    await restore(editor, old)

    newest, *earlier = await entries(id=post["id"])

    assert (newest["version"], newest["action"], len(earlier)) == (3, "unpublished", 2)
    me = (await editor.get(f"{API}/users/me")).json()
    assert newest["changed_by"]["id"] == me["id"]


async def test_restoring_what_is_stored_changes_nothing(
    editor: AsyncClient, post: dict[str, Any], entries: Entries
) -> None:
    before = await entries()

    response = await restore(editor, before[0]["id"])

    assert (response.status_code, response.json()) == (200, post)
    assert await entries() == before


async def test_if_match_is_as_on_a_put(
    editor: AsyncClient, post: dict[str, Any], old: str, entries: Entries
) -> None:
    etag = (await editor.get(f"{API}/posts/hello")).headers["ETag"]
    before = await entries()

    problem = assert_problem(await restore(editor, old, if_match='"other"'), 412)
    assert problem["current_etag"] == etag
    assert_problem(await restore(editor, old, if_match="other"), 400)
    assert await entries() == before

    restored = await restore(editor, old, if_match=etag)
    assert restored.status_code == 200
    assert_problem(await restore(editor, before[0]["id"], if_match=etag), 412)
    again = await restore(editor, before[0]["id"], if_match=restored.headers["ETag"])
    assert again.status_code == 200


async def test_a_moved_document_moves_back(editor: AsyncClient, old: str) -> None:
    await editor.put(f"{API}/posts/hello", json={"title": "New", "slug": "elsewhere"})

    response = await restore(editor, old)

    assert response.json()["slug"] == "hello"
    assert (await editor.get(f"{API}/posts/elsewhere?status=all")).status_code == 404


async def test_a_slug_that_another_has_now_is_409(
    editor: AsyncClient, old: str, entries: Entries
) -> None:
    await editor.put(f"{API}/posts/hello", json={"title": "New", "slug": "elsewhere"})
    await editor.post(f"{API}/posts", json={"title": "Hello"})
    before = await entries()

    problem = assert_problem(await restore(editor, old), 409)

    assert problem["detail"] == "This slug is taken."
    assert await entries() == before


async def test_it_goes_through_the_sanitiser_of_today(
    editor: AsyncClient, connection: AsyncConnection, old: str
) -> None:
    await change_entry(connection, old, body="<p>Old.<script>alert(1)</script></p>")

    response = await restore(editor, old)

    assert response.json()["body"] == "<p>Old.</p>"


async def test_a_field_that_is_no_more_is_dropped_and_a_new_one_gets_its_default(
    editor: AsyncClient, connection: AsyncConnection, old: str
) -> None:
    await change_entry(connection, old, subtitle="Gone")
    without = text("UPDATE history SET content = content - 'excerpt' WHERE id = :id")
    await connection.execute(without, {"id": old})

    response = await restore(editor, old)

    assert response.status_code == 200
    assert response.json()["excerpt"] is None
    assert "subtitle" not in response.json()


@pytest.mark.parametrize(
    ("field", "value"),
    [("title", ""), ("title", 1), ("tags", ["x" * 51]), ("slug", "Not a slug")],
)
async def test_what_the_schema_no_longer_takes_is_422_and_says_where(
    editor: AsyncClient,
    connection: AsyncConnection,
    old: str,
    entries: Entries,
    field: str,
    value: Any,
) -> None:
    await change_entry(connection, old, **{field: value})
    before = await entries()

    problem = assert_problem(await restore(editor, old), 422)

    assert problem["detail"].startswith("What was stored then is not valid today")
    assert problem["errors"][0]["loc"][:2] == ["document", field]
    assert await entries() == before


async def test_html_that_is_too_complex_today_is_422(
    editor: AsyncClient, connection: AsyncConnection, old: str
) -> None:
    await change_entry(connection, old, body="<b>" * 100_000)

    problem = assert_problem(await restore(editor, old), 422)

    assert problem["detail"].startswith("What was stored then")
    assert problem["errors"][0]["loc"] == ["document", "body"]


async def test_a_type_that_no_slice_has_is_409_and_still_to_be_read(
    editor: AsyncClient, connection: AsyncConnection, old: str
) -> None:
    await connection.execute(text("UPDATE history SET type = 'events'"))

    assert (await editor.get(f"{HISTORY}/{old}")).json()["type"] == "events"
    problem = assert_problem(await restore(editor, old), 409)

    assert problem["detail"] == "Documents of this type are no longer kept."


async def test_the_settings_are_restored_like_any_document(
    editor: AsyncClient, client: AsyncClient, entries: Entries
) -> None:
    for name in ("Ours", "Theirs"):
        await editor.put(
            f"{API}/settings", json={"site_name": name, "footer_text": f"<p>{name}</p>"}
        )
    _, ours, *_ = await entries(type="settings")

    response = await restore(editor, ours["id"])

    assert (response.status_code, response.json()["footer_text"]) == (200, "<p>Ours</p>")
    assert (await client.get(f"{API}/settings")).json() | {
        "etag": response.headers["etag"]
    } == response.json()


async def test_a_token_whose_session_has_ended_learns_nothing(
    editor: AsyncClient, connection: AsyncConnection, old: str
) -> None:
    await connection.execute(text("DELETE FROM auth_sessions"))
    await change_entry(connection, old, title="")

    for entry in (old, str(uuid4())):
        assert_problem(await restore(editor, entry), 401)
