"""The refresh token in a cookie: `X-Session: cookie`."""

from http.cookies import Morsel, SimpleCookie
from typing import Any

import pytest
from fastapi import FastAPI
from httpx import Response

from cms.identity.cookie import COOKIE
from cms.identity.model import User
from cms.identity.tests.calls import Tokens, assert_dead, is_alive, log_in_as, send, try_login
from cms.identity.tests.conftest import Arena, MakeApp, Sql, pass_time
from cms.identity.tests.factories import PASSWORD
from tests.fixtures import make_settings

ASKED = {"X-Session": "cookie"}


async def post(
    app: FastAPI, route: str, token: str | None = None, *, asked: bool = True, **options: Any
) -> Response:
    """With the token in the cookie, and the header that is needed for it."""
    headers = (ASKED if asked else {}) | options.pop("headers", {})
    if token is not None:
        headers["Cookie"] = f"theme=dark; {COOKIE}={token}"
    return await send(app, "POST", f"/auth/{route}", headers=headers, **options)


def cookie_of(response: Response) -> Morsel[str]:
    return SimpleCookie(response.headers["set-cookie"])[COOKIE]


def is_cleared(response: Response) -> bool:
    cookie = cookie_of(response)
    return (cookie.value, cookie["max-age"], cookie["path"]) == ("", "0", "/api/v1/auth")


async def log_in(app: FastAPI, user: User) -> Tokens:
    response = await post(app, "login", json={"email": user.email, "password": PASSWORD})
    return Tokens(response.json()["access_token"], cookie_of(response).value)


async def is_unspent(app: FastAPI, tokens: Tokens, sql: Sql) -> bool:
    rows = await sql("SELECT spent_at FROM refresh_tokens")
    return [spent for (spent,) in rows] == [None] and await is_alive(app, tokens)


@pytest.mark.attack("T24", "T25")
async def test_the_token_is_in_a_cookie_that_no_script_reads_and_nowhere_else(
    app: FastAPI, user: User
) -> None:
    login = await post(app, "login", json={"email": user.email, "password": PASSWORD})
    refreshed = await post(app, "refresh", cookie_of(login).value)

    for response in (login, refreshed):
        assert response.status_code == 200
        assert response.json().keys() == {"access_token", "token_type", "expires_in"}
        assert response.headers["cache-control"] == "no-store"
        cookie = cookie_of(response)
        assert len(cookie.value) == 43
        assert {name: value for name, value in cookie.items() if value} == {
            "path": "/api/v1/auth",
            "max-age": "604800",
            "httponly": True,
            "secure": True,
            "samesite": "strict",
        }
    assert cookie_of(login).value != cookie_of(refreshed).value


async def test_without_the_header_the_token_is_in_the_json_alone(app: FastAPI, user: User) -> None:
    response = await try_login(app, user.email)

    assert "refresh_token" in response.json()
    assert "set-cookie" not in response.headers


@pytest.mark.attack("T25")
@pytest.mark.parametrize("route", ["refresh", "logout"])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"content": "{}", "headers": {"Content-Type": "application/json"}},
        {"content": "a=b", "headers": {"Content-Type": "application/x-www-form-urlencoded"}},
        {"content": "{}", "headers": {"Content-Type": "text/plain"}},
        {"headers": {"Origin": "https://evil.example.com"}},
        {"headers": {"Origin": "https://admin.example.com"}},
    ],
    ids=str,
)
async def test_without_the_header_a_cookie_is_ignored(
    app: FastAPI, user: User, sql: Sql, route: str, options: dict[str, Any]
) -> None:
    tokens = await log_in(app, user)

    response = await post(app, route, tokens.refresh, asked=False, **options)

    assert response.status_code in {415, 422}
    assert "set-cookie" not in response.headers
    assert await is_unspent(app, tokens, sql)


@pytest.mark.attack("T25")
@pytest.mark.parametrize("route", ["refresh", "logout"])
@pytest.mark.parametrize(
    "options",
    [
        {"json": {"refresh_token": "x"}},
        {"headers": {"X-Session": "COOKIE"}},
        {"headers": {"X-Session": ""}},
        {"json": {"refresh_token": None}},
    ],
    ids=str,
)
async def test_what_could_mean_two_things_is_refused(
    app: FastAPI, user: User, sql: Sql, route: str, options: dict[str, Any]
) -> None:
    tokens = await log_in(app, user)

    response = await post(app, route, tokens.refresh, **options)

    assert response.status_code == 422
    assert await is_unspent(app, tokens, sql)


@pytest.mark.attack("T26")
@pytest.mark.parametrize("route", ["refresh", "logout"])
async def test_of_two_cookies_none_is_believed_and_none_cleared(
    app: FastAPI, user: User, sql: Sql, route: str
) -> None:
    tokens = await log_in(app, user)

    for both in (f"{tokens.refresh}; {COOKIE}=x", f"x; {COOKIE}={tokens.refresh}"):
        response = await post(app, route, both)
        assert response.status_code == 422
        assert "set-cookie" not in response.headers

    assert await is_unspent(app, tokens, sql)


async def test_a_cookie_is_rotated_given_again_and_taken_for_stolen_as_any_token(
    app: FastAPI, user: User, sql: Sql
) -> None:
    first = await log_in(app, user)
    second = await post(app, "refresh", first.refresh)
    again = await post(app, "refresh", first.refresh)
    await pass_time(sql, 11)

    stolen = await post(app, "refresh", first.refresh)

    assert cookie_of(again).value == cookie_of(second).value
    assert stolen.status_code == 401
    assert is_cleared(stolen)
    await assert_dead(app, Tokens(second.json()["access_token"], cookie_of(second).value))


@pytest.mark.parametrize("token", ["unknown", "", None])
async def test_a_cookie_that_is_good_for_nothing_is_cleared(
    app: FastAPI, token: str | None
) -> None:
    refused = await post(app, "refresh", token)
    ended = await post(app, "logout", token)

    assert (refused.status_code, ended.status_code) == (401, 204)
    assert refused.headers["www-authenticate"] == "Bearer"
    assert is_cleared(refused)
    assert is_cleared(ended)


async def test_a_logout_ends_the_session_and_clears_its_cookie(app: FastAPI, user: User) -> None:
    tokens = await log_in(app, user)

    response = await post(app, "logout", tokens.refresh)

    assert response.status_code == 204
    assert is_cleared(response)
    await assert_dead(app, tokens)


async def test_who_is_only_told_to_wait_keeps_the_cookie(make_app: MakeApp, user: User) -> None:
    app = make_app(refresh_rate_limit="1/minute")
    tokens = await log_in(app, user)
    second = cookie_of(await post(app, "refresh", tokens.refresh)).value
    async with Arena.open(make_settings("postgresql://u@/gone?host=/nonexistent")) as arena:
        for each, status in ((app, 429), (arena.app, 503)):
            response = await post(each, "refresh", second)

            assert response.status_code == status
            assert "set-cookie" not in response.headers


async def test_a_cookie_and_a_token_of_the_json_are_the_same_thing(
    app: FastAPI, user: User
) -> None:
    tokens = await log_in_as(app, user.email)

    assert (await post(app, "refresh", tokens.refresh)).status_code == 200
