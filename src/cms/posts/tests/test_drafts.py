import pytest
from httpx import AsyncClient

from cms.posts.tests.factories import PostFactory
from tests.fixtures import Save

SAME_ID = {"X-Request-ID": "one"}


@pytest.fixture
async def draft(save: Save) -> None:
    await save(PostFactory.build(slug="draft", title="Hush", tags=["secret"], published=False))


@pytest.mark.attack("A2")
@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_a_draft_and_a_missing_post_get_the_same_bytes(
    client: AsyncClient, draft: None, method: str
) -> None:
    of_draft = await client.request(method, "/api/v1/posts/draft", headers=SAME_ID)
    of_missing = await client.request(method, "/api/v1/posts/other", headers=SAME_ID)

    assert of_draft.status_code == 404
    assert of_draft.content == of_missing.content
    assert of_draft.headers == of_missing.headers


@pytest.mark.attack("A3")
async def test_a_draft_is_not_listed_nor_counted(client: AsyncClient, save: Save) -> None:
    await save(PostFactory.build(slug="out", published=True))
    await save(*PostFactory.build_batch(9, published=False))

    envelope = (await client.get("/api/v1/posts?per_page=5")).json()

    assert [item["slug"] for item in envelope["items"]] == ["out"]
    assert envelope["total"] == 1
    assert envelope["total_pages"] == 1


@pytest.mark.attack("A3")
async def test_a_draft_leaves_the_public_list_as_it_was(
    client: AsyncClient, editor: AsyncClient, save: Save
) -> None:
    await save(PostFactory.build())
    before = await client.get("/api/v1/posts", headers=SAME_ID)

    await editor.post("/api/v1/posts", json={"title": "Hush"})
    after = await client.get("/api/v1/posts", headers=SAME_ID)

    assert after.content == before.content
    assert after.headers == before.headers


@pytest.mark.attack("A6")
@pytest.mark.parametrize("spelling", ["{etag}", "W/{etag}", '"x", {etag}', "*"])
async def test_if_none_match_never_confirms_a_draft(
    client: AsyncClient, editor: AsyncClient, draft: None, spelling: str
) -> None:
    seen_by_editor = await editor.get("/api/v1/posts/draft?status=draft")
    condition = {"If-None-Match": spelling.format(etag=seen_by_editor.headers["etag"])}

    response = await client.get("/api/v1/posts/draft", headers=SAME_ID | condition)

    of_missing = await client.get("/api/v1/posts/other", headers=SAME_ID | condition)
    assert response.status_code == 404
    assert response.content == of_missing.content
    assert response.headers == of_missing.headers


async def test_a_token_alone_does_not_show_a_draft(editor: AsyncClient, draft: None) -> None:
    assert (await editor.get("/api/v1/posts/draft")).status_code == 404
    assert (await editor.get("/api/v1/posts")).json()["total"] == 0


@pytest.mark.attack("A10")
async def test_what_an_editor_has_seen_stays_hidden_from_visitors(
    client: AsyncClient, editor: AsyncClient, draft: None
) -> None:
    assert (await editor.get("/api/v1/posts/draft?status=all")).status_code == 200

    assert (await client.get("/api/v1/posts/draft")).status_code == 404
    assert (await client.get("/api/v1/posts")).json()["total"] == 0


@pytest.mark.attack("A11")
async def test_an_unpublished_post_is_gone_and_its_etag_with_it(
    client: AsyncClient, editor: AsyncClient, save: Save
) -> None:
    await save(PostFactory.build(slug="hello"))
    etag = (await client.get("/api/v1/posts/hello")).headers["etag"]

    await editor.put("/api/v1/posts/hello", json={"title": "Hello", "published": False})

    response = await client.get("/api/v1/posts/hello", headers={"If-None-Match": etag})
    assert response.status_code == 404
    assert "etag" not in response.headers
    assert (await client.get("/api/v1/posts")).json()["total"] == 0
    assert (await client.get("/api/v1/posts?tag=news")).json()["total"] == 0


async def test_a_published_draft_appears(
    client: AsyncClient, editor: AsyncClient, draft: None
) -> None:
    await editor.put("/api/v1/posts/draft", json={"title": "Loud", "published": True})

    assert (await client.get("/api/v1/posts/draft")).json()["title"] == "Loud"
    assert (await client.get("/api/v1/posts")).json()["total"] == 1
