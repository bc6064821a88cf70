"""What the database records of a change."""

from datetime import datetime
from typing import Any

import pytest
from httpx import AsyncClient
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from cms.history.tests.conftest import API, Entries, document_of

POST: dict[str, Any] = {"title": "Hello", "slug": "hello", "body": "<p>One.</p>", "tags": ["a"]}


async def create(editor: AsyncClient, **changes: Any) -> dict[str, Any]:
    response = await editor.post(f"{API}/posts", json=POST | changes)
    assert response.status_code == 201
    created: dict[str, Any] = response.json()
    return created


async def replace(editor: AsyncClient, **changes: Any) -> dict[str, Any]:
    response = await editor.put(f"{API}/posts/hello", json=POST | changes)
    assert response.status_code == 200
    replaced: dict[str, Any] = response.json()
    return replaced


async def test_a_new_document_begins_its_history(editor: AsyncClient, entries: Entries) -> None:
    post = await create(editor)

    [entry] = await entries(id=post["id"])

    told = {name: entry[name] for name in ("type", "version", "action", "slug", "title")}
    assert told == {
        "type": "posts",
        "version": 1,
        "action": "created",
        "slug": "hello",
        "title": "Hello",
    }
    assert entry["document_id"] == post["id"]
    assert entry["changed_fields"] == []
    assert entry["changed_at"].endswith("Z")


async def test_an_entry_has_the_whole_document(editor: AsyncClient, entries: Entries) -> None:
    await create(editor)
    post = await replace(editor, title="Changed", body="<p>Two.</p>")

    entry, _ = await entries(id=post["id"])
    document = await document_of(editor, entry)

    times = ("created_at", "updated_at")
    post.pop("etag")
    assert {k: document[k] for k in post if k not in times} == {
        k: v for k, v in post.items() if k not in times
    }
    assert document["version"] == 2
    for name in times:
        assert datetime.fromisoformat(document[name]) == datetime.fromisoformat(post[name])


@pytest.mark.parametrize(
    ("before", "after", "action", "fields"),
    [
        ({}, {"title": "New", "tags": []}, "updated", ["tags", "title"]),
        ({}, {"published": True}, "published", ["published", "published_at"]),
        ({"published": True}, {"published": False}, "unpublished", ["published"]),
        ({}, {"slug": "moved"}, "moved", ["slug"]),
        (
            {},
            {"slug": "moved", "published": True},
            "published",
            ["published", "published_at", "slug"],
        ),
        ({}, {"slug": "moved", "excerpt": "x"}, "moved", ["excerpt", "slug"]),
    ],
)
async def test_a_change_is_called_by_what_it_does(
    editor: AsyncClient,
    entries: Entries,
    before: dict[str, Any],
    after: dict[str, Any],
    action: str,
    fields: list[str],
) -> None:
    post = await create(editor, **before)
    await replace(editor, **after)

    changed, created = await entries(id=post["id"])

    assert (changed["action"], changed["changed_fields"]) == (action, fields)
    assert (changed["version"], created["action"]) == (2, "created")


async def test_a_deletion_keeps_what_was_deleted(editor: AsyncClient, entries: Entries) -> None:
    post = await create(editor, published=True)
    await editor.delete(f"{API}/posts/hello")

    deleted, _ = await entries(id=post["id"])

    assert (deleted["action"], deleted["version"], deleted["slug"]) == ("deleted", 1, "hello")
    assert (await document_of(editor, deleted))["body"] == "<p>One.</p>"


@pytest.mark.parametrize("kind", ["pages", "posts", "settings"])
async def test_saving_what_is_stored_records_nothing(
    editor: AsyncClient, connection: AsyncConnection, entries: Entries, kind: str
) -> None:
    path, payload = f"{API}/{kind}/same", {"title": "Same"}
    if kind == "settings":
        path, payload = f"{API}/settings", {"site_name": "Same"}
        await editor.put(path, json=payload)
    else:
        await editor.post(f"{API}/{kind}", json=payload)
    before = await entries(type=kind)

    assert (await editor.put(path, json=payload)).status_code == 200
    table = "site_settings" if kind == "settings" else kind
    await connection.execute(text(f"UPDATE {table} SET slug = slug, published = published"))

    assert await entries(type=kind) == before


