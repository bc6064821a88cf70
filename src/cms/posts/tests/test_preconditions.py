"""`If-Match` on the two writes that can lose someone's work."""

import pytest
from httpx import AsyncClient, Response

from cms.posts.tests.conftest import FindRow
from cms.posts.tests.factories import PostFactory
from tests.fixtures import Save

POST = "/api/v1/posts/hello"

WRITES = pytest.mark.parametrize("method", ["PUT", "DELETE"])


@pytest.fixture(autouse=True)
async def post(save: Save) -> None:
    await save(PostFactory.build(slug="hello"))


@pytest.fixture
async def etag(client: AsyncClient) -> str:
    return (await client.get(POST)).headers["etag"]


async def write(
    editor: AsyncClient, method: str, *if_match: str, path: str = POST, **changes: object
) -> Response:
    content = {"title": "New", "published": True, **changes} if method == "PUT" else None
    headers = [("If-Match", line) for line in if_match]
    return await editor.request(method, path, json=content, headers=headers)


@WRITES
@pytest.mark.parametrize(
    "condition", ["{etag}", "W/{etag}", '"other", {etag}', '"a,b",{etag} , W/"c"', "*"]
)
async def test_a_write_over_the_version_that_was_seen_goes_through(
    editor: AsyncClient, etag: str, method: str, condition: str
) -> None:
    response = await write(editor, method, condition.format(etag=etag))

    assert response.is_success


@WRITES
async def test_the_version_may_be_on_a_second_header_line(
    editor: AsyncClient, etag: str, method: str
) -> None:
    assert (await write(editor, method, '"other"', etag)).is_success


@WRITES
@pytest.mark.parametrize(
    "condition",
    ['"other"', '"other", "another"', '"*"', '"a,*,b"', 'W/"*"'],
)
async def test_a_write_over_another_version_is_412_and_changes_nothing(
    editor: AsyncClient, find_row: FindRow, etag: str, method: str, condition: str
) -> None:
    before = await find_row("hello")

    response = await write(editor, method, condition.format(etag=etag))

    assert response.status_code == 412
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert isinstance(problem.pop("detail"), str)
    assert problem == {
        "type": "about:blank",
        "title": "Precondition Failed",
        "status": 412,
        "current_etag": etag,
    }
    assert await find_row("hello") == before


@WRITES
async def test_an_etag_without_its_quotes_is_refused(
    editor: AsyncClient, etag: str, method: str
) -> None:
    assert (await write(editor, method, etag.strip('"'))).status_code == 400


@WRITES
async def test_a_version_that_was_overwritten_is_another(
    editor: AsyncClient, etag: str, method: str
) -> None:
    overwritten = await write(editor, "PUT", etag, title="Someone else's")

    response = await write(editor, method, etag)

    assert response.status_code == 412
    assert response.json()["current_etag"] == overwritten.headers["etag"]


@WRITES
async def test_the_etag_of_a_deleted_post_does_not_fit_its_successor(
    editor: AsyncClient, etag: str, method: str
) -> None:
    await editor.delete(POST)
    await editor.post("/api/v1/posts", json={"title": "Hello"})

    assert (await write(editor, method, etag)).status_code == 412


@WRITES
async def test_the_etag_of_the_whole_post_is_asked_for_and_not_that_of_the_list(
    client: AsyncClient, editor: AsyncClient, method: str
) -> None:
    of_list = (await client.get("/api/v1/posts")).headers["etag"]

    assert (await write(editor, method, of_list)).status_code == 412


@WRITES
@pytest.mark.parametrize("condition", ["*", '"other"'])
async def test_a_missing_post_is_404_whatever_was_seen(
    editor: AsyncClient, method: str, condition: str
) -> None:
    response = await write(editor, method, condition, path="/api/v1/posts/missing")

    assert response.status_code == 404


@WRITES
async def test_the_current_etag_of_a_draft_is_no_ones_to_know(
    client: AsyncClient, save: Save, method: str
) -> None:
    await save(PostFactory.build(slug="draft", published=False))

    response = await write(client, method, '"other"', path="/api/v1/posts/draft")

    assert response.status_code == 401
    assert "current_etag" not in response.json()


async def test_the_etag_of_one_write_is_good_for_the_next(editor: AsyncClient) -> None:
    created = await editor.post("/api/v1/posts", json={"title": "Chain"})
    path = created.headers["location"]

    first = await write(editor, "PUT", created.headers["etag"], path=path)
    second = await write(editor, "PUT", first.headers["etag"], path=path, title="Newer")
    third = await write(editor, "DELETE", second.headers["etag"], path=path)

    assert [first.status_code, second.status_code, third.status_code] == [200, 200, 204]


async def test_a_write_that_changes_nothing_is_checked_all_the_same(
    client: AsyncClient, editor: AsyncClient
) -> None:
    post = (await client.get(POST)).json()
    for name in ("id", "created_at", "updated_at"):
        del post[name]

    response = await editor.put(POST, json=post, headers={"If-Match": '"other"'})

    assert response.status_code == 412


async def test_a_version_that_does_not_fit_comes_before_a_slug_that_is_taken(
    editor: AsyncClient, save: Save
) -> None:
    await save(PostFactory.build(slug="taken"))

    response = await write(editor, "PUT", '"other"', slug="taken")

    assert response.status_code == 412
