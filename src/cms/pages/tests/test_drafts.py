import pytest
from httpx import AsyncClient

from cms.pages.tests.factories import PageFactory
from tests.fixtures import Save

PAGES = "/api/v1/pages"
SAME_ID = {"X-Request-ID": "one"}


@pytest.fixture(autouse=True)
async def pages(save: Save) -> None:
    await save(PageFactory.build(slug="out"), PageFactory.build(slug="draft", published=False))


@pytest.mark.attack("A2")
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("condition", [None, "{etag}", "W/{etag}", "*"])
async def test_a_draft_and_a_missing_page_get_the_same_bytes(
    client: AsyncClient, editor: AsyncClient, condition: str | None, method: str
) -> None:
    etag = (await editor.get(f"{PAGES}/draft?status=all")).headers["etag"]
    headers = SAME_ID | ({"If-None-Match": condition.format(etag=etag)} if condition else {})

    of_draft = await client.request(method, f"{PAGES}/draft", headers=headers)
    of_missing = await client.request(method, f"{PAGES}/other", headers=headers)

    assert of_draft.status_code == 404
    assert (of_draft.headers, of_draft.content) == (of_missing.headers, of_missing.content)


@pytest.mark.attack("A3")
async def test_a_draft_is_not_listed_nor_counted(client: AsyncClient, save: Save) -> None:
    await save(*PageFactory.build_batch(9, published=False))

    envelope = (await client.get(f"{PAGES}?per_page=5")).json()

    assert [item["slug"] for item in envelope["items"]] == ["out"]
    assert (envelope["total"], envelope["total_pages"]) == (1, 1)


@pytest.mark.attack("A3")
async def test_a_draft_leaves_the_public_list_as_it_was(
    client: AsyncClient, editor: AsyncClient
) -> None:
    before = await client.get(PAGES, headers=SAME_ID)

    await editor.post(PAGES, json={"title": "Hush"})
    await editor.put(f"{PAGES}/draft", json={"title": "Still hush"})
    after = await client.get(PAGES, headers=SAME_ID)

    assert (after.headers, after.content) == (before.headers, before.content)


@pytest.mark.attack("A11")
async def test_an_unpublished_page_is_gone_and_its_etag_with_it(
    client: AsyncClient, editor: AsyncClient
) -> None:
    etag = (await client.get(f"{PAGES}/out")).headers["etag"]

    await editor.put(f"{PAGES}/out", json={"title": "Out", "published": False})

    response = await client.get(f"{PAGES}/out", headers={"If-None-Match": etag})
    assert response.status_code == 404
    assert (await client.get(PAGES)).json()["total"] == 0


@pytest.mark.attack("A10")
async def test_what_an_editor_has_seen_stays_hidden_from_visitors(
    client: AsyncClient, editor: AsyncClient
) -> None:
    assert (await editor.get(f"{PAGES}/draft?status=draft")).status_code == 200

    assert (await client.get(f"{PAGES}/draft")).status_code == 404
    assert (await editor.get(f"{PAGES}/draft")).status_code == 404


@pytest.mark.attack("A5")
@pytest.mark.parametrize("path", [PAGES, f"{PAGES}/out", f"{PAGES}/draft", f"{PAGES}/other"])
@pytest.mark.parametrize("status", ["draft", "all"])
@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer garbage"}], ids=["none", "bad"])
async def test_without_a_good_token_drafts_are_401(
    client: AsyncClient, status: str, path: str, header: dict[str, str]
) -> None:
    response = await client.get(f"{path}?status={status}", headers=header)

    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"


@pytest.mark.attack("A5")
@pytest.mark.parametrize("path", [PAGES, f"{PAGES}/out", f"{PAGES}/draft"])
@pytest.mark.parametrize("status", ["", "Draft", "drafts", "published&status=published"])
async def test_an_unknown_status_is_refused(client: AsyncClient, path: str, status: str) -> None:
    assert (await client.get(f"{path}?status={status}")).status_code == 422


@pytest.mark.parametrize(
    ("status", "shown"),
    [("published", {"out"}), ("draft", {"draft"}), ("all", {"out", "draft"})],
)
async def test_an_editor_sees_what_the_status_says(
    editor: AsyncClient, status: str, shown: set[str]
) -> None:
    envelope = (await editor.get(f"{PAGES}?status={status}")).json()

    assert {item["slug"] for item in envelope["items"]} == shown
    assert envelope["total"] == len(shown)
    for slug in ("out", "draft"):
        response = await editor.get(f"{PAGES}/{slug}?status={status}")
        assert response.status_code == (200 if slug in shown else 404)


@pytest.mark.parametrize("path", [PAGES, f"{PAGES}/out"])
async def test_an_editors_answer_is_kept_by_no_cache(editor: AsyncClient, path: str) -> None:
    response = await editor.get(f"{path}?status=all")

    assert response.headers["cache-control"] == "private, no-store"


@pytest.mark.parametrize("path", [PAGES, f"{PAGES}/out"])
async def test_published_needs_no_token_and_is_private_all_the_same(
    client: AsyncClient, path: str
) -> None:
    response = await client.get(f"{path}?status=published")

    assert response.status_code == 200
    assert response.content == (await client.get(path)).content
    assert response.headers["cache-control"] == "private, no-store"
