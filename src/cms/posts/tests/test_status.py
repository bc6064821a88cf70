"""What `?status=` shows, and to whom."""

import pytest
from httpx import AsyncClient

from cms.posts.tests.factories import PostFactory
from tests.fixtures import Save

PATHS = ["/api/v1/posts", "/api/v1/posts/out", "/api/v1/posts/draft", "/api/v1/posts/other"]


@pytest.fixture(autouse=True)
async def posts(save: Save) -> None:
    await save(
        PostFactory.build(slug="out", tags=["news"]),
        PostFactory.build(slug="draft", tags=["news"], published=False),
    )


@pytest.mark.attack("A5")
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("status", ["draft", "all"])
async def test_without_a_token_drafts_are_401(
    client: AsyncClient, status: str, path: str, method: str
) -> None:
    response = await client.request(method, f"{path}?status={status}")

    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"
    assert response.headers["cache-control"] == "no-store"


@pytest.mark.attack("A5")
@pytest.mark.parametrize("path", PATHS)
async def test_with_a_bad_token_drafts_are_401(client: AsyncClient, path: str) -> None:
    response = await client.get(f"{path}?status=all", headers={"Authorization": "Bearer garbage"})

    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"


@pytest.mark.attack("A5")
@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("status", ["", "Draft", "drafts", "published,draft", "%00", "*", "true"])
async def test_an_unknown_status_is_refused(client: AsyncClient, path: str, status: str) -> None:
    response = await client.get(f"{path}?status={status}")

    assert response.status_code == 422
    assert response.json()["errors"][0]["loc"] == ["query", "status"]


@pytest.mark.parametrize(
    ("status", "shown"),
    [("published", {"out"}), ("draft", {"draft"}), ("all", {"out", "draft"})],
)
async def test_an_editor_lists_what_the_status_says(
    editor: AsyncClient, status: str, shown: set[str]
) -> None:
    envelope = (await editor.get(f"/api/v1/posts?status={status}")).json()

    assert {item["slug"] for item in envelope["items"]} == shown
    assert envelope["total"] == len(shown)


@pytest.mark.parametrize(
    ("status", "shown"),
    [("published", {"out"}), ("draft", {"draft"}), ("all", {"out", "draft"})],
)
async def test_an_editor_reads_what_the_status_says(
    editor: AsyncClient, status: str, shown: set[str]
) -> None:
    for slug in ("out", "draft", "other"):
        response = await editor.get(f"/api/v1/posts/{slug}?status={status}")
        assert response.status_code == (200 if slug in shown else 404)


async def test_an_admin_sees_drafts_too(admin: AsyncClient) -> None:
    assert (await admin.get("/api/v1/posts/draft?status=draft")).status_code == 200


async def test_the_tag_filter_holds_for_drafts(editor: AsyncClient) -> None:
    envelope = (await editor.get("/api/v1/posts?status=draft&tag=news")).json()
    assert [item["slug"] for item in envelope["items"]] == ["draft"]

    envelope = (await editor.get("/api/v1/posts?status=draft&tag=other")).json()
    assert envelope["total"] == 0


@pytest.mark.parametrize("path", ["/api/v1/posts", "/api/v1/posts/out"])
@pytest.mark.parametrize("status", ["published", "all"])
async def test_an_editors_answer_is_kept_by_no_cache(
    editor: AsyncClient, path: str, status: str
) -> None:
    first = await editor.get(f"{path}?status={status}")
    again = await editor.get(
        f"{path}?status={status}", headers={"If-None-Match": first.headers["etag"]}
    )

    assert first.status_code == 200
    assert first.headers["cache-control"] == "private, no-store"
    assert again.status_code == 304
    assert again.headers["cache-control"] == "private, no-store"


@pytest.mark.parametrize("path", ["/api/v1/posts", "/api/v1/posts/out"])
@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer garbage"}], ids=["none", "bad"])
async def test_published_needs_no_token_and_is_private_all_the_same(
    client: AsyncClient, path: str, header: dict[str, str]
) -> None:
    response = await client.get(f"{path}?status=published", headers=header)

    assert response.status_code == 200
    assert response.content == (await client.get(path)).content
    assert response.headers["cache-control"] == "private, no-store"


async def test_published_does_not_show_a_draft(client: AsyncClient, editor: AsyncClient) -> None:
    for reader in (client, editor):
        response = await reader.get("/api/v1/posts/draft?status=published")
        assert response.status_code == 404


async def test_a_post_has_the_same_etag_in_every_view(
    client: AsyncClient, editor: AsyncClient
) -> None:
    public = await client.get("/api/v1/posts/out")
    private = await editor.get("/api/v1/posts/out?status=all")

    assert public.headers["etag"] == private.headers["etag"]
