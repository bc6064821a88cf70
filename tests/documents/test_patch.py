"""A part of a document: JSON Merge Patch (RFC 7396)."""

import json
from typing import Any

import pytest
from httpx import AsyncClient, Response
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from cms.documents.merge_patch import merged
from tests.documents.conftest import Rows
from tests.documents.kinds import Kind, each_collection, each_kind, public
from tests.problems import assert_problem

MERGE_PATCH = {"Content-Type": "application/merge-patch+json"}


@pytest.mark.parametrize(
    ("target", "patch", "result"),
    [  # RFC 7396, appendix A
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        (["a", "b"], ["c", "d"], ["c", "d"]),
        ({"a": "b"}, ["c"], ["c"]),
        ({"a": "foo"}, None, None),
        ({"a": "foo"}, "bar", "bar"),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_a_merge_is_that_of_the_standard(target: Any, patch: Any, result: Any) -> None:
    assert merged(target, patch) == result


async def patch(editor: AsyncClient, kind: Kind, part: object, **headers: str) -> Response:
    content = json.dumps(part)
    return await editor.patch(kind.document, content=content, headers=MERGE_PATCH | headers)


@each_kind
async def test_what_is_sent_changes_and_the_rest_stays(
    client: AsyncClient, editor: AsyncClient, kind: Kind, document: str
) -> None:
    expected = dict(kind.example)
    for name, value in kind.changed.items():
        if isinstance(value, dict):
            expected[name] = expected[name] | value
        else:
            expected[name] = value

        response = await patch(editor, kind, {name: value})

        assert response.status_code == 200
        assert response.headers["cache-control"] == "no-store"
        assert kind.written(response) == expected
        read = await client.get(document)
        assert (read.json(), read.headers["etag"]) == (public(response), response.headers["etag"])


@each_kind
async def test_null_goes_back_to_the_default_and_a_slug_stays(
    editor: AsyncClient, kind: Kind, document: str, rows: Rows
) -> None:
    expected = dict(kind.example)
    for name in kind.columns.keys() - kind.minimal.keys():
        response = await editor.patch(f"{document}", json={name: None})
        expected[name] = expected[name] if name == "slug" else kind.bare[name]
        if expected.get("published", True):
            assert kind.written(response) == expected
        assert response.status_code == 200

    before = await rows()
    for name in kind.minimal:
        problem = assert_problem(await patch(editor, kind, {name: None}), 422)
        assert [error["loc"] for error in problem["errors"]] == [["body", name]]
    assert await rows() == before


@each_kind
async def test_what_changes_nothing_leaves_the_version_as_it_was(
    editor: AsyncClient, kind: Kind, document: str, rows: Rows
) -> None:
    before = await rows()
    etag = (await editor.get(document)).headers["etag"]

    for part in ({}, kind.example, {kind.title: f" {kind.example[kind.title]}\n"}):
        response = await patch(editor, kind, part)

        assert (response.status_code, response.headers["etag"]) == (200, etag)
    assert await rows() == before


@each_kind
async def test_the_whole_that_it_makes_is_checked_and_every_fault_named(
    editor: AsyncClient, kind: Kind, document: str, rows: Rows
) -> None:
    before = await rows()
    for part, names in (
        ({kind.title: ""}, {kind.title}),
        ({kind.title: 5, "other": 1, "version": 7}, {kind.title, "other", "version"}),
        (dict.fromkeys(kind.rich, "<p>" * 5001), set(kind.rich)),
        (dict.fromkeys(kind.rich, 5), set(kind.rich)),
    ):
        problem = assert_problem(await patch(editor, kind, part), 422)
        assert {tuple(error["loc"]) for error in problem["errors"]} == {("body", n) for n in names}
    for no_part in (None, [], "x", 5, [{}]):
        assert_problem(await patch(editor, kind, no_part), 422)

    assert await rows() == before


@pytest.mark.attack("H1")
@each_kind
async def test_rich_text_is_cleaned_where_it_is_sent_and_left_alone_where_not(
    connection: AsyncConnection, editor: AsyncClient, kind: Kind, document: str, rows: Rows
) -> None:
    dangerous = "<p onclick=x>Hello<script>alert(1)</script></p>"
    response = await patch(editor, kind, dict.fromkeys(kind.rich, dangerous))
    assert {response.json()[name] for name in kind.rich} == {"<p>Hello</p>"}

    for name in kind.rich:  # as an older sanitiser may have left it
        await connection.execute(text(f"UPDATE {kind.table} SET {name} = '<old-tag>'"))
    await patch(editor, kind, {kind.title: "Other"})

    [row] = await rows()
    assert (row[kind.title], {row[name] for name in kind.rich}) == ("Other", {"<old-tag>"})


@each_kind
async def test_it_is_sent_as_json_or_as_a_merge_patch_and_nothing_else_is(
    editor: AsyncClient, kind: Kind, document: str
) -> None:
    for media_type in ("application/merge-patch+json; charset=utf-8", "application/json"):
        assert (await patch(editor, kind, {}, **{"Content-Type": media_type})).status_code == 200
    for media_type in ("application/json-patch+json", "text/plain", "application/x+json", ""):
        assert_problem(await patch(editor, kind, {}, **{"Content-Type": media_type}), 415)
    whole = json.dumps(kind.example)
    for method in ("PUT", "POST"):
        response = await editor.request(method, document, content=whole, headers=MERGE_PATCH)
        assert_problem(response, 415)


@each_kind
async def test_an_admin_patches_too(admin: AsyncClient, kind: Kind, document: str) -> None:
    assert (await patch(admin, kind, {kind.title: "Other"})).json()[kind.title] == "Other"


@each_collection
async def test_it_moves_drafts_are_patched_and_what_is_missing_is_not_made(
    client: AsyncClient, editor: AsyncClient, kind: Kind, document: str, draft: str, rows: Rows
) -> None:
    before = await rows()
    for slug in ("missing", kind.example["slug"].upper(), "a" * 300):
        response = await editor.patch(f"{kind.path}/{slug}", json={kind.title: "Other"})
        assert_problem(response, 404)
    assert_problem(await editor.patch(document, json={"slug": "draft"}), 409)
    assert await rows() == before

    assert (await editor.patch(draft, json={"published": True})).status_code == 200
    assert (await client.get(draft)).status_code == 200
    assert (await editor.patch(document, json={"slug": "moved"})).status_code == 200
    assert (await client.get(f"{kind.path}/moved")).status_code == 200
    assert (await client.get(document)).status_code == 301
