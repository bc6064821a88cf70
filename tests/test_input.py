"""Input that no slice should have to think of, sent to every endpoint."""

import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from httpx import AsyncClient, Response
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from cms.identity.service import authenticate
from cms.identity.tests.factories import UserFactory
from cms.kernel.app import create_app
from cms.kernel.database import Database
from cms.main import SLICES
from cms.pages.tests.factories import PageFactory
from cms.posts.tests.factories import PostFactory
from tests.fixtures import Save, make_settings
from tests.problems import assert_problem

API = "/api/v1"
JSON = {"Content-Type": "application/json"}
USER_ID = UUID("019abf3e-7b1c-7d40-9d2f-2f4d6a1c0b55")

# Each write, with a body that it would take.
WRITES: dict[str, dict[str, Any]] = {
    "POST /pages": {"title": "New"},
    "POST /posts": {"title": "New"},
    "PUT /pages/kept": {"title": "Changed"},
    "PUT /posts/kept": {"title": "Changed"},
    "PUT /settings": {"site_name": "Changed"},
    "POST /users": {"email": "new@example.com", "password": "correct horse battery"},
    f"PATCH /users/{USER_ID}": {"role": "editor"},
    "PUT /users/me/password": {"current_password": "x" * 12, "new_password": "y" * 12},
    "POST /auth/login": {"email": "new@example.com", "password": "correct horse battery"},
    "POST /auth/refresh": {"refresh_token": "x"},
    "POST /auth/logout": {"refresh_token": "x"},
}
READS = ["/pages", "/posts", "/pages/kept", "/posts/kept", "/settings", "/users", "/users/me"]
READS += ["/users/me/sessions", f"/users/{USER_ID}"]

each_write = pytest.mark.parametrize("write", WRITES)


@pytest.fixture
def app(database_url: str, database: Database) -> FastAPI:
    settings = make_settings(database_url, auth_rate_limit="1000000/minute")
    return create_app(settings, SLICES, authenticate, database)


@pytest.fixture
async def unchanged(
    admin: AsyncClient, save: Save, connection: AsyncConnection
) -> AsyncIterator[AsyncClient]:
    """An administrator, with whose help nothing that is stored may change."""
    await save(
        PageFactory.build(slug="kept"),
        PostFactory.build(slug="kept"),
        UserFactory.build(id=USER_ID, role="admin"),
    )
    before = await stored(connection)
    yield admin
    assert await stored(connection) == before


async def stored(connection: AsyncConnection) -> list[str | None]:
    tables = ("pages", "posts", "site_settings", "users", "auth_sessions", "refresh_tokens")
    digest = "SELECT md5(string_agg(row::text, '|' ORDER BY row::text)) FROM {} AS row"
    return [await connection.scalar(text(digest.format(table))) for table in tables]


async def send(
    client: AsyncClient, write: str, content: bytes, headers: dict[str, str] = JSON
) -> Response:
    method, path = write.split()
    return await client.request(method, API + path, content=content, headers=headers)


@each_write
async def test_what_is_not_json_reaches_no_endpoint(unchanged: AsyncClient, write: str) -> None:
    for body in (
        b'{"a": NaN}',  # I3
        b'{"a": 1e999}',
        b'{"a": ' + b"9" * 5_000 + b"}",  # I4
        b"[" * 100_000 + b"]" * 100_000,  # I8
        b'{"title": "x", "title": "x"}',  # I9
        b'{"title": "\xff"}',  # I10
        '{"title": "x"}'.encode("utf-16"),
        '{"title": "x"}'.encode("utf-8-sig"),
        b'{"title": "x"} x',  # I15
    ):
        assert_problem(await send(unchanged, write, body), 400)


@each_write
async def test_i11_i12_what_does_not_say_it_is_json_reaches_no_endpoint(
    unchanged: AsyncClient, write: str
) -> None:
    for headers in (
        {},
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "garbage"},
        JSON | {"Content-Encoding": "gzip"},
    ):
        assert_problem(await send(unchanged, write, b'{"title": "x"}', headers), 415)


