from uuid import UUID

import pytest
from httpx import AsyncClient

from cms.pages.tests.conftest import CountRows, FindRow
from cms.pages.tests.factories import PageFactory
from tests.fixtures import Save

PAGES = "/api/v1/pages"
WHOLE = {
    "title": "About us",
    "slug": "about",
    "body": "<p>At length.</p>",
    "meta_title": "About",
    "meta_description": "Who we are.",
    "og_image_url": "https://example.com/team.jpg",
    "published": True,
}


async def test_a_page_is_created_with_all_that_was_given(
    client: AsyncClient, editor: AsyncClient
) -> None:
    created = await editor.post(PAGES, json=WHOLE)

    assert created.status_code == 201
    assert created.headers["location"] == "/api/v1/pages/about"
    page = created.json()
    assert UUID(page.pop("id")).version == 7
    assert page.pop("created_at") == page.pop("updated_at")
    assert page == WHOLE
    read = await client.get("/api/v1/pages/about")
    assert read.json() == created.json()
    assert read.headers["etag"] == created.headers["etag"]


async def test_only_a_title_is_needed(editor: AsyncClient) -> None:
    page = (await editor.post(PAGES, json={"title": "Short"})).json()

    for name in ("id", "created_at", "updated_at"):
        del page[name]
    assert page == {
        "slug": "short",
        "title": "Short",
        "body": "",
        "meta_title": None,
        "meta_description": None,
        "og_image_url": None,
        "published": False,
    }


async def test_html_is_cleaned_before_it_is_stored(editor: AsyncClient, find_row: FindRow) -> None:
    body = "<p onclick=x>Hello<script>x</script></p>"

    response = await editor.post(PAGES, json={"title": "Hello", "body": body})

    assert response.json()["body"] == "<p>Hello</p>"
    row = await find_row("hello")
    assert row is not None
    assert row["body"] == "<p>Hello</p>"


async def test_an_admin_creates_pages_too(admin: AsyncClient) -> None:
    assert (await admin.post(PAGES, json=WHOLE)).status_code == 201


async def test_made_slugs_are_numbered_where_they_are_taken(
    editor: AsyncClient, save: Save
) -> None:
    await save(PageFactory.build(slug="uber-uns", published=False))

    made = [
        (await editor.post(PAGES, json={"title": "Über uns"})).headers["location"] for _ in range(2)
    ]

    assert made == ["/api/v1/pages/uber-uns-2", "/api/v1/pages/uber-uns-3"]


@pytest.mark.parametrize("published", [True, False])
async def test_a_given_slug_that_is_taken_is_409(
    editor: AsyncClient, save: Save, find_row: FindRow, published: bool
) -> None:
    await save(PageFactory.build(slug="about", published=published))
    before = await find_row("about")

    response = await editor.post(PAGES, json=WHOLE)

    assert response.status_code == 409
    assert response.json()["detail"] == "This slug is taken."
    assert await find_row("about") == before


@pytest.mark.attack("A1")
@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer garbage"}], ids=["none", "bad"])
@pytest.mark.parametrize("payload", [WHOLE, {"title": "x", "slug": "draft"}, {}])
async def test_without_a_good_token_nothing_is_created_and_nothing_told(
    client: AsyncClient,
    save: Save,
    count_rows: CountRows,
    payload: dict[str, object],
    header: dict[str, str],
) -> None:
    await save(PageFactory.build(slug="draft", published=False))

    response = await client.post(PAGES, json=payload, headers=header)

    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"
    assert await count_rows() == 1
