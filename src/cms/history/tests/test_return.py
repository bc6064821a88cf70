"""Bringing back a document that was deleted."""

from typing import Any

import pytest
from httpx import AsyncClient, Response
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from cms.history.tests.conftest import API, HISTORY, Entries
from tests.problems import assert_problem


@pytest.fixture
async def deleted(editor: AsyncClient) -> dict[str, Any]:
    """A published post that is gone, in its second version."""
    await editor.post(f"{API}/posts", json={"title": "Hello", "published": True})
    changed = {"title": "Hello", "body": "<p>Second.</p>", "tags": ["a"], "published": True}
    post = (await editor.put(f"{API}/posts/hello", json=changed)).json()
    assert (await editor.delete(f"{API}/posts/hello")).status_code == 204
    return dict(post)


@pytest.fixture
async def deletion(deleted: dict[str, Any], entries: Entries) -> str:
    """The entry of its deletion."""
    return str((await entries(id=deleted["id"]))[0]["id"])


async def restore(editor: AsyncClient, entry: str, *if_match: str) -> Response:
    headers = [("If-Match", line) for line in if_match]
    return await editor.post(f"{HISTORY}/{entry}/restore", headers=headers)


async def test_it_returns_under_its_id_and_slug_as_a_draft(
    client: AsyncClient, editor: AsyncClient, deleted: dict[str, Any], deletion: str
) -> None:
    response = await restore(editor, deletion)

    assert response.status_code == 201
    back = response.json()
    new = {"updated_at": back["updated_at"], "etag": response.headers["etag"]}
    assert back == {**deleted, "published": False, **new}
    assert response.headers["Location"] == f"{API}/posts/hello"
    assert (await client.get(f"{API}/posts/hello")).status_code == 404
    stored = await editor.get(f"{API}/posts/hello?status=draft")
    assert (stored.json(), stored.headers["ETag"]) == (back, response.headers["ETag"])


@pytest.mark.parametrize("is_public", [False, True])
async def test_asking_once_more_neither_publishes_it_nor_takes_it_back(
    editor: AsyncClient, deletion: str, is_public: bool
) -> None:
    """As who has lost the answer does, or another editor at the same time."""
    back = await restore(editor, deletion)
    if is_public:
        back = await editor.patch(f"{API}/posts/hello", json={"published": True})

    again = await restore(editor, deletion)

    assert (again.status_code, again.json()["published"]) == (200, is_public)
    assert again.headers["ETag"] == back.headers["ETag"]


async def test_any_of_its_entries_brings_it_back(
    editor: AsyncClient, deleted: dict[str, Any], entries: Entries
) -> None:
    first = (await entries(id=deleted["id"]))[-1]

    response = await restore(editor, first["id"])

    assert (response.status_code, response.json()["body"]) == (201, "")
    assert response.json()["id"] == deleted["id"]


async def test_its_history_goes_on_where_it_ended(
    editor: AsyncClient, deleted: dict[str, Any], deletion: str, entries: Entries
) -> None:
    await restore(editor, deletion)

    told = [(each["version"], each["action"]) for each in await entries(id=deleted["id"])]

    assert told == [(3, "created"), (2, "deleted"), (2, "updated"), (1, "created")]


async def test_no_etag_of_its_former_life_is_good_for_it(
    editor: AsyncClient, deletion: str
) -> None:
    """Two contents under one ETag would let an editor write over what they have not seen."""
    await restore(editor, deletion)
    etags = {(await editor.get(f"{API}/posts/hello?status=all")).headers["ETag"]}
    await editor.delete(f"{API}/posts/hello")
    back = await restore(editor, deletion)

    assert back.headers["ETag"] not in etags


@pytest.mark.parametrize("taken", [1, 2])
async def test_it_takes_the_next_slug_where_its_own_is_taken(
    editor: AsyncClient, deletion: str, taken: int
) -> None:
    for _ in range(taken):
        await editor.post(f"{API}/posts", json={"title": "Hello"})

    response = await restore(editor, deletion)

    slug = f"hello-{taken + 1}"
    assert (response.status_code, response.json()["slug"]) == (201, slug)
    assert response.headers["Location"] == f"{API}/posts/{slug}"


async def test_if_match_names_its_last_version(editor: AsyncClient, entries: Entries) -> None:
    created = await editor.post(f"{API}/pages", json={"title": "About"})
    etag = created.headers["ETag"]
    await editor.delete(f"{API}/pages/about")
    deletion = (await entries(type="pages"))[0]["id"]
    before = await entries()

    problem = assert_problem(await restore(editor, deletion, '"other"'), 412)
    assert problem["current_etag"] == etag
    assert await entries() == before

    assert (await restore(editor, deletion, '"other"', etag)).status_code == 201
    assert_problem(await restore(editor, deletion, etag), 412)


async def test_settings_that_someone_deleted_are_back_and_public(
    client: AsyncClient, editor: AsyncClient, connection: AsyncConnection, entries: Entries
) -> None:
    await editor.put(f"{API}/settings", json={"site_name": "Ours"})
    before = (await client.get(f"{API}/settings")).json()
    await connection.execute(text("DELETE FROM site_settings"))

    response = await restore(editor, (await entries(type="settings"))[0]["id"])

    assert response.status_code == 201
    assert response.headers["Location"] == f"{API}/settings"
    settings = (await client.get(f"{API}/settings")).json()
    assert settings == {**before, "updated_at": settings["updated_at"]}


async def test_settings_do_not_return_beside_others(
    editor: AsyncClient, connection: AsyncConnection, entries: Entries
) -> None:
    await connection.execute(text("DELETE FROM site_settings"))
    deletion = (await entries(type="settings"))[0]["id"]
    await connection.execute(
        text(
            "INSERT INTO site_settings (slug, published, site_name, footer_text, social_links) "
            "VALUES ('site', true, 'Another', '', '{}')"
        )
    )

    problem = assert_problem(await restore(editor, deletion), 409)

    assert problem["detail"] == "This slug is taken."
