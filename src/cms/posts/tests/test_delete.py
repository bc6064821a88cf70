import pytest
from httpx import AsyncClient

from cms.posts.tests.conftest import CountRows
from cms.posts.tests.factories import PostFactory
from tests.fixtures import Save


@pytest.fixture(autouse=True)
async def posts(save: Save) -> None:
    await save(PostFactory.build(slug="out"), PostFactory.build(slug="draft", published=False))


@pytest.mark.parametrize("slug", ["out", "draft"])
async def test_a_deleted_post_is_gone_and_the_others_are_not(
    editor: AsyncClient, count_rows: CountRows, slug: str
) -> None:
    response = await editor.delete(f"/api/v1/posts/{slug}")

    assert response.status_code == 204
    assert response.content == b""
    assert (await editor.get(f"/api/v1/posts/{slug}?status=all")).status_code == 404
    assert await count_rows() == 1


async def test_a_deleted_post_is_in_no_list(client: AsyncClient, editor: AsyncClient) -> None:
    await editor.delete("/api/v1/posts/out")

    assert (await client.get("/api/v1/posts")).json()["total"] == 0
    assert (await client.get("/api/v1/posts?tag=news")).json()["total"] == 0


@pytest.mark.parametrize("slug", ["missing", "Out", "out%00", "a" * 300])
async def test_a_post_that_is_missing_is_404(
    editor: AsyncClient, count_rows: CountRows, slug: str
) -> None:
    assert (await editor.delete(f"/api/v1/posts/{slug}")).status_code == 404
    assert await count_rows() == 2


async def test_the_second_of_two_deletions_is_404(editor: AsyncClient) -> None:
    await editor.delete("/api/v1/posts/out")

    assert (await editor.delete("/api/v1/posts/out")).status_code == 404


async def test_a_deleted_post_cannot_be_replaced(
    editor: AsyncClient, count_rows: CountRows
) -> None:
    await editor.delete("/api/v1/posts/out")

    response = await editor.put("/api/v1/posts/out", json={"title": "Back"})

    assert response.status_code == 404
    assert await count_rows() == 1


@pytest.mark.attack("A1")
@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer garbage"}], ids=["none", "bad"])
@pytest.mark.parametrize("slug", ["out", "draft", "missing", "UP"])
async def test_without_a_good_token_nothing_is_deleted_and_nothing_told(
    client: AsyncClient, count_rows: CountRows, slug: str, header: dict[str, str]
) -> None:
    response = await client.delete(f"/api/v1/posts/{slug}", headers=header)

    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"
    assert await count_rows() == 2
