from uuid import UUID

import pytest
from httpx import AsyncClient

from cms.pages.tests.factories import PageFactory
from tests.fixtures import Save

SAME_ID = {"X-Request-ID": "one"}
MISSING = "/api/v1/pages/missing"


async def test_a_published_page_is_read_whole_and_with_nothing_besides(
    client: AsyncClient, save: Save
) -> None:
    await save(PageFactory.build(slug="about", title="About"))

    response = await client.get("/api/v1/pages/about")

    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json; charset=utf-8"
    page = response.json()
    assert UUID(page.pop("id")).version == 7
    assert page.pop("created_at") == page.pop("updated_at")
    assert page == {
        "slug": "about",
        "title": "About",
        "body": "<p>At length.</p>",
        "meta_title": "For search engines",
        "meta_description": "What search engines show.",
        "og_image_url": "/images/page.jpg",
        "published": True,
    }


async def test_what_a_page_lacks_is_null(client: AsyncClient, save: Save) -> None:
    await save(
        PageFactory.build(slug="bare", meta_title=None, meta_description=None, og_image_url=None)
    )

    page = (await client.get("/api/v1/pages/bare")).json()

    assert page["meta_title"] is page["meta_description"] is page["og_image_url"] is None


@pytest.mark.parametrize("slug", ["missing", "About", "%00", "a%2fb", "..%2f", "x" * 300, "about/"])
async def test_a_page_that_is_missing_is_404(client: AsyncClient, save: Save, slug: str) -> None:
    await save(PageFactory.build(slug="about"))

    response = await client.get(f"/api/v1/pages/{slug}")

    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"
    assert response.content == (await client.get(MISSING)).content


@pytest.mark.parametrize("query", ["x=1", "page=1", "tag=news"])
async def test_an_unknown_query_parameter_is_refused(
    client: AsyncClient, save: Save, query: str
) -> None:
    await save(PageFactory.build(slug="about"))

    assert (await client.get(f"/api/v1/pages/about?{query}")).status_code == 422


@pytest.mark.attack("A7")
async def test_head_has_the_headers_of_get_and_no_body(client: AsyncClient, save: Save) -> None:
    await save(PageFactory.build(slug="about"))

    for path in ("/api/v1/pages", "/api/v1/pages/about"):
        got = await client.get(path, headers=SAME_ID)
        head = await client.head(path, headers=SAME_ID)

        assert (head.status_code, head.content) == (200, b"")
        assert head.headers == got.headers


async def test_a_token_changes_nothing_about_a_public_read(
    client: AsyncClient, editor: AsyncClient, save: Save
) -> None:
    await save(PageFactory.build(slug="about"), PageFactory.build(published=False))

    for path in ("/api/v1/pages", "/api/v1/pages/about"):
        plain = await client.get(path, headers=SAME_ID)
        good = await editor.get(path, headers=SAME_ID)
        bad = await client.get(path, headers=SAME_ID | {"Authorization": "Bearer garbage"})

        assert (good.headers, good.content) == (plain.headers, plain.content)
        assert (bad.headers, bad.content) == (plain.headers, plain.content)
