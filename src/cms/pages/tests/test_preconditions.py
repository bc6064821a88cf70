import pytest
from httpx import AsyncClient, Response

from cms.pages.tests.conftest import FindRow
from cms.pages.tests.factories import PageFactory
from tests.fixtures import Save

PAGE = "/api/v1/pages/about"
WRITES = pytest.mark.parametrize("method", ["PUT", "DELETE"])


@pytest.fixture
async def etag(client: AsyncClient, save: Save) -> str:
    await save(PageFactory.build(slug="about"))
    return (await client.get(PAGE)).headers["etag"]


async def write(
    editor: AsyncClient, method: str, if_match: str, path: str = PAGE, title: str = "New"
) -> Response:
    content = {"title": title, "published": True} if method == "PUT" else None
    return await editor.request(method, path, json=content, headers={"If-Match": if_match})


@WRITES
@pytest.mark.parametrize("condition", ["{etag}", "W/{etag}", '"other", {etag}', "*"])
async def test_a_write_over_the_version_that_was_seen_goes_through(
    editor: AsyncClient, etag: str, method: str, condition: str
) -> None:
    assert (await write(editor, method, condition.format(etag=etag))).is_success


@WRITES
@pytest.mark.parametrize("condition", ['"other"', 'W/"other"'])
async def test_a_write_over_another_version_is_412_and_changes_nothing(
    editor: AsyncClient, find_row: FindRow, etag: str, method: str, condition: str
) -> None:
    before = await find_row("about")

    response = await write(editor, method, condition.format(etag=etag))

    assert response.status_code == 412
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["current_etag"] == etag
    assert await find_row("about") == before


@WRITES
async def test_a_version_that_was_overwritten_is_another(
    editor: AsyncClient, etag: str, method: str
) -> None:
    overwritten = await write(editor, "PUT", etag, title="Someone else's")

    response = await write(editor, method, etag)

    assert response.status_code == 412
    assert response.json()["current_etag"] == overwritten.headers["etag"]


@WRITES
async def test_a_missing_page_is_404_whatever_was_seen(editor: AsyncClient, method: str) -> None:
    response = await write(editor, method, "*", path="/api/v1/pages/missing")

    assert response.status_code == 404
