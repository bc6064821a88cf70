"""The schedule as an editor sets it, reads it and takes it back, of every document type."""

from typing import Any
from uuid import uuid4

import pytest
from httpx import AsyncClient
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from cms.schedule.tests.conftest import (
    API,
    LATER,
    PAST,
    SCHEDULE,
    SOON,
    SOON_IN_UTC,
    Create,
)
from cms.settings.model import SiteSettings
from tests.documents.kinds import Kind, each_collection
from tests.problems import assert_problem

NEVER = "SELECT count(*) FROM schedules"


@each_collection
async def test_it_is_set_read_replaced_and_taken_back(
    editor: AsyncClient, create: Create, kind: Kind
) -> None:
    path = await create()
    before = await editor.get(f"{kind.document}?status=all")
    assert_problem(await editor.get(path), 404)

    stored = await editor.put(path, json={"publish_at": SOON, "unpublish_at": LATER})

    me = (await editor.get(f"{API}/users/me")).json()
    assert stored.status_code == 200
    assert stored.json() == {
        "type": kind.name,
        "document_id": before.json()["id"],
        "slug": kind.example["slug"],
        "title": kind.example["title"],
        "publish_at": SOON_IN_UTC,
        "unpublish_at": LATER,
        "set_by": {"id": me["id"], "email": me["email"]},
        "problem": None,
    }
    assert (await editor.get(path)).json() == stored.json()
    replaced = (await editor.put(path, json={"publish_at": LATER})).json()
    assert (replaced["publish_at"], replaced["unpublish_at"]) == (LATER, None)
    assert (await editor.delete(path)).status_code == 204
    for answer in (await editor.get(path), await editor.delete(path)):
        assert_problem(answer, 404)
    after = await editor.get(f"{kind.document}?status=all")
    assert (after.json(), after.headers["ETag"]) == (before.json(), before.headers["ETag"])


@each_collection
@pytest.mark.parametrize(
    ("times", "loc"),
    [
        ({"publish_at": "2099-01-01T08:00:00"}, ["body", "publish_at"]),
        ({"unpublish_at": "2099-01-01"}, ["body", "unpublish_at"]),
        ({"publish_at": 4_070_908_800}, ["body", "publish_at"]),
        ({"publish_at": "9999-12-31T23:59:59-14:00"}, ["body", "publish_at"]),
        ({"unpublish_at": "0001-01-01T00:00:00Z"}, ["body", "unpublish_at"]),
        ({"publish_at": LATER, "unpublish_at": SOON}, ["body"]),
        ({"publish_at": SOON, "unpublish_at": SOON_IN_UTC}, ["body"]),
        ({}, ["body"]),
        ({"publish_at": None}, ["body"]),
        ({"publish_at": SOON, "by": "me"}, ["body", "by"]),
    ],
)
async def test_times_that_cannot_be_are_422(
    editor: AsyncClient,
    create: Create,
    connection: AsyncConnection,
    kind: Kind,
    times: dict[str, Any],
    loc: list[str],
) -> None:
    problem = assert_problem(await editor.put(await create(), json=times), 422)

    assert problem["errors"][0]["loc"] == loc
    assert await connection.scalar(text(NEVER)) == 0


@each_collection
async def test_what_is_published_can_only_end(
    editor: AsyncClient, create: Create, kind: Kind
) -> None:
    path = await create(published=True)

    problem = assert_problem(await editor.put(path, json={"publish_at": SOON}), 422)

    assert problem["errors"][0]["loc"] == ["body", "publish_at"]
    assert (await editor.put(path, json={"unpublish_at": SOON})).status_code == 200


async def test_the_settings_are_always_published(
    editor: AsyncClient, connection: AsyncConnection
) -> None:
    path = f"{SCHEDULE}/settings/{await connection.scalar(select(SiteSettings.id))}"
    for times in ({"publish_at": SOON}, {"unpublish_at": SOON}):
        assert_problem(await editor.put(path, json=times), 422)


async def test_only_documents_that_there_are_have_one(editor: AsyncClient) -> None:
    for path in (f"posts/{uuid4()}", f"users/{uuid4()}", "posts/hello"):
        answer = await editor.put(f"{SCHEDULE}/{path}", json={"publish_at": SOON})
        assert_problem(answer, 404)


