"""Where an access token is looked for, and where there is no way around it."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI

from cms.identity.tests.calls import Tokens, send

WRITES = [
    ("PUT", "/users/me/password"),
    ("DELETE", f"/users/me/sessions/{UUID(int=1)}"),
    ("POST", "/users"),
    ("PATCH", f"/users/{UUID(int=1)}"),
    ("DELETE", f"/users/{UUID(int=1)}"),
]
READS = [
    ("GET", "/users/me"),
    ("GET", "/users/me/sessions"),
    ("GET", "/users"),
    ("GET", f"/users/{UUID(int=1)}"),
]


@pytest.mark.attack("A1")
@pytest.mark.parametrize(("method", "path"), WRITES + READS)
@pytest.mark.parametrize("body", [None, {"unknown": "field"}], ids=["no body", "wrong body"])
async def test_nothing_of_users_is_done_without_a_token(
    app: FastAPI, method: str, path: str, body: Any
) -> None:
    response = await send(app, method, path, json=body)

    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"


@pytest.mark.attack("A1")
@pytest.mark.parametrize(("method", "path"), WRITES + READS)
@pytest.mark.parametrize(
    "respell",
    [
        lambda path: path + "/",
        lambda path: "/" + path,
        lambda path: path.replace("/users", "/users/"),
        lambda path: path.replace("/users", "/Users"),
        lambda path: path.replace("/users", "%2fusers"),
        lambda path: path.replace("/users", "/auth/../users"),
        lambda path: path.replace("/users", "/users;a=b"),
        lambda path: path + "%00",
    ],
)
async def test_no_other_spelling_of_a_path_is_a_way_in(
    app: FastAPI, method: str, path: str, respell: Callable[[str], str]
) -> None:
    response = await send(app, method, respell(path))

    assert response.status_code in {401, 404}


@pytest.mark.attack("T13")
@pytest.mark.parametrize(
    "authorization",
    [
        "Bearer",
        "Bearer ",
        "bearer",
        "Basic dXNlcjpwYXNzd29yZA==",
        "Token {token}",
        "{token}",
        "Bearer: {token}",
        "Bearer{token}",
        "Bearer token={token}",
        "Bearer {token}, Bearer {token}",
        "Basic e30=, Bearer {token}",
        "JWT {token}",
        "",
        None,
    ],
)
async def test_only_a_bearer_token_counts(
    app: FastAPI, tokens: Tokens, authorization: str | None
) -> None:
    headers: dict[str, str] = {}
    if authorization is not None:
        headers["Authorization"] = authorization.format(token=tokens.access)

    response = await send(app, "GET", "/users/me", headers=headers)

    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"


@pytest.mark.attack("T13")
@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
async def test_the_scheme_is_written_in_any_case(app: FastAPI, tokens: Tokens, scheme: str) -> None:
    headers = {"Authorization": f"{scheme} {tokens.access}"}

    assert (await send(app, "GET", "/users/me", headers=headers)).status_code == 200


@pytest.mark.attack("T13")
async def test_two_headers_are_refused_though_both_are_good(app: FastAPI, tokens: Tokens) -> None:
    headers = [("Authorization", f"Bearer {tokens.access}")] * 2

    response = await send(app, "GET", "/users/me", headers=headers)

    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"


@pytest.mark.attack("T13")
@pytest.mark.parametrize("name", ["access_token", "token", "authorization"])
async def test_a_token_elsewhere_is_not_looked_for(app: FastAPI, tokens: Tokens, name: str) -> None:
    written = {"json": {"site_name": "Written"}}
    in_query = await send(app, "PUT", "/settings", params={name: tokens.access}, **written)
    in_cookie = await send(app, "GET", "/users/me", headers={"Cookie": f"{name}={tokens.access}"})
    in_header = await send(app, "GET", "/users/me", headers={f"X-{name}": tokens.access})

    for response in (in_query, in_cookie, in_header):
        assert response.status_code == 401
        assert response.headers["www-authenticate"] == "Bearer"