@each_write
async def test_i13_one_byte_too_many_reaches_no_endpoint(
    unchanged: AsyncClient, write: str
) -> None:
    assert_problem(await send(unchanged, write, b" " * (1024 * 1024 + 1)), 413)


@each_write
async def test_i15_i16_json_of_another_shape_is_not_valid(
    unchanged: AsyncClient, write: str
) -> None:
    for body in (b"", b"null", b"[]", b'"x"', b"5", b"true", b"[{}]", b'{"a": {}}'):
        assert_problem(await send(unchanged, write, body), 422)


@each_write
async def test_i1_i2_text_that_cannot_be_stored_is_not_valid(
    unchanged: AsyncClient, write: str
) -> None:
    for field in (*WRITES[write], "unknown"):
        for escape in (rb"\u0000", rb"\ud800"):
            body = b'{"%b": "a%bb"}' % (field.encode(), escape)
            problem = assert_problem(await send(unchanged, write, body), 422)

            assert problem["errors"][0]["loc"] == ["body", field]


@each_write
async def test_a12_what_the_server_decides_is_not_taken_from_a_client(
    unchanged: AsyncClient, write: str
) -> None:
    for field in ("id", "created_at", "updated_at", "version", "author_id", "is_superuser"):
        body = json.dumps(WRITES[write] | {field: "s3cret"}).encode()

        response = await send(unchanged, write, body)

        problem = assert_problem(response, 422, unsaid="s3cret")
        assert problem["errors"] == [
            {
                "loc": ["body", field],
                "msg": "Extra inputs are not permitted",
                "type": "extra_forbidden",
            }
        ]


@each_write
async def test_i16_values_of_another_type_are_not_valid(unchanged: AsyncClient, write: str) -> None:
    for field in WRITES[write]:
        for value in (5, True, ["x"], {"x": "x"}):
            body = json.dumps(WRITES[write] | {field: value}).encode()

            problem = assert_problem(await send(unchanged, write, body), 422)

            assert problem["errors"][0]["loc"][:2] == ["body", field]


@pytest.mark.parametrize("path", ["/pages", "/posts", "/users", "/users/me/sessions"])
async def test_i5_i7_pages_that_are_none_are_not_valid(unchanged: AsyncClient, path: str) -> None:
    for page in ("0", "-1", "1e3", "1_0", "1.0", "%201%20", "1" * 31, str(2**31), str(2**63)):
        assert_problem(await unchanged.get(f"{API}{path}?page={page}"), 422)
    for per_page in ("0", "101", "1000000000"):
        assert_problem(await unchanged.get(f"{API}{path}?per_page={per_page}"), 422)
    assert_problem(await unchanged.get(f"{API}{path}?page=1&page=1"), 422)


@pytest.mark.parametrize("path", ["/pages", "/posts", "/users", "/users/me/sessions"])
async def test_i6_beyond_the_last_page_there_is_nothing(unchanged: AsyncClient, path: str) -> None:
    first = (await unchanged.get(f"{API}{path}?per_page=100")).json()

    last = await unchanged.get(f"{API}{path}?page={2**31 - 1}&per_page=100")

    assert last.status_code == 200
    assert last.json() == first | {"items": [], "page": 2**31 - 1}
    assert first["total"] >= 1


@pytest.mark.parametrize("path", READS)
async def test_an_unknown_parameter_of_a_read_is_not_valid(
    unchanged: AsyncClient, path: str
) -> None:
    for query in ("unknown=s3cret", "sort=s3cret", "filter[published]=s3cret", "a%00=s3cret"):
        assert_problem(await unchanged.get(f"{API}{path}?{query}"), 422, unsaid="s3cret")


