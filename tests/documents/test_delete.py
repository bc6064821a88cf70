import pytest
from httpx import AsyncClient

from tests.documents.conftest import Rows
from tests.documents.kinds import Kind, each_collection
from tests.fixtures import Save
from tests.problems import assert_problem

pytestmark = each_collection


@pytest.mark.parametrize("published", [True, False])
async def test_it_is_gone_for_everyone_and_the_others_are_not(
    editor: AsyncClient, save: Save, kind: Kind, document: str, rows: Rows, published: bool
) -> None:
    kept = await rows()
    await save(kind.build(slug="gone", published=published))
    path = f"{kind.path}/gone"

    response = await editor.delete(path)

    assert (response.status_code, response.content) == (204, b"")
    assert "content-type" not in response.headers
    assert_problem(await editor.get(f"{path}?status=all"), 404)
    assert_problem(await editor.put(path, json=kind.example | {"slug": "gone"}), 404)
    assert_problem(await editor.delete(path), 404)
    assert (await editor.get(f"{kind.path}?status=all")).json()["total"] == 1
    assert await rows() == kept


async def test_what_is_missing_is_not_found(
    editor: AsyncClient, kind: Kind, document: str, rows: Rows
) -> None:
    before = await rows()

    for slug in ("missing", kind.example["slug"].upper(), f"{kind.example['slug']}%00", "a" * 300):
        assert_problem(await editor.delete(f"{kind.path}/{slug}"), 404)

    assert await rows() == before
