"""What nobody learns of a draft without a token, of all kinds of documents."""

from statistics import median
from time import perf_counter

import pytest
from httpx import AsyncClient, Response
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from cms.pages.tests.factories import PageFactory
from cms.posts.tests.factories import PostFactory
from tests.fixtures import Save
from tests.problems import assert_problem

FACTORIES = {"pages": PageFactory, "posts": PostFactory}
SAME_ID = {"X-Request-ID": "same"}

each_kind = pytest.mark.parametrize("kind", FACTORIES)


@pytest.fixture(autouse=True)
async def documents(save: Save) -> None:
    for factory in FACTORIES.values():
        await save(
            factory.build(slug="draft", published=False), factory.build(slug="out", title="Out")
        )


def everything(response: Response) -> tuple[int, object, bytes]:
    return response.status_code, response.headers, response.content


@pytest.mark.attack("A2")
@each_kind
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("query", ["", "?status=published"])
async def test_what_is_deleted_hidden_or_was_never_there_is_one_and_the_same(
    client: AsyncClient, editor: AsyncClient, kind: str, method: str, query: str
) -> None:
    assert (await editor.delete(f"/api/v1/{kind}/out")).status_code == 204

    deleted, draft, never = [
        await client.request(method, f"/api/v1/{kind}/{slug}{query}", headers=SAME_ID)
        for slug in ("out", "draft", "never")
    ]

    assert never.status_code == 404
    assert everything(deleted) == everything(draft) == everything(never)


@pytest.mark.attack("A5")
@each_kind
async def test_no_parameter_shows_a_draft(client: AsyncClient, kind: str) -> None:
    unauthorized = ("status=draft", "status=all")
    unknown = (
        "status=published&status=draft",
        "status=draft&status=published",
        "status=all&status=all",
        "status=DRAFT",
        "status=",
        "status[]=draft",
        "Status=draft",
        "sort=published",
        "filter[published]=false",
        "include=drafts",
        "published=false",
        "preview=true",
    )
    for query in (*unauthorized, *unknown):
        expected = 401 if query in unauthorized else 422
        for path in ("", "/draft"):
            response = await client.get(f"/api/v1/{kind}{path}?{query}")
            assert response.status_code == expected, query
            assert "draft" not in response.text.replace("This must be 'published', 'draft'", "")
    for query in ("", "status=published", "per_page=100", "page=1&status=published"):
        listed = await client.get(f"/api/v1/{kind}?{query}")
        assert [item["slug"] for item in listed.json()["items"]] == ["out"], query
    for query in ("", "status=published"):
        assert_problem(await client.get(f"/api/v1/{kind}/draft?{query}"), 404)


@pytest.mark.attack("A7")
@each_kind
async def test_head_tells_no_more_of_a_draft_than_get(client: AsyncClient, kind: str) -> None:
    for slug, status in (("draft", 404), ("never", 404), ("out", 200)):
        path = f"/api/v1/{kind}/{slug}"
        get = await client.get(path, headers=SAME_ID)
        head = await client.head(path, headers=SAME_ID)

        assert (head.status_code, head.headers, head.content) == (status, get.headers, b"")


@pytest.mark.attack("A10")
@each_kind
async def test_an_editors_view_of_a_draft_leaves_nothing_behind_for_others(
    client: AsyncClient, editor: AsyncClient, kind: str
) -> None:
    before = [await client.get(f"/api/v1/{kind}{path}", headers=SAME_ID) for path in ("", "/draft")]
    for query in ("?status=draft", "?status=all"):
        for path in ("", "/draft"):
            seen = await editor.get(f"/api/v1/{kind}{path}{query}")
            assert seen.headers["Cache-Control"] == "private, no-store"

    after = [await client.get(f"/api/v1/{kind}{path}", headers=SAME_ID) for path in ("", "/draft")]

    assert [everything(each) for each in after] == [everything(each) for each in before]
    assert_problem(after[1], 404)


async def seconds(client: AsyncClient, path: str) -> float:
    began = perf_counter()
    assert (await client.get(path)).status_code == 404
    return perf_counter() - began


async def are_told_apart(client: AsyncClient, *paths: str) -> bool:
    """Whether the times of their answers, taken in turn, differ by more than a tenth."""
    turns = [[await seconds(client, path) for path in paths] for _ in range(150)]
    first, second = [median(times) for times in zip(*turns, strict=True)]
    return abs(first - second) > 0.1 * min(first, second)


@pytest.mark.attack("A9")
@each_kind
async def test_a_draft_and_a_missing_document_take_the_same_time(
    client: AsyncClient, connection: AsyncConnection, kind: str
) -> None:
    # Reading such a body takes PostgreSQL longer than looking it up.
    await connection.execute(
        text(
            f"UPDATE {kind} SET body = (SELECT string_agg(md5(n::text), '') "
            "FROM generate_series(1, 8000) AS n) WHERE slug = 'draft'"
        )
    )
    paths = (f"/api/v1/{kind}/draft", f"/api/v1/{kind}/never")
    await are_told_apart(client, *paths)  # the first requests make what the others use

    # What another process takes of the machine may fall on one of them, but not each time.
    for _ in range(3):
        if not await are_told_apart(client, *paths):
            return
    pytest.fail("a draft and a missing document can be told apart")