@pytest.mark.parametrize("kind", ["pages", "posts"])
@pytest.mark.parametrize(
    "slug",
    [
        "%2e%2e",
        "%2e",
        "a/b",
        "a%2fb",
        "%00",
        "kept%00",
        "a%5cb",
        "%0d%0a",
        "kept%0a",
        "%20kept",
        "Kept",
        "kept-",
        "ｋept",
        "%ff",
        "%ed%a0%80",
        "a" * 300,
        "'--",
        "%25",
    ],
)
async def test_i17_what_no_document_can_be_called_is_not_found(
    unchanged: AsyncClient, kind: str, slug: str
) -> None:
    missing = await unchanged.get(f"{API}/{kind}/no-such-document")
    for method in ("GET", "DELETE"):
        response = await unchanged.request(method, f"{API}/{kind}/{slug}")

        assert_problem(response, 404)
        assert response.content == missing.content


@pytest.mark.parametrize("kind", ["pages", "posts"])
@pytest.mark.parametrize("slug", ["..", ".", "a/b", "a\\b", "a\r\nb", "A", "a--b", "", "a" * 300])
async def test_i17_what_no_document_can_be_called_is_not_valid(
    unchanged: AsyncClient, kind: str, slug: str
) -> None:
    for method, path in (("POST", f"{API}/{kind}"), ("PUT", f"{API}/{kind}/kept")):
        response = await unchanged.request(method, path, json={"title": "x", "slug": slug})

        assert assert_problem(response, 422)["errors"][0]["loc"] == ["body", "slug"]


@pytest.mark.parametrize("id_", ["1", "me%00", "019abf3e", f"{USER_ID}x", "%7B%7D", "a" * 300])
async def test_what_is_no_id_is_not_found(unchanged: AsyncClient, id_: str) -> None:
    for method, path in (
        ("GET", f"/users/{id_}"),
        ("DELETE", f"/users/{id_}"),
        ("DELETE", f"/users/me/sessions/{id_}"),
    ):
        assert_problem(await unchanged.request(method, API + path), 404)


@pytest.mark.parametrize("path", READS)
async def test_i19_head_is_answered_as_get_is(unchanged: AsyncClient, path: str) -> None:
    headers = {"X-Request-ID": "same"}
    get = await unchanged.get(API + path, headers=headers)
    head = await unchanged.head(API + path, headers=headers)

    assert (head.status_code, head.headers, head.content) == (get.status_code, get.headers, b"")


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/pages", "GET, HEAD, POST"),
        ("/posts/kept", "DELETE, GET, HEAD, PUT"),
        ("/settings", "GET, HEAD, PUT"),
        ("/auth/login", "POST"),
        ("/users", "GET, HEAD, POST"),
        ("/users/me", "GET, HEAD"),
        ("/users/me/password", "PUT"),
        (f"/users/{USER_ID}", "DELETE, GET, HEAD, PATCH"),
        (f"/users/me/sessions/{USER_ID}", "DELETE"),
    ],
)
async def test_i19_other_methods_are_refused_with_all_that_are_not(
    unchanged: AsyncClient, path: str, allowed: str
) -> None:
    for method in ("TRACE", "OPTIONS", "PROPFIND", "BREW"):
        response = await unchanged.request(method, API + path)

        assert_problem(response, 405)
        assert response.headers["Allow"] == allowed


async def test_a14_no_header_turns_a_read_into_a_write(unchanged: AsyncClient) -> None:
    for name in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"):
        response = await unchanged.post(
            f"{API}/pages/kept", headers={name: "DELETE"}, params={"_method": "DELETE"}, json={}
        )

        assert_problem(response, 405)


async def test_d5_a_forged_host_is_not_in_the_location(admin: AsyncClient) -> None:
    forged = {"Host": "evil.example", "X-Forwarded-Host": "evil.example"}
    response = await admin.post(f"{API}/pages", json={"title": "Über uns"}, headers=forged)

    assert response.headers["Location"] == f"{API}/pages/uber-uns"
    assert "evil" not in response.text
