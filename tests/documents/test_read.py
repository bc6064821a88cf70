from datetime import datetime, timedelta
from uuid import UUID

import pytest
from httpx import AsyncClient

from tests.documents.kinds import SAME_ID, Kind, each_collection, each_kind, each_read, everything
from tests.problems import assert_problem


@each_kind
async def test_it_is_read_whole_and_with_nothing_besides(
    client: AsyncClient, kind: Kind, document: str
) -> None:
    response = await client.get(document)

    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json; charset=utf-8"
    assert kind.written(response) == kind.example
    for name, value in response.json().items():
        if name == "id":
            assert UUID(value).version == 7
        elif name in kind.readonly:
            assert value.endswith("Z")
            assert datetime.fromisoformat(value).utcoffset() == timedelta(0)


@pytest.mark.attack("A7")
@each_read
async def test_head_has_the_headers_of_get_and_no_body(
    client: AsyncClient, kind: Kind, document: str, path: str
) -> None:
    got = await client.get(path, headers=SAME_ID)
    head = await client.head(path, headers=SAME_ID)

    assert everything(head) == (200, got.headers, b"")


@each_read
async def test_a_token_changes_nothing_about_a_public_read(
    client: AsyncClient, editor: AsyncClient, kind: Kind, document: str, path: str
) -> None:
    plain = everything(await client.get(path, headers=SAME_ID))

    assert everything(await editor.get(path, headers=SAME_ID)) == plain
    for bad in ("Bearer garbage", "Bearer", "Basic Zm9vOmJhcg==", "x"):
        response = await client.get(path, headers=SAME_ID | {"Authorization": bad})
        assert everything(response) == plain


@pytest.mark.attack("A14")
@each_read
async def test_headers_that_no_cache_keys_on_change_nothing(
    client: AsyncClient, kind: Kind, document: str, path: str
) -> None:
    plain = everything(await client.get(path, headers=SAME_ID))
    for odd in (
        {"X-HTTP-Method-Override": "DELETE"},
        {"X-HTTP-Method": "PUT"},
        {"X-Forwarded-Host": "evil.example"},
        {"X-Original-URL": "/api/v1/users"},
        {"Accept": "text/html"},
        {"Accept-Language": "sv"},
    ):
        assert everything(await client.get(path, headers=SAME_ID | odd)) == plain


@pytest.mark.attack("I17")
@each_collection
async def test_a_slug_that_cannot_be_is_just_as_missing_as_one_that_might(
    client: AsyncClient, editor: AsyncClient, kind: Kind, document: str
) -> None:
    missing = await client.get(f"{kind.path}/missing")
    assert missing.json() == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": "There is nothing here.",
    }
    its_own = kind.example["slug"]
    impossible = "%2e%2e %2e a%2fb a/b ..%2f %00 a%00 a%5cb %0d%0a a--b -a a- a_b %ff %ed%a0%80 caf%c3%a9 %25 '--"
    almost = (its_own.upper(), f"{its_own}%0a", f"%20{its_own}", f"{its_own}/", "a" * 300)
    for slug in (*impossible.split(), *almost):
        for method in ("GET", "DELETE"):
            response = await editor.request(method, f"{kind.path}/{slug}")
            assert_problem(response, 404)
            assert response.content == missing.content

    head = await client.head(f"{kind.path}/missing")
    assert (head.status_code, head.content) == (404, b"")
