import pytest
from httpx import AsyncClient

from cms.pages.tests.conftest import CountRows
from cms.pages.tests.factories import PageFactory
from tests.fixtures import Save


@pytest.fixture(autouse=True)
async def pages(save: Save) -> None:
    await save(PageFactory.build(slug="out"), PageFactory.build(slug="draft", published=False))


@pytest.mark.parametrize("slug", ["out", "draft"])
async def test_a_deleted_page_is_gone_and_the_others_are_not(
    editor: AsyncClient, count_rows: CountRows, slug: str
) -> None:
    response = await editor.delete(f"/api/v1/pages/{slug}")

    assert (response.status_code, response.content) == (204, b"")
    assert (await editor.get(f"/api/v1/pages/{slug}?status=all")).status_code == 404
    assert (await editor.delete(f"/api/v1/pages/{slug}")).status_code == 404
    assert await count_rows() == 1


async def test_a_page_that_is_missing_is_404(editor: AsyncClient, count_rows: CountRows) -> None:
    for slug in ("missing", "Out", "out%00"):
        assert (await editor.delete(f"/api/v1/pages/{slug}")).status_code == 404

    assert await count_rows() == 2


@pytest.mark.attack("A1")
@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer garbage"}], ids=["none", "bad"])
@pytest.mark.parametrize("slug", ["out", "draft", "missing"])
async def test_without_a_good_token_nothing_is_deleted_and_nothing_told(
    client: AsyncClient, count_rows: CountRows, slug: str, header: dict[str, str]
) -> None:
    response = await client.delete(f"/api/v1/pages/{slug}", headers=header)

    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"
    assert await count_rows() == 2
