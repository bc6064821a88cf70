"""Saving a working copy, of every document type."""

from typing import Any
from uuid import uuid4

import pytest
from httpx import AsyncClient
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from cms.identity.tests.factories import UserFactory
from cms.working_copies.tests.conftest import API, COPIES, Desk
from tests.documents.kinds import Kind, each_collection, each_kind
from tests.fixtures import LogIn
from tests.problems import assert_problem


@each_kind
async def test_it_is_started_and_read_and_the_live_document_stays(
    client: AsyncClient, editor: AsyncClient, desk: Desk, kind: Kind
) -> None:
    before = await desk.live()
    public = await client.get(kind.document)

    started = await desk.save({"If-None-Match": "*"})

    assert started.status_code == 201
    copy = started.json()
    assert copy["content"] == desk.content | (
        {"published": True} if "published" in kind.columns else {}
    )
    assert copy["base_etag"] == before.headers["ETag"]
    assert copy["publish_at"] is None
    me = (await editor.get(f"{API}/users/me")).json()
    assert copy["updated_by"] == {"id": me["id"], "email": me["email"]}
    read = await editor.get(desk.path)
    assert (read.json(), read.headers["ETag"]) == (copy, started.headers["ETag"])
    assert "no-store" in read.headers["Cache-Control"]
    after = await desk.live()
    assert (after.json(), after.headers["ETag"]) == (before.json(), before.headers["ETag"])
    assert (await client.get(kind.document)).content == public.content


@each_kind
async def test_each_save_moves_a_strong_etag_and_a_save_of_the_same_moves_nothing(
    editor: AsyncClient, desk: Desk, kind: Kind
) -> None:
    etags = [await desk.start()]
    for text_ in ("Second", "Third"):
        content = desk.content | {kind.title: text_}
        saved = await desk.save({"If-Match": etags[-1]}, content)
        assert saved.status_code == 200
        etags.append(saved.headers["ETag"])

        again = await desk.save({"If-Match": etags[-1]}, content)
        assert (again.status_code, again.json()) == (200, saved.json())
        assert again.headers["ETag"] == etags[-1]
    assert len(set(etags)) == 3
    assert all(etag.startswith('"') for etag in etags)


@each_kind
async def test_no_save_goes_without_saying_what_it_goes_on_with(desk: Desk, kind: Kind) -> None:
    for condition in ({}, {"If-Match": "*"}, {"If-None-Match": '"x"'}):
        if condition != {"If-Match": "*"}:
            assert_problem(await desk.save(condition), 428)
    assert_problem(await desk.save({"If-Match": '"x"'}), 404)
    etag = await desk.start()

    other = desk.content | {kind.title: "Other"}
    for condition in ({}, {"If-Match": "*"}, {"If-None-Match": '"x"'}):
        assert_problem(await desk.save(condition, other), 428)
    for condition in ({"If-None-Match": "*"}, {"If-Match": '"x"'}):
        assert assert_problem(await desk.save(condition, other), 412)["current_etag"] == etag
    assert (await desk.editor.get(desk.path)).json()["content"][kind.title] != "Other"


@each_kind
async def test_an_autosave_does_not_overwrite_a_colleagues_newer_one(
    desk: Desk, kind: Kind, log_in: LogIn
) -> None:
    colleague = await log_in(UserFactory.build(id=uuid4(), email="colleague@example.com"))
    mine = await desk.start()
    theirs = desk.content | {kind.title: "Theirs"}
    saved = await colleague.put(desk.path, json={"content": theirs}, headers={"If-Match": mine})
    assert saved.status_code == 200
    assert saved.json()["updated_by"]["email"] == "colleague@example.com"

    refused = await desk.save({"If-Match": mine}, desk.content | {kind.title: "Mine"})

    assert assert_problem(refused, 412)["current_etag"] == saved.headers["ETag"]
    assert (await desk.editor.get(desk.path)).json() == saved.json()


@each_kind
async def test_two_saves_of_one_tab_that_cross_lose_nothing(desk: Desk, kind: Kind) -> None:
    """The same twice is no conflict; of two different ones the later is told what to go on with."""
    etag = await desk.start()
    second = desk.content | {kind.title: "Second"}
    third = desk.content | {kind.title: "Third"}
    first = await desk.save({"If-Match": etag}, second)

    repeated = await desk.save({"If-Match": etag}, second)
    assert (repeated.status_code, repeated.headers["ETag"]) == (200, first.headers["ETag"])
    crossing = assert_problem(await desk.save({"If-Match": etag}, third), 412)
    going_on = await desk.save({"If-Match": str(crossing["current_etag"])}, third)

    assert going_on.json()["content"][kind.title] == "Third"


@each_kind
async def test_what_is_saved_is_held_to_the_types_own_rules(
    desk: Desk, kind: Kind, connection: AsyncConnection
) -> None:
    faults: list[tuple[dict[str, Any], str]] = [
        ({kind.title: ""}, kind.title),
        ({"colour": "red"}, "colour"),
        *(({name: "<b>" * 10_000}, name) for name in kind.rich),
        *(({name: "x" * (length + 1)}, name) for name, length in kind.texts.items()),
    ]
    for fault, name in faults:
        refused = await desk.save({"If-None-Match": "*"}, desk.content | fault)
        errors = assert_problem(refused, 422)["errors"]
        assert errors[0]["loc"][:3] == ["body", "content", name]
    for body in ({}, {"content": []}, {"content": desk.content, "more": 1}):
        assert_problem(await desk.editor.put(desk.path, json=body), 422)
    assert await connection.scalar(text("SELECT count(*) FROM working_copies")) == 0


