from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from httpx import AsyncClient

from tests.documents.conftest import Rows
from tests.documents.kinds import Kind, each_collection, public
from tests.fixtures import Save
from tests.problems import assert_problem

pytestmark = each_collection


async def test_it_is_created_with_all_that_was_given(
    client: AsyncClient, editor: AsyncClient, kind: Kind, rows: Rows
) -> None:
    created = await editor.post(kind.path, json=kind.example)

    assert created.status_code == 201
    assert created.headers["content-type"] == "application/json; charset=utf-8"
    assert created.headers["cache-control"] == "no-store"
    assert created.headers["location"] == kind.document
    assert kind.written(created) == kind.example
    answer = public(created)
    assert UUID(answer["id"]).version == 7
    assert answer["created_at"] == answer["updated_at"]
    read = await client.get(kind.document)
    assert read.json() == answer
    assert read.headers["etag"] == created.headers["etag"]
    [row] = await rows()
    assert row["version"] == 1
    assert abs(row["created_at"] - datetime.now(UTC)) < timedelta(minutes=1)


async def test_what_is_not_given_has_its_default(editor: AsyncClient, kind: Kind) -> None:
    created = await editor.post(kind.path, json=kind.minimal | {"title": "Short"})

    assert created.status_code == 201
    assert kind.written(created) == kind.bare | {"title": "Short", "slug": "short"}


@pytest.mark.attack("D5")
async def test_a_forged_host_is_not_in_the_location(editor: AsyncClient, kind: Kind) -> None:
    headers = {"Host": "evil.example", "X-Forwarded-Host": "evil.example"}

    response = await editor.post(kind.path, json=kind.example, headers=headers)

    assert response.headers["location"] == kind.document


async def test_an_admin_creates_too(admin: AsyncClient, kind: Kind) -> None:
    assert (await admin.post(kind.path, json=kind.example)).status_code == 201


@pytest.mark.parametrize("published", [True, False])
async def test_a_given_slug_that_is_taken_is_a_conflict_and_changes_nothing(
    editor: AsyncClient, save: Save, kind: Kind, rows: Rows, published: bool
) -> None:
    await save(kind.build(published=published))
    before = await rows()

    response = await editor.post(kind.path, json=kind.changed)

    assert assert_problem(response, 409)["detail"] == "This slug is taken."
    assert await rows() == before


async def test_the_slug_of_a_deleted_document_is_free_again(
    editor: AsyncClient, kind: Kind
) -> None:
    first = await editor.post(kind.path, json=kind.example)
    await editor.delete(kind.document)

    second = await editor.post(kind.path, json=kind.example)

    assert second.status_code == 201
    assert second.json()["id"] != first.json()["id"]


@pytest.mark.parametrize(
    ("title", "slugs"),
    [
        ("Über uns", ["uber-uns", "uber-uns-2", "uber-uns-3"]),
        ("🎉", ["untitled", "untitled-2", "untitled-3"]),
        ("x" * 200, ["x" * 200, "x" * 198 + "-2", "x" * 198 + "-3"]),
    ],
    ids=["words", "none", "200 letters"],
)
async def test_a_slug_is_made_from_the_title_and_numbered_where_even_a_draft_has_it(
    editor: AsyncClient, kind: Kind, title: str, slugs: list[str]
) -> None:
    for slug, given in zip(slugs, ({}, {"slug": None}, {"published": True}), strict=True):
        response = await editor.post(kind.path, json=kind.minimal | {"title": title} | given)

        assert response.status_code == 201
        assert response.json()["slug"] == slug
        assert response.headers["location"] == f"{kind.path}/{slug}"
