"""Links that go on working after a document got another slug."""

from uuid import uuid4

import pytest
from httpx import AsyncClient, Response
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from cms.documents import Document
from tests.documents.kinds import SAME_ID, Kind, each_collection, everything
from tests.problems import assert_problem


def assert_moved(response: Response, location: str) -> None:
    assert (response.status_code, response.headers["location"]) == (301, location)
    assert response.content == b""


async def move(editor: AsyncClient, kind: Kind, old: str, new: str) -> None:
    changed = await editor.patch(f"{kind.path}/{old}", json={"slug": new})
    assert changed.status_code == 200, changed.text


@each_collection
@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_every_slug_that_was_public_leads_straight_to_the_one_of_now(
    client: AsyncClient, editor: AsyncClient, kind: Kind, document: str, method: str
) -> None:
    await move(editor, kind, kind.example["slug"], "second")
    await move(editor, kind, "second", "third")

    for old in (document, f"{kind.path}/second"):
        moved = await client.request(method, old)
        assert_moved(moved, f"{kind.path}/third")
        assert moved.headers["cache-control"] == "public, max-age=0, must-revalidate"
    assert (await client.get(f"{kind.path}/third")).status_code == 200

    await move(editor, kind, "third", kind.example["slug"])
    assert (await client.request(method, document)).status_code == 200
    assert_moved(await client.request(method, f"{kind.path}/third"), document)


@each_collection
async def test_what_becomes_public_under_an_old_slug_ends_the_move_for_good(
    client: AsyncClient, editor: AsyncClient, kind: Kind, document: str
) -> None:
    await move(editor, kind, kind.example["slug"], "second")

    assert (await editor.post(kind.path, json=kind.example)).status_code == 201
    assert (await client.get(document)).status_code == 200
    assert (await editor.delete(document)).status_code == 204
    assert_problem(await client.get(document), 404)


@each_collection
async def test_a_move_tells_nothing_of_drafts(
    client: AsyncClient, editor: AsyncClient, kind: Kind, document: str
) -> None:
    await move(editor, kind, kind.example["slug"], "second")
    before = everything(await client.get(document, headers=SAME_ID))

    # A draft under the old slug is no more to be seen than any other.
    taken = await editor.post(kind.path, json=kind.example | {"published": False})
    assert taken.status_code == 201
    assert everything(await client.get(document, headers=SAME_ID)) == before

    # Nor is a document that is a draft now, wherever it has been and goes.
    never = everything(await client.get(f"{kind.path}/never", headers=SAME_ID))
    await editor.patch(f"{kind.path}/second", json={"published": False})
    await move(editor, kind, "second", "third")
    await move(editor, kind, "third", "fourth")
    for slug in (kind.example["slug"], "second", "third", "fourth"):
        assert everything(await client.get(f"{kind.path}/{slug}", headers=SAME_ID)) == never

    # Public again it is found where it was public, and not where it was a draft.
    await editor.patch(f"{kind.path}/fourth", json={"published": True})
    assert_moved(await client.get(f"{kind.path}/second"), f"{kind.path}/fourth")
    assert_problem(await client.get(f"{kind.path}/third"), 404)


@each_collection
async def test_an_editor_is_led_to_what_an_editor_may_see(
    editor: AsyncClient, kind: Kind, document: str
) -> None:
    await move(editor, kind, kind.example["slug"], "second")
    await editor.patch(f"{kind.path}/second", json={"published": False})

    for status in ("draft", "all"):
        moved = await editor.get(f"{document}?status={status}")
        assert_moved(moved, f"{kind.path}/second?status={status}")
        assert moved.headers["cache-control"] == "private, no-store"
    assert_problem(await editor.get(f"{document}?status=published"), 404)


@each_collection
async def test_a_deleted_document_takes_its_old_slugs_along_and_brings_them_back(
    client: AsyncClient, editor: AsyncClient, kind: Kind, document: str
) -> None:
    await move(editor, kind, kind.example["slug"], "second")
    await editor.delete(f"{kind.path}/second")
    assert_problem(await client.get(document), 404)

    [entry, *_] = (await editor.get("/api/v1/history?action=deleted")).json()["items"]
    assert (await editor.post(f"/api/v1/history/{entry['id']}/restore")).status_code == 201
    assert_problem(await client.get(document), 404)  # it is a draft now
    await editor.patch(f"{kind.path}/second", json={"published": True})
    assert_moved(await client.get(document), f"{kind.path}/second")


@each_collection
async def test_a_rename_behind_the_applications_back_is_a_move(
    client: AsyncClient, connection: AsyncConnection, kind: Kind, document: str
) -> None:
    await connection.execute(text("SET LOCAL search_path = ''"))
    await connection.execute(text(f"UPDATE public.{kind.table} SET slug = slug || '-2'"))
    await connection.execute(text("SET LOCAL search_path = public"))
    assert_moved(await client.get(document), f"{document}-2")

    await connection.execute(text(f"TRUNCATE {kind.table}"))
    assert await connection.scalar(text("SELECT count(*) FROM moved_slugs")) == 0


SLUGS = ("a", "b", "c")
steps = st.tuples(
    st.sampled_from(["first", "second"]), st.sampled_from([None, *SLUGS]), st.booleans()
)
"""A document, the slug that it is given, or None to delete it, and whether it is public then."""


@each_collection
@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(steps, max_size=12))
async def test_a_link_leads_to_the_document_that_was_last_public_there_or_nowhere(
    client: AsyncClient,
    connection: AsyncConnection,
    kind: Kind,
    taken: list[tuple[str, str | None, bool]],
) -> None:
    documents: dict[str, Document] = {}
    last_public: dict[str, Document] = {}
    transaction = await connection.begin_nested()
    for name, slug, published in taken:
        others = [each.slug for key, each in documents.items() if key != name]
        if slug is None:
            document = documents.pop(name, None)
            await connection.execute(
                delete(kind.table).where(kind.table.c.id == (document and document.id))
            )
        elif slug not in others:
            document = documents.setdefault(name, kind.build(id=uuid4()))
            document.slug, document.published = slug, published
            await put(connection, kind, document)
            if published:
                last_public[slug] = document
        for each in SLUGS:
            found = last_public.get(each)
            response = await client.get(f"{kind.path}/{each}")
            if found not in documents.values() or not found or not found.published:
                assert_problem(response, 404)
            elif found.slug == each:
                assert response.json()["id"] == str(found.id)
            else:
                assert_moved(response, f"{kind.path}/{found.slug}")
    await transaction.rollback()


async def put(connection: AsyncConnection, kind: Kind, document: Document) -> None:
    place = {"slug": document.slug, "published": document.published}
    row = {name: getattr(document, name) for name in kind.columns} | place
    statement = insert(kind.table).values(**row, id=document.id)
    await connection.execute(statement.on_conflict_do_update(index_elements=["id"], set_=place))