@each_kind
async def test_what_is_saved_is_sanitised(desk: Desk, kind: Kind) -> None:
    hostile = dict.fromkeys(kind.rich, "<p>a<script>alert(1)</script></p>")

    saved = await desk.save({"If-None-Match": "*"}, desk.content | hostile)

    assert {name: saved.json()["content"][name] for name in kind.rich} == dict.fromkeys(
        kind.rich, "<p>a</p>"
    )


@each_kind
async def test_what_a_get_gave_may_be_saved_even_once_the_document_has_moved_on(
    desk: Desk, kind: Kind
) -> None:
    given = (await desk.live()).json()
    await desk.editor.put(desk.document, json=desk.content | {kind.title: "Moved on"})

    assert (await desk.save({"If-None-Match": "*"}, given)).status_code == 201
    if "id" in given:
        other = assert_problem(
            await desk.save({"If-Match": '"x"'}, given | {"id": str(uuid4())}), 422
        )
        assert other["errors"][0]["loc"] == ["body", "id"]


@each_kind
async def test_it_ends_with_its_document(
    desk: Desk, kind: Kind, connection: AsyncConnection
) -> None:
    await desk.start()
    await connection.execute(text(f"DELETE FROM {kind.table}"))

    assert_problem(await desk.editor.get(desk.path), 404)
    assert_problem(await desk.save({"If-None-Match": "*"}), 404)
    assert await connection.scalar(text("SELECT count(*) FROM working_copies")) == 0


@each_collection
async def test_it_ends_when_the_table_is_emptied(
    desk: Desk, kind: Kind, connection: AsyncConnection
) -> None:
    await desk.start()
    await connection.execute(text(f"TRUNCATE {kind.table} CASCADE"))

    assert await connection.scalar(text("SELECT count(*) FROM working_copies")) == 0


@each_kind
async def test_it_is_listed_under_its_documents_slug(
    client: AsyncClient, editor: AsyncClient, desk: Desk, kind: Kind, connection: AsyncConnection
) -> None:
    await desk.start()
    slug = await connection.scalar(select(kind.table.c.slug))

    listed = (await editor.get(COPIES, params={"type": kind.name})).json()

    copy = (await editor.get(desk.path)).json()
    del copy["content"], copy["base_etag"]
    [item] = listed.pop("items")
    assert listed == {"page": 1, "per_page": 25, "total": 1, "total_pages": 1}
    title = desk.content.get("title")
    assert item == {
        "type": kind.name,
        "document_id": desk.id,
        "slug": slug,
        "title": title,
        **copy,
    }
    others = [name for name in ("pages", "posts") if name != kind.name]
    assert (await editor.get(COPIES, params={"type": others[0]})).json()["total"] == 0
    assert_problem(await client.get(COPIES), 401)
    assert_problem(await client.get(desk.path), 401)


async def test_the_last_saved_comes_first_page_by_page(editor: AsyncClient) -> None:
    started: dict[str, str] = {}
    for title in ("first", "second"):
        post = (await editor.post(f"{API}/posts", json={"title": title})).json()
        path = f"{COPIES}/posts/{post['id']}"
        copy = await editor.put(path, json={"content": post}, headers={"If-None-Match": "*"})
        started[path] = copy.headers["ETag"]

    async def listed() -> list[str]:
        pages = [await editor.get(COPIES, params={"per_page": 1, "page": n}) for n in (1, 2)]
        return [item["slug"] for page in pages for item in page.json()["items"]]

    assert await listed() == ["second", "first"]
    path, etag = next(iter(started.items()))
    await editor.put(path, json={"content": {"title": "x"}}, headers={"If-Match": etag})
    assert await listed() == ["first", "second"]


async def test_only_documents_that_there_are_have_one(editor: AsyncClient) -> None:
    body = {"content": {"title": "x"}}
    for path in (f"posts/{uuid4()}", f"users/{uuid4()}", "posts/hello"):
        answer = await editor.put(f"{COPIES}/{path}", json=body, headers={"If-None-Match": "*"})
        assert_problem(answer, 404)
        assert_problem(await editor.get(f"{COPIES}/{path}"), 404)


@pytest.mark.parametrize("publish_at", ["2027-01-01T08:00:00", "2027-01-01", 1, "soon"])
async def test_a_time_needs_its_offset(editor: AsyncClient, publish_at: object) -> None:
    body = {"content": {"title": "x"}, "publish_at": publish_at}
    answer = await editor.put(f"{COPIES}/posts/{uuid4()}", json=body)

    assert assert_problem(answer, 422)["errors"][0]["loc"] == ["body", "publish_at"]


@each_kind
async def test_its_time_stays_until_it_is_changed_or_taken_back(desk: Desk, kind: Kind) -> None:
    soon, later = "2099-01-01T09:00:00+01:00", "2099-02-01T08:00:00Z"
    etag = await desk.start(publish_at=soon)
    other = desk.content | {kind.title: "Other"}
    for content, change, expected in (
        (other, {}, "2099-01-01T08:00:00Z"),
        (other, {"publish_at": later}, later),
        (other, {"publish_at": None}, None),
    ):
        saved = await desk.save({"If-Match": etag}, content, **change)
        assert saved.json()["publish_at"] == expected
        assert saved.headers["ETag"] != etag
        etag = saved.headers["ETag"]


@each_collection
async def test_what_is_deleted_while_its_copy_is_listed_is_left_out(
    editor: AsyncClient, desk: Desk, connection: AsyncConnection, kind: Kind
) -> None:
    await desk.start()
    await connection.execute(text("UPDATE working_copies SET document_id = :id"), {"id": uuid4()})

    assert (await editor.get(COPIES)).json()["items"] == []
