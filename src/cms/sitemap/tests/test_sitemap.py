"""All that is published, whatever its type."""

import pytest
from httpx import AsyncClient

from cms.kernel import API_PREFIX, Database, Settings
from cms.main import assemble
from cms.pages.tests.factories import PageFactory
from cms.posts.tests.factories import PostFactory
from tests.fixtures import Save, make_client, make_settings
from tests.problems import assert_problem

SITEMAP = f"{API_PREFIX}/sitemap"


@pytest.fixture
async def documents(save: Save) -> None:
    for number in range(5):
        for factory in (PageFactory, PostFactory):
            await save(factory.build(slug=f"no-{number}", published=True))
    await save(PageFactory.build(slug="draft", published=False))


async def paths(client: AsyncClient, query: str) -> list[str]:
    response = await client.get(f"{SITEMAP}?{query}")
    assert response.status_code == 200, response.text
    return [item["path"] for item in response.json()["items"]]


async def test_it_lists_all_that_is_published_with_its_path(
    client: AsyncClient, editor: AsyncClient, documents: None
) -> None:
    changed = await editor.patch(f"{API_PREFIX}/posts/no-0", json={"title": "Changed"})
    response = await client.get(SITEMAP)

    [first, *_] = response.json()["items"]
    assert response.json() | {"items": []} == {
        "items": [],
        "page": 1,
        "per_page": 1_000,
        "total": 10,
        "total_pages": 1,
    }
    of_document = ("slug", "updated_at", "published_at")
    named = {name: changed.json()[name] for name in of_document}
    assert first == {"type": "posts", "path": "/blog/no-0", **named}
    assert {item["type"] for item in response.json()["items"]} == {"pages", "posts"}
    found = await paths(client, "type=posts")
    assert found == [f"/blog/no-{number}" for number in range(5)]
    assert await paths(client, "type=settings") == []


@pytest.mark.parametrize("per_page", [1, 2, 3, 4, 7, 10, 1_000])
async def test_its_pages_are_all_of_it_once_in_one_order(
    client: AsyncClient, documents: None, per_page: int
) -> None:
    whole = await paths(client, "")
    assert len(whole) == len(set(whole)) == 10

    pages = [await paths(client, f"per_page={per_page}&page={page + 1}") for page in range(11)]

    assert [path for page in pages for path in page] == whole
    assert [page for page in pages if page] == [
        whole[start : start + per_page] for start in range(0, 10, per_page)
    ]


async def test_a_new_document_moves_no_other_to_another_page(
    client: AsyncClient, documents: None, save: Save
) -> None:
    before = await paths(client, "type=pages&per_page=2")

    await save(PageFactory.build(slug="newest", published=True))

    assert await paths(client, "type=pages&per_page=2") == before
    assert await paths(client, "type=pages&per_page=2&page=3") == ["/no-4", "/newest"]


@pytest.mark.parametrize("query", ["per_page=1001", "page=0", "type=users", "status=all"])
async def test_what_it_does_not_know_is_refused(client: AsyncClient, query: str) -> None:
    assert_problem(await client.get(f"{SITEMAP}?{query}"), 422)


async def test_editors_learn_where_documents_live(
    editor: AsyncClient, settings: Settings, database: Database
) -> None:
    paths = {"pages": "/{slug}", "posts": "/news/{slug}", "pages/home": "/"}
    here = make_settings(
        settings.database_url,
        site_url="https://www.example.com/",
        site_paths="posts=/news/{slug},pages=/{slug},pages/home=/",
    )
    async with make_client(assemble(here, database=database), headers=editor.headers) as client:
        known = (await client.get(f"{SITEMAP}/addresses")).json()

    assert known == {"site_url": "https://www.example.com", "paths": paths}
    assert (await editor.get(f"{SITEMAP}/addresses")).json()["site_url"] is None
