"""Who may do what, asked of every endpoint that the application has."""

from collections.abc import AsyncIterator, Callable

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from httpx import AsyncClient
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from cms.identity.tests.factories import UserFactory
from tests.endpoints import (
    ACTIONS,
    API,
    DELETIONS,
    POST_ID,
    USER_ID,
    WRITES,
    kept,
    nothing_stored_changes,
)
from tests.fixtures import LogIn, Save
from tests.problems import assert_problem

GUARDED = [write for write in (*WRITES, *DELETIONS, *ACTIONS) if "/auth/" not in write]
# What no visitor may read.
PRIVATE = [
    *("GET /users", "GET /users/me", "GET /users/me/sessions", f"GET /users/{USER_ID}"),
    *("GET /history", f"GET /history/{USER_ID}", "GET /previews"),
    *("GET /working-copies", f"GET /working-copies/posts/{POST_ID}"),
    *("GET /schedule", f"GET /schedule/posts/{POST_ID}", f"GET /redirects/{USER_ID}"),
]
FOR_ADMINS = [each for each in (*GUARDED, *PRIVATE) if "/users" in each and "/me" not in each]
SPELLINGS: dict[str, Callable[[str], str]] = {
    "as it is": lambda path: path,
    "what is not there": lambda path: path.replace("/kept", "/missing"),
    "slash behind": lambda path: path + "/",
    "encoded slash behind": lambda path: path + "%2f",
    "slashes in front": lambda path: "/" + path,
    "slashes between": lambda path: path.replace(API, API + "/"),
    "encoded slash": lambda path: path.replace(API + "/", API + "%2f"),
    "all slashes encoded": lambda path: "/" + path[1:].replace("/", "%2F"),
    "other case": lambda path: path.upper(),
    "a capital": lambda path: path.replace("v1/", "V1/"),
    "dots": lambda path: path.replace(API, f"{API}/auth/.."),
    "encoded dots": lambda path: path.replace(API, f"{API}/auth/%2e%2e"),
    "parameter": lambda path: path + ";a=b",
    "NUL behind": lambda path: path + "%00",
    "blank behind": lambda path: path + "%20",
    "extension": lambda path: path + ".json",
}


@pytest.fixture(autouse=True)
async def unchanged(
    editor: AsyncClient, save: Save, connection: AsyncConnection
) -> AsyncIterator[None]:
    await save(*kept())
    async with nothing_stored_changes(connection):
        yield


async def assert_refused(client: AsyncClient, request: str, status: int) -> None:
    method, path = request.split()
    for name, respell in SPELLINGS.items():
        # Written out, or the client would take two slashes in front for a host.
        url = f"http://testserver{respell(API + path)}"
        plain = name in {"as it is", "what is not there"}
        for body in (WRITES.get(request), *((None, {"unknown": "field"}) if plain else ())):
            response = await client.request(method, url, json=body)
            assert_problem(response, *({status} if plain else {status, 404, 405}))


@pytest.mark.attack("A1")
async def test_every_write_is_tried_here(app: FastAPI) -> None:
    methods = {"POST", "PUT", "PATCH", "DELETE"}
    routes = [
        each for each in iter_route_contexts(app.app.routes) if (each.methods or set()) & methods
    ]
    tried = {
        route.name
        for route in routes
        for method, path in (write.split() for write in GUARDED)
        if method in (route.methods or ()) and route.path_regex.fullmatch(API + path)
    }

    assert tried == {route.name for route in routes} - {"login", "refresh", "logout"}


@pytest.mark.attack("A1")
@pytest.mark.parametrize("request_", [*GUARDED, *PRIVATE])
async def test_without_a_token_no_spelling_of_it_gets_through(
    client: AsyncClient, request_: str
) -> None:
    await assert_refused(client, request_, 401)


@pytest.mark.attack("A1")
@pytest.mark.parametrize("request_", FOR_ADMINS)
async def test_with_the_wrong_role_no_spelling_of_it_gets_through(
    editor: AsyncClient, request_: str
) -> None:
    await assert_refused(editor, request_, 403)


@pytest.mark.attack("A8")
@pytest.mark.parametrize("kind", ["pages", "posts"])
async def test_a_slug_that_is_taken_is_no_ones_to_know_without_a_token(
    client: AsyncClient, save: Save, connection: AsyncConnection, kind: str
) -> None:
    await connection.execute(text("SAVEPOINT before"))
    await connection.execute(text(f"UPDATE {kind} SET published = false, slug = 'draft'"))
    headers = {"X-Request-ID": "same"}

    taken, free = [
        await client.post(f"{API}/{kind}", json={"title": "x", "slug": slug}, headers=headers)
        for slug in ("draft", "free")
    ]

    assert_problem(taken, 401)
    assert (taken.headers, taken.content) == (free.headers, free.content)
    await connection.execute(text("ROLLBACK TO SAVEPOINT before"))


PUBLIC = [
    *("/api/v1/pages", "/api/v1/posts", "/api/v1/posts?tag=news", "/api/v1/settings"),
    *("/api/v1/pages/kept", "/api/v1/posts/kept", "/api/v1/posts/missing", "/nowhere"),
    *("/api/v1/users", "/api/v1/users/me", f"/api/v1/users/{USER_ID}", "/healthz", "/readyz"),
]


@pytest.mark.attack("A13")
@pytest.mark.parametrize("path", PUBLIC)
async def test_no_public_answer_tells_of_a_user(
    client: AsyncClient, log_in: LogIn, connection: AsyncConnection, path: str
) -> None:
    await connection.execute(text("SAVEPOINT before"))
    user = UserFactory.build(email="a.user@private.example")
    author = await log_in(user)
    for kind in ("pages", "posts"):
        assert (
            await author.put(f"{API}/{kind}/kept", json={"title": "By me", "published": True})
        ).status_code == 200

    for method in ("GET", "HEAD", "POST"):
        response = await client.request(method, path)

        told = (str(response.headers.multi_items()) + response.text).lower()
        for secret in ("private.example", "$2b$", str(user.id), "password", '"role"', '"email"'):
            assert secret not in told
    await connection.execute(text("ROLLBACK TO SAVEPOINT before"))