@each_collection
async def test_what_is_deleted_while_its_schedule_is_read_is_left_out(
    editor: AsyncClient, create: Create, connection: AsyncConnection, kind: Kind
) -> None:
    gone = str(uuid4())
    await editor.put(await create(), json={"publish_at": SOON})
    await connection.execute(text("UPDATE schedules SET document_id = :gone"), {"gone": gone})

    assert (await editor.get(SCHEDULE)).json()["items"] == []
    assert_problem(await editor.get(f"{SCHEDULE}/{kind.name}/{gone}"), 404)


@each_collection
async def test_a_time_in_the_past_acts_at_once(
    client: AsyncClient, editor: AsyncClient, create: Create, kind: Kind
) -> None:
    path = await create()

    begun = await editor.put(path, json={"publish_at": PAST, "unpublish_at": LATER})
    assert (begun.json()["publish_at"], begun.json()["unpublish_at"]) == (None, LATER)
    assert (await client.get(kind.document)).status_code == 200

    ended = await editor.put(path, json={"unpublish_at": PAST})
    assert (ended.status_code, ended.json()["unpublish_at"]) == (200, None)
    assert_problem(await client.get(kind.document), 404)
    assert_problem(await editor.get(path), 404)


@each_collection
async def test_publishing_by_hand_takes_the_beginning_back_and_leaves_the_end(
    editor: AsyncClient, create: Create, connection: AsyncConnection, kind: Kind
) -> None:
    path = await create()
    await editor.put(path, json={"publish_at": SOON, "unpublish_at": LATER})

    await editor.patch(kind.document, json={"title": "Not yet"})
    assert (await editor.get(path)).json()["publish_at"] == SOON_IN_UTC
    await editor.patch(kind.document, json={"published": True})
    left = (await editor.get(path)).json()
    assert (left["publish_at"], left["unpublish_at"]) == (None, LATER)

    await editor.patch(kind.document, json={"published": False})
    await editor.put(path, json={"publish_at": SOON})
    await connection.execute(text(f"UPDATE {kind.table} SET published = true"))
    assert_problem(await editor.get(path), 404)


@each_collection
@pytest.mark.parametrize("statement", ["DELETE FROM {}", "TRUNCATE {} CASCADE"])
async def test_it_ends_with_its_document(
    editor: AsyncClient, create: Create, connection: AsyncConnection, kind: Kind, statement: str
) -> None:
    await editor.put(await create(), json={"publish_at": SOON})

    await connection.execute(text(statement.format(kind.table)))

    assert await connection.scalar(text(NEVER)) == 0


@each_collection
async def test_what_is_scheduled_is_listed_soonest_first_working_copies_too(
    client: AsyncClient, editor: AsyncClient, create: Create, kind: Kind
) -> None:
    ending = await create(published=True, slug="ending")
    beginning = await create(slug="beginning")
    await editor.put(ending, json={"unpublish_at": LATER})
    await editor.put(beginning, json={"publish_at": "2099-02-15T00:00:00Z"})
    copied = await create(slug="copied", published=True)
    await editor.put(
        copied.replace("/schedule/", "/working-copies/"),
        json={"content": kind.minimal | {"title": "Copy"}, "publish_at": SOON},
        headers={"If-None-Match": "*"},
    )

    listed = (await editor.get(SCHEDULE, params={"type": kind.name, "per_page": 2})).json()

    first, second = listed.pop("items")
    assert listed == {"page": 1, "per_page": 2, "total": 3, "total_pages": 2}
    assert (first["slug"], first["title"], first["working_copy"]) == ("copied", "Copy", True)
    assert (first["publish_at"], first["unpublish_at"]) == (SOON_IN_UTC, None)
    assert first["set_by"]["email"] == second["set_by"]["email"]
    assert (second["slug"], second["working_copy"]) == ("ending", False)
    assert second["unpublish_at"] == LATER
    [third] = (await editor.get(SCHEDULE, params={"page": 2, "per_page": 2})).json()["items"]
    assert (third["slug"], third["unpublish_at"]) == ("beginning", None)
    others = {"pages": "posts"}.get(kind.name, "pages")
    assert (await editor.get(SCHEDULE, params={"type": others})).json()["total"] == 0
    for path in (SCHEDULE, ending):
        assert_problem(await client.get(path), 401)
