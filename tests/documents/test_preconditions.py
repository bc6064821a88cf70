"""`If-Match` and `If-None-Match` on the writes that can lose someone's work."""

import pytest
from httpx import AsyncClient, Response

from tests.documents.conftest import Rows
from tests.documents.kinds import Kind, each_collection, each_kind, each_write
from tests.problems import assert_problem


@pytest.fixture
async def etag(client: AsyncClient, document: str) -> str:
    return (await client.get(document)).headers["etag"]


async def write(
    editor: AsyncClient, kind: Kind, method: str, *if_match: str, path: str | None = None
) -> Response:
    content = None if method == "DELETE" else kind.changed
    headers = [("If-Match", line) for line in if_match]
    return await editor.request(method, path or kind.document, json=content, headers=headers)


@each_write
@pytest.mark.parametrize("condition", ['"a,b",{} , W/"c"', "*"])
async def test_a_write_over_the_version_that_was_seen_goes_through(
    editor: AsyncClient, kind: Kind, method: str, etag: str, condition: str
) -> None:
    response = await write(editor, kind, method, condition.format(etag))

    assert response.status_code == (204 if method == "DELETE" else 200)


@each_kind
async def test_a_version_is_named_in_several_ways(
    editor: AsyncClient, kind: Kind, etag: str
) -> None:
    for lines in (["{}"], ["W/{}"], ['"other"', "{}"]):
        response = await write(editor, kind, "PUT", *(line.format(etag) for line in lines))
        assert response.status_code == 200, lines
        etag = response.headers["etag"]


@each_write
async def test_a_write_over_another_version_is_stopped_and_changes_nothing(
    editor: AsyncClient, kind: Kind, method: str, etag: str, rows: Rows
) -> None:
    before = await rows()
    for other in ('"other"', 'W/"other"', '"other", "another"', '"*"', '"a,*,b"', 'W/"*"'):
        problem = assert_problem(await write(editor, kind, method, other), 412)
        assert problem["title"] == "Precondition Failed"
        assert problem["current_etag"] == etag
    assert_problem(await write(editor, kind, method, etag.strip('"')), 400)

    assert await rows() == before


@each_write
async def test_of_two_who_saw_one_version_the_second_is_stopped(
    editor: AsyncClient, kind: Kind, method: str, etag: str, rows: Rows
) -> None:
    first = await write(editor, kind, "PUT", etag)
    before = await rows()

    second = await write(editor, kind, method, etag)

    assert assert_problem(second, 412)["current_etag"] == first.headers["etag"]
    assert await rows() == before


@each_write
async def test_a_write_to_what_is_there_can_be_ruled_out(
    editor: AsyncClient, kind: Kind, method: str, etag: str, rows: Rows
) -> None:
    before = await rows()
    content = None if method == "DELETE" else kind.changed
    for known in ("*", etag, f'"other", W/{etag}'):
        for condition in ({}, {"If-Match": etag}):
            headers = condition | {"If-None-Match": known}
            response = await editor.request(method, kind.document, json=content, headers=headers)
            problem = assert_problem(response, 412)
            assert (problem["current_etag"], "If-None-Match" in problem["detail"]) == (etag, True)
    assert await rows() == before

    headers = {"If-None-Match": '"other"'}
    response = await editor.request(method, kind.document, json=content, headers=headers)
    assert response.is_success


@each_kind
async def test_the_etag_of_one_write_is_good_for_the_next(
    editor: AsyncClient, kind: Kind, etag: str
) -> None:
    first = await write(editor, kind, "PUT", etag)
    headers = {"If-Match": first.headers["etag"]}
    second = await editor.put(kind.document, json=kind.example, headers=headers)

    assert (first.status_code, second.status_code) == (200, 200)


@each_kind
async def test_a_write_that_changes_nothing_is_checked_all_the_same(
    editor: AsyncClient, kind: Kind, document: str
) -> None:
    response = await editor.put(document, json=kind.example, headers={"If-Match": '"other"'})

    assert_problem(response, 412)


@each_collection
@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
async def test_no_other_etag_is_asked_for_and_none_is_told_to_strangers(
    client: AsyncClient, editor: AsyncClient, kind: Kind, method: str, draft: str, etag: str
) -> None:
    of_list = (await client.get(kind.path)).headers["etag"]
    assert_problem(await write(editor, kind, method, of_list), 412)
    for path in (draft, kind.document):
        assert_problem(await write(client, kind, method, '"other"', path=path), 401)
    for known in ("*", '"other"', etag):
        missing = await write(editor, kind, method, known, path=f"{kind.path}/missing")
        assert_problem(missing, 404)

    await editor.delete(kind.document)
    await editor.post(kind.path, json=kind.example)
    assert_problem(await write(editor, kind, method, etag), 412)


@each_collection
async def test_the_etag_of_a_new_document_is_good_for_its_first_write(
    editor: AsyncClient, kind: Kind
) -> None:
    created = await editor.post(kind.path, json=kind.example)

    assert (await write(editor, kind, "DELETE", created.headers["etag"])).status_code == 204


@each_collection
async def test_a_version_that_does_not_fit_comes_before_a_slug_that_is_taken(
    editor: AsyncClient, kind: Kind, document: str, draft: str
) -> None:
    payload = kind.changed | {"slug": "draft"}

    assert_problem(await editor.put(document, json=payload, headers={"If-Match": '"other"'}), 412)
