import re
from collections.abc import Awaitable, Callable

import pytest
from httpx import AsyncClient, Response
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from cms.posts.tests.factories import PostFactory
from tests.fixtures import Save

LIST = "/api/v1/posts"
POST = "/api/v1/posts/hello"
SAME_ID = {"X-Request-ID": "one"}

BOTH = pytest.mark.parametrize("path", [LIST, POST], ids=["list", "post"])

type Change = Callable[[AsyncClient], Awaitable[Response]]


@pytest.fixture(autouse=True)
async def post(save: Save) -> None:
    await save(PostFactory.build(slug="hello"))


async def etag(client: AsyncClient, path: str) -> str:
    response = await client.get(path)
    assert response.status_code == 200
    return response.headers["etag"]


def payload(**changes: object) -> dict[str, object]:
    return {"title": "Hello", "published": True, **changes}


@BOTH
async def test_an_answer_may_be_kept_and_must_be_asked_about(
    client: AsyncClient, path: str
) -> None:
    response = await client.get(path)

    assert re.fullmatch(r'"[0-9a-f]+"', response.headers["etag"])
    assert response.headers["cache-control"] == "public, max-age=0, must-revalidate"
    assert response.headers["vary"] == "Origin"


@BOTH
async def test_the_same_answer_has_the_same_etag(client: AsyncClient, path: str) -> None:
    assert await etag(client, path) == await etag(client, path)


@BOTH
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(
    "condition",
    ["{etag}", "W/{etag}", "*", '"a", {etag}', '"a",W/"b",{etag} , "c"', '"a,b", {etag}'],
)
async def test_a_copy_that_is_current_is_confirmed_with_304(
    client: AsyncClient, path: str, method: str, condition: str
) -> None:
    fresh = await client.get(path, headers=SAME_ID)
    headers = SAME_ID | {"If-None-Match": condition.format(etag=fresh.headers["etag"])}

    response = await client.request(method, path, headers=headers)

    assert response.status_code == 304
    assert response.content == b""
    assert "content-type" not in response.headers
    for name in ("etag", "cache-control", "vary"):
        assert response.headers[name] == fresh.headers[name]


@BOTH
async def test_a_current_copy_is_confirmed_from_a_second_header_line_too(
    client: AsyncClient, path: str
) -> None:
    lines = [("If-None-Match", '"other"'), ("If-None-Match", await etag(client, path))]

    assert (await client.get(path, headers=lines)).status_code == 304


@BOTH
@pytest.mark.parametrize("condition", ['"other"', "", '""', '"*"', '"a,*,b"', 'W/"*"'])
async def test_a_copy_that_is_not_current_is_replaced(
    client: AsyncClient, path: str, condition: str
) -> None:
    fresh = await client.get(path, headers=SAME_ID)

    response = await client.get(path, headers=SAME_ID | {"If-None-Match": condition})

    assert response.status_code == 200
    assert (response.headers, response.content) == (fresh.headers, fresh.content)


@BOTH
async def test_an_etag_without_its_quotes_is_refused(client: AsyncClient, path: str) -> None:
    bare = (await etag(client, path)).strip('"')

    response = await client.get(path, headers={"If-None-Match": bare})

    assert response.status_code == 400


@BOTH
@pytest.mark.parametrize(
    "changes",
    [
        {"title": "Other"},
        {"excerpt": "Other"},
        {"body": "<p>Other</p>"},
        {"author": "Other"},
        {"featured_image_url": "/other.jpg"},
        {"tags": ["other"]},
    ],
    ids=lambda changes: next(iter(changes)),
)
async def test_every_change_changes_the_etag(
    client: AsyncClient, editor: AsyncClient, path: str, changes: dict[str, object]
) -> None:
    await editor.put(POST, json=payload())
    before = await etag(client, path)

    assert (await editor.put(POST, json=payload(**changes))).status_code == 200

    assert await etag(client, path) != before
    response = await client.get(path, headers={"If-None-Match": before})
    assert response.status_code == 200


async def test_the_order_of_tags_is_a_change(client: AsyncClient, editor: AsyncClient) -> None:
    await editor.put(POST, json=payload(tags=["a", "b"]))
    before = await etag(client, POST)

    await editor.put(POST, json=payload(tags=["b", "a"]))

    assert (await client.get(POST)).json()["tags"] == ["b", "a"]
    assert await etag(client, POST) != before


async def test_a_move_changes_the_etag(client: AsyncClient, editor: AsyncClient) -> None:
    before = await etag(client, POST)

    await editor.put(POST, json=payload(slug="moved"))

    assert await etag(client, "/api/v1/posts/moved") != before


async def test_a_change_and_its_reverse_do_not_bring_the_old_etag_back(
    client: AsyncClient, editor: AsyncClient
) -> None:
    await editor.put(POST, json=payload(title="One"))
    before = await etag(client, POST)

    await editor.put(POST, json=payload(title="Two"))
    await editor.put(POST, json=payload(title="One"))

    assert await etag(client, POST) != before


async def test_a_change_behind_the_applications_back_changes_the_etag(
    client: AsyncClient, connection: AsyncConnection
) -> None:
    before = {path: await etag(client, path) for path in (POST, LIST)}

    await connection.execute(text("UPDATE posts SET author = 'Other' WHERE slug = 'hello'"))

    assert await etag(client, POST) != before[POST]
    assert await etag(client, LIST) != before[LIST]


async def test_a_statement_that_changes_nothing_leaves_the_etag(
    client: AsyncClient, connection: AsyncConnection
) -> None:
    before = {path: await etag(client, path) for path in (POST, LIST)}

    await connection.execute(text("UPDATE posts SET author = author"))

    assert {path: await etag(client, path) for path in (POST, LIST)} == before


async def test_a_new_post_changes_the_etag_of_the_list_and_of_no_other_post(
    client: AsyncClient, editor: AsyncClient
) -> None:
    before = {path: await etag(client, path) for path in (POST, LIST)}

    await editor.post(LIST, json=payload(slug="second"))

    assert await etag(client, LIST) != before[LIST]
    assert await etag(client, POST) == before[POST]


async def test_another_page_of_the_list_has_another_etag(client: AsyncClient) -> None:
    assert await etag(client, f"{LIST}?page=2") != await etag(client, LIST)


async def test_a_recreated_slug_has_another_etag(client: AsyncClient, editor: AsyncClient) -> None:
    await editor.put(POST, json=payload())
    before = await etag(client, POST)
    await editor.delete(POST)

    await editor.post(LIST, json=payload(slug="hello"))
    await editor.put(POST, json=payload(title="Edited"))
    await editor.put(POST, json=payload())

    response = await client.get(POST, headers={"If-None-Match": before})
    assert response.status_code == 200
    assert response.headers["etag"] != before


async def test_a_deleted_post_is_404_to_who_has_a_copy(
    client: AsyncClient, editor: AsyncClient
) -> None:
    condition = {"If-None-Match": await etag(client, POST)}

    await editor.delete(POST)

    assert (await client.get(POST, headers=condition)).status_code == 404


async def test_posts_of_the_same_content_have_different_etags(
    client: AsyncClient, save: Save
) -> None:
    await save(PostFactory.build(slug="twin", title="Twin"))
    await save(PostFactory.build(slug="twin-2", title="Twin"))

    assert await etag(client, f"{LIST}/twin") != await etag(client, f"{LIST}/twin-2")
