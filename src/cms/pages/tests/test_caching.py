import pytest
from httpx import AsyncClient
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from cms.pages.tests.factories import PageFactory
from tests.fixtures import Save

LIST = "/api/v1/pages"
PAGE = "/api/v1/pages/about"
BOTH = pytest.mark.parametrize("path", [LIST, PAGE], ids=["list", "page"])


@pytest.fixture(autouse=True)
async def page(save: Save) -> None:
    await save(PageFactory.build(slug="about"))


async def etag(client: AsyncClient, path: str) -> str:
    response = await client.get(path)
    assert response.status_code == 200
    return response.headers["etag"]


def payload(**changes: object) -> dict[str, object]:
    return {"title": "About", "published": True, **changes}


@BOTH
async def test_an_answer_may_be_kept_and_must_be_asked_about(
    client: AsyncClient, path: str
) -> None:
    response = await client.get(path)

    assert response.headers["etag"].startswith('"')
    assert response.headers["cache-control"] == "public, max-age=0, must-revalidate"
    assert response.headers["vary"] == "Origin"


@BOTH
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("condition", ["{etag}", "W/{etag}", "*", '"a", {etag}'])
async def test_a_copy_that_is_current_is_confirmed_with_304(
    client: AsyncClient, path: str, method: str, condition: str
) -> None:
    fresh = await client.get(path)
    headers = {"If-None-Match": condition.format(etag=fresh.headers["etag"])}

    response = await client.request(method, path, headers=headers)

    assert response.status_code == 304
    assert response.content == b""
    for name in ("etag", "cache-control", "vary"):
        assert response.headers[name] == fresh.headers[name]


@BOTH
@pytest.mark.parametrize(
    "changes",
    [
        {"title": "Other"},
        {"body": "<p>Other</p>"},
        {"meta_title": "Other"},
        {"meta_description": "Other"},
        {"og_image_url": "/other.jpg"},
    ],
    ids=lambda changes: next(iter(changes)),
)
async def test_every_change_changes_the_etag(
    client: AsyncClient, editor: AsyncClient, path: str, changes: dict[str, object]
) -> None:
    await editor.put(PAGE, json=payload())
    before = await etag(client, path)

    await editor.put(PAGE, json=payload(**changes))

    response = await client.get(path, headers={"If-None-Match": before})
    assert response.status_code == 200
    assert response.headers["etag"] != before


@BOTH
async def test_a_change_behind_the_applications_back_changes_the_etag(
    client: AsyncClient, connection: AsyncConnection, path: str
) -> None:
    before = await etag(client, path)

    await connection.execute(text("UPDATE pages SET title = 'Other' WHERE slug = 'about'"))

    assert await etag(client, path) != before


@BOTH
async def test_a_statement_that_changes_nothing_leaves_the_etag(
    client: AsyncClient, connection: AsyncConnection, path: str
) -> None:
    before = await etag(client, path)

    await connection.execute(text("UPDATE pages SET title = title"))

    assert await etag(client, path) == before


async def test_a_recreated_slug_has_another_etag(client: AsyncClient, editor: AsyncClient) -> None:
    await editor.delete(PAGE)
    await editor.post(LIST, json=payload(slug="about"))
    before = await etag(client, PAGE)

    await editor.delete(PAGE)
    await editor.post(LIST, json=payload(slug="about"))

    assert await etag(client, PAGE) != before