async def test_the_settings_are_called_as_in_addresses(
    editor: AsyncClient, entries: Entries
) -> None:
    await editor.put(f"{API}/settings", json={"site_name": "Ours"})

    entry = (await entries(type="settings"))[0]

    assert (entry["type"], entry["title"], entry["slug"]) == ("settings", None, "site")
    assert entry["changed_fields"] == ["site_name"]
    assert (await document_of(editor, entry))["site_name"] == "Ours"


async def test_each_row_of_a_statement_has_its_entry(
    connection: AsyncConnection, entries: Entries
) -> None:
    await connection.execute(
        text(
            "INSERT INTO posts (slug, title, body, tags) "
            "SELECT 'post-' || n, 'x', 'x', '{}' FROM generate_series(1, 5) AS n"
        )
    )
    await connection.execute(text("UPDATE posts SET published = true WHERE slug > 'post-3'"))
    await connection.execute(text("DELETE FROM posts WHERE slug <> 'post-1'"))

    counts = [len(await entries(action=each)) for each in ("published", "deleted")]
    assert counts == [2, 4]
    assert len(await entries(type="posts")) == 5 + 2 + 4


async def test_what_is_rolled_back_leaves_no_entry(
    editor: AsyncClient, connection: AsyncConnection, entries: Entries
) -> None:
    await create(editor)
    before = await entries()

    savepoint = await connection.begin_nested()
    await connection.execute(text("UPDATE posts SET title = 'Never'"))
    await savepoint.rollback()
    await create(editor, slug="other")
    taken = await editor.put(f"{API}/posts/other", json={"title": "x", "slug": "hello"})

    assert taken.status_code == 409
    assert (await entries())[1:] == before


async def test_the_time_zone_of_a_session_is_not_to_be_seen(
    editor: AsyncClient, connection: AsyncConnection, entries: Entries
) -> None:
    post = await create(editor)
    await connection.execute(text("SET LOCAL timezone = 'Asia/Kathmandu'"))
    await connection.execute(text("UPDATE posts SET title = 'From Nepal'"))

    entry, _ = await entries(id=post["id"])

    assert (await document_of(editor, entry))["created_at"].endswith("+00:00")


async def test_it_is_recorded_whatever_the_search_path(
    connection: AsyncConnection, entries: Entries
) -> None:
    # As pg_restore and pg_dump set it.
    await connection.execute(text("SELECT set_config('search_path', '', true)"))
    await connection.execute(
        text("INSERT INTO public.pages (slug, title, body) VALUES ('a','','')")
    )
    await connection.execute(text("UPDATE public.pages SET title = 'x'"))
    await connection.execute(text("DELETE FROM public.pages"))
    await connection.execute(text("SELECT set_config('search_path', 'public', true)"))

    assert [each["action"] for each in await entries(type="pages")] == [
        "deleted",
        "updated",
        "created",
    ]


async def test_what_is_loaded_again_as_history_ends_is_no_change(
    connection: AsyncConnection, entries: Entries, editor: AsyncClient
) -> None:
    """As `pg_restore --data-only` does after it has loaded the history."""
    await create(editor)
    before = await entries()
    await connection.execute(text("CREATE TEMPORARY TABLE dump AS SELECT * FROM posts"))
    await connection.execute(text("TRUNCATE posts"))
    await connection.execute(text("SET LOCAL timezone = 'Asia/Kathmandu'"))

    await connection.execute(text("INSERT INTO posts SELECT * FROM dump"))
    assert await entries() == before

    await connection.execute(text("DELETE FROM posts"))
    await connection.execute(text("INSERT INTO posts SELECT * FROM dump"))
    assert [each["action"] for each in await entries(type="posts")] == [
        "created",
        "deleted",
        "created",
    ]
