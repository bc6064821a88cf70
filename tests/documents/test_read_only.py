"""What a client may send back but not choose, and the one thing of it that an admin may."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from httpx import AsyncClient

from tests.documents.conftest import Rows
from tests.documents.kinds import Kind, each_collection, each_kind
from tests.problems import assert_problem

PAST = "2019-03-01T10:00:00Z"
OTHERS: dict[str, Any] = {
    "id": "019abf3e-7b1c-7d40-9d2f-2f4d6a1c0b55",
    "created_at": PAST,
    "updated_at": PAST,
    "published_at": PAST,
    "etag": '"other"',
}


@each_kind
async def test_what_a_get_gave_may_come_back_and_changes_nothing(
    client: AsyncClient, editor: AsyncClient, kind: Kind, document: str, rows: Rows
) -> None:
    read = await client.get(document)
    before = await rows()
    whole = read.json() | {"etag": read.headers["etag"]}
    elsewhere = timezone(timedelta(hours=-7))
    for name in kind.readonly:
        if name.endswith("_at"):
            local = datetime.fromisoformat(whole[name]).astimezone(elsewhere)
            whole[name] = local.isoformat()

    for method in ("PUT", "PATCH"):
        for same in (read.json(), whole):
            response = await editor.request(method, document, json=same)
            assert response.status_code == 200, response.text
            assert response.headers["etag"] == read.headers["etag"]
    assert await rows() == before


@each_kind
async def test_what_is_not_stored_so_is_refused_by_name(
    editor: AsyncClient, kind: Kind, document: str, rows: Rows
) -> None:
    before = await rows()
    for name in (*kind.readonly, "etag"):
        for value in (OTHERS[name], 5, True, [], "x", "2019-03-01", None):
            if name == "etag" and value == "x":
                continue
            response = await editor.put(document, json=kind.changed | {name: value})
            problem = assert_problem(response, 422)
            assert [error["loc"] for error in problem["errors"]] == [["body", name]]
        response = await editor.patch(document, json={kind.title: "Other", name: OTHERS[name]})
        assert_problem(response, 422)
    everything = {name: OTHERS[name] for name in (*kind.readonly, "etag")}
    problem = assert_problem(await editor.put(document, json=kind.changed | everything), 422)
    assert {error["loc"][1] for error in problem["errors"]} == everything.keys()

    assert await rows() == before


@each_collection
async def test_none_of_it_is_taken_for_a_new_document(
    editor: AsyncClient, admin: AsyncClient, kind: Kind, rows: Rows
) -> None:
    for name, value in OTHERS.items():
        response = await editor.post(kind.path, json=kind.example | {name: value})
        problem = assert_problem(response, 422)
        assert [error["loc"] for error in problem["errors"]] == [["body", name]]
        if name != "published_at":
            assert_problem(await admin.post(kind.path, json=kind.example | {name: value}), 422)
            assert_problem(await editor.post(kind.path, json=kind.example | {name: None}), 422)

    assert await rows() == []


@each_collection
async def test_an_admin_says_since_when_a_document_is_public(
    admin: AsyncClient, editor: AsyncClient, kind: Kind, document: str, draft: str
) -> None:
    created = await admin.post(
        kind.path, json=kind.example | {"slug": "new", "published_at": "2019-03-01T12:00:00+02:00"}
    )
    replaced = await admin.put(document, json=kind.example | {"published_at": PAST})
    patched = await admin.patch(draft, json={"published_at": PAST})
    assert {each.json()["published_at"] for each in (created, replaced, patched)} == {PAST}

    # An editor who publishes it, or goes on editing it, leaves that alone.
    for path in (document, draft):
        for change in ({"published": True}, {"published": True, "published_at": PAST}):
            response = await editor.patch(path, json=change)
            assert response.json()["published_at"] == PAST


@each_collection
async def test_only_a_moment_that_has_been_is_one(
    admin: AsyncClient, kind: Kind, document: str, rows: Rows
) -> None:
    before = await rows()
    soon = (datetime.now(UTC) + timedelta(minutes=1)).isoformat()
    ends = ("9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00")
    halves = ("2019-03-01T10:00:00", "2019-03-01", "2019-02-30T10:00:00Z", " 2019-03-01T10:00:00Z")
    for value in (soon, *ends, *halves, "1551434400", 1551434400, True, "now", ""):
        part = {"published_at": value}
        for method, path in (("POST", kind.path), ("PUT", document), ("PATCH", document)):
            problem = assert_problem(
                await admin.request(method, path, json=kind.changed | {"slug": "x"} | part), 422
            )
            assert [error["loc"] for error in problem["errors"]] == [["body", "published_at"]]

    assert await rows() == before
