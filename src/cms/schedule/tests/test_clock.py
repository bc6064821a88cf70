"""What the clock does with documents and working copies, of every type."""

from uuid import uuid4

import pytest
from httpx import AsyncClient
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from cms.identity.tests.factories import UserFactory
from cms.kernel import Database
from cms.schedule import repository
from cms.schedule.tests.conftest import API, LATER, SCHEDULE, SOON, Create, MakeDue
from cms.schedule.watcher import do_what_is_due
from tests.documents.kinds import Kind, each_collection, each_kind
from tests.fixtures import LogIn
from tests.problems import assert_problem


async def actions(editor: AsyncClient, path: str) -> list[tuple[str, str | None]]:
    """What was done with the document of a schedule, newest first, and by whom."""
    id_ = path.rpartition("/")[2]
    items = (await editor.get(f"{API}/history?id={id_}")).json()["items"]
    return [(each["action"], (each["changed_by"] or {}).get("email")) for each in items]


@each_collection
async def test_it_is_published_and_unpublished_in_the_name_of_who_set_it(
    client: AsyncClient,
    editor: AsyncClient,
    log_in: LogIn,
    create: Create,
    make_due: MakeDue,
    connection: AsyncConnection,
    kind: Kind,
) -> None:
    path = await create()
    planner = await log_in(UserFactory.build(id=uuid4(), email="planner@example.com"))
    await planner.put(path, json={"publish_at": SOON})
    await connection.execute(text("DELETE FROM users WHERE email = 'planner@example.com'"))

    await make_due()

    live = await client.get(kind.document)
    assert live.status_code == 200
    assert live.json()["published_at"] == live.json()["updated_at"]
    assert_problem(await editor.get(path), 404)
    assert (await actions(editor, path))[0] == ("published", "planner@example.com")

    await editor.put(path, json={"unpublish_at": SOON})
    await make_due()
    assert_problem(await client.get(kind.document), 404)
    assert_problem(await editor.get(path), 404)
    assert [action for action, _ in await actions(editor, path)] == [
        "unpublished",
        "published",
        "created",
    ]


@each_collection
async def test_nothing_happens_before_its_time_and_nothing_twice(
    editor: AsyncClient, create: Create, database: Database, make_due: MakeDue, kind: Kind
) -> None:
    path = await create()
    await editor.put(path, json={"publish_at": SOON, "unpublish_at": LATER})

    await do_what_is_due(database)
    assert len(await actions(editor, path)) == 1

    await editor.put(path, json={"publish_at": SOON})
    await make_due()
    await do_what_is_due(database)
    assert len(await actions(editor, path)) == 2


@each_collection
async def test_what_would_have_ended_by_now_never_begins(
    client: AsyncClient, editor: AsyncClient, create: Create, make_due: MakeDue, kind: Kind
) -> None:
    path = await create()
    await editor.put(path, json={"publish_at": SOON, "unpublish_at": LATER})

    await make_due()

    assert_problem(await client.get(kind.document), 404)
    assert len(await actions(editor, path)) == 1
    assert_problem(await editor.get(path), 404)


async def copy_of(editor: AsyncClient, kind: Kind, connection: AsyncConnection) -> str:
    """A scheduled working copy of the one document of a kind; where it is."""
    id_ = await connection.scalar(select(kind.table.c.id))
    path = f"{API}/working-copies/{kind.name}/{id_}"
    saved = await editor.put(
        path,
        json={"content": kind.changed, "publish_at": SOON},
        headers={"If-None-Match": "*"},
    )
    assert saved.status_code == 201, saved.text
    return path


@each_kind
async def test_a_working_copy_goes_live_at_its_time(
    client: AsyncClient,
    editor: AsyncClient,
    connection: AsyncConnection,
    document: str,
    database: Database,
    make_due: MakeDue,
    kind: Kind,
) -> None:
    path = await copy_of(editor, kind, connection)

    await do_what_is_due(database)
    assert kind.written(await client.get(document)) == kind.example

    await make_due()

    assert kind.written(await client.get(document)) == kind.changed
    assert_problem(await editor.get(path), 404)
    me = (await editor.get(f"{API}/users/me")).json()
    assert (await actions(editor, path))[0] == ("updated", me["email"])


@each_kind
async def test_a_working_copy_whose_document_has_moved_on_stays_and_says_why(
    editor: AsyncClient,
    connection: AsyncConnection,
    document: str,
    make_due: MakeDue,
    database: Database,
    kind: Kind,
) -> None:
    path = await copy_of(editor, kind, connection)
    moved = await editor.patch(document, json={kind.title: "Meanwhile"})

    await make_due()

    suffix = "" if kind.singleton else "?status=all"
    stands = (await editor.get(document + suffix)).json()
    assert stands == {name: moved.json()[name] for name in stands}
    kept = await editor.get(path)
    assert kept.json()["content"][kind.title] == kind.changed[kind.title]
    [entry] = (await editor.get(SCHEDULE)).json()["items"]
    assert entry["problem"] == "The document has changed since the working copy was started."
    assert await repository.due(database) == []

    # A new time is a new try.
    etag = {"If-Match": kept.headers["ETag"]}
    await editor.put(path, json={"content": kind.changed, "publish_at": LATER}, headers=etag)
    [entry] = (await editor.get(SCHEDULE)).json()["items"]
    assert entry["problem"] is None


@each_collection
@pytest.mark.parametrize("fault", ["slug", "title"])
async def test_a_working_copy_that_cannot_be_applied_stays_and_says_why(
    editor: AsyncClient,
    connection: AsyncConnection,
    document: str,
    make_due: MakeDue,
    kind: Kind,
    fault: str,
) -> None:
    path = await copy_of(editor, kind, connection)
    content = 'content || \'{"slug": "taken"}\'' if fault == "slug" else "content - 'title'"
    await connection.execute(text(f"UPDATE working_copies SET content = {content}"))
    await editor.post(kind.path, json=kind.minimal | {"slug": "taken"})

    await make_due()

    assert (await editor.get(path)).status_code == 200
    [entry] = (await editor.get(SCHEDULE)).json()["items"]
    assert entry["problem"]
    assert kind.written(await editor.get(document)) == kind.example | {"published": True}


@each_collection
async def test_a_change_that_the_database_refuses_is_told_and_stops_no_other(
    editor: AsyncClient,
    client: AsyncClient,
    connection: AsyncConnection,
    create: Create,
    make_due: MakeDue,
    kind: Kind,
) -> None:
    refused = await create(slug="refused")
    await editor.put(refused, json={"publish_at": SOON})
    await editor.put(await create(), json={"publish_at": SOON})
    check = f"ALTER TABLE {kind.table} ADD CHECK (slug <> 'refused' OR NOT published)"
    await connection.execute(text(check))

    await make_due()

    assert (await client.get(kind.document)).status_code == 200
    assert (await editor.get(refused)).json()["problem"] == (
        "The database does not allow this change."
    )
