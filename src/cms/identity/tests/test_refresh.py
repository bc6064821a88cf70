"""How a refresh token is spent, and what ends its session."""

from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI

from cms.identity.model import User
from cms.identity.tests.calls import (
    Tokens,
    ask,
    assert_dead,
    is_alive,
    log_in_as,
    refresh,
    send,
    tokens_of,
    try_refresh,
)
from cms.identity.tests.conftest import Log, Sql, pass_time


async def test_a_refresh_gives_a_new_pair(app: FastAPI, tokens: Tokens) -> None:
    response = await try_refresh(app, tokens.refresh)

    assert response.status_code == 200
    pair = response.json()
    assert pair.keys() == {"access_token", "refresh_token", "token_type", "expires_in"}
    assert (pair["token_type"], pair["expires_in"]) == ("bearer", 900)
    assert pair["refresh_token"] != tokens.refresh
    assert pair["access_token"] != tokens.access
    assert response.headers["cache-control"] == "no-store"


async def test_the_new_pair_works(app: FastAPI, user: User, tokens: Tokens) -> None:
    second = await refresh(app, tokens)

    assert (await ask(app, second)).json()["id"] == str(user.id)
    assert await is_alive(app, await refresh(app, second))


@pytest.mark.attack("T14")
async def test_a_spent_token_after_its_grace_ends_its_whole_session(
    app: FastAPI, tokens: Tokens, sql: Sql
) -> None:
    second = await refresh(app, tokens)
    third = await refresh(app, second)
    await pass_time(sql, 11)

    response = await try_refresh(app, tokens.refresh)

    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"
    await assert_dead(app, tokens, second, third)
    assert not await sql("SELECT 1 FROM auth_sessions")
    assert not await sql("SELECT 1 FROM refresh_tokens")


@pytest.mark.attack("T14")
async def test_the_latest_spent_token_after_its_grace_ends_the_session_too(
    app: FastAPI, tokens: Tokens, sql: Sql
) -> None:
    second = await refresh(app, tokens)
    await pass_time(sql, 10)

    assert (await try_refresh(app, tokens.refresh)).status_code == 401

    await assert_dead(app, tokens, second)


@pytest.mark.attack("T14")
async def test_another_session_of_the_user_lives_on(
    app: FastAPI, user: User, tokens: Tokens, sql: Sql
) -> None:
    other = await log_in_as(app, user.email)
    await refresh(app, tokens)
    await pass_time(sql, 11)

    await try_refresh(app, tokens.refresh)

    assert await is_alive(app, other)


@pytest.mark.attack("T14")
async def test_theft_is_logged(
    logging_app: FastAPI, user: User, tokens: Tokens, sql: Sql, log: Log
) -> None:
    await refresh(logging_app, tokens)
    await pass_time(sql, 11)

    async with log.of(logging_app):
        await try_refresh(logging_app, tokens.refresh)

    [warning] = [event for event in log.events() if event["level"] == "warning"]
    assert str(user.id) in warning["message"]


@pytest.mark.attack("T21")
async def test_a_session_ends_seven_days_after_its_login_however_often_it_is_rotated(
    app: FastAPI, tokens: Tokens, sql: Sql
) -> None:
    begun = await sql("SELECT created_at, expires_at FROM auth_sessions")
    for _ in range(3):
        tokens = await refresh(app, tokens)

    [(created_at, expires_at)] = await sql("SELECT created_at, expires_at FROM auth_sessions")
    assert [(created_at, expires_at)] == begun
    assert expires_at - created_at == timedelta(days=7)


@pytest.mark.attack("T21")
@pytest.mark.parametrize(("age", "alive"), [("6 days 23:59", True), ("7 days", False)])
async def test_at_its_end_a_session_is_dead(
    app: FastAPI, tokens: Tokens, sql: Sql, age: str, alive: bool
) -> None:
    await sql(f"UPDATE auth_sessions SET expires_at = expires_at - interval '{age}'")

    assert await is_alive(app, tokens) is alive
    assert (await try_refresh(app, tokens.refresh)).status_code == (200 if alive else 401)


@pytest.mark.attack("T8")
async def test_an_access_token_is_no_refresh_token(app: FastAPI, tokens: Tokens) -> None:
    response = await try_refresh(app, tokens.access)

    assert response.status_code == 401
    assert await is_alive(app, tokens)


@pytest.mark.parametrize(
    "change",
    [
        lambda token: token + "=",
        lambda token: token + " ",
        lambda token: " " + token,
        lambda token: token[:-1],
        lambda token: token.swapcase(),
        lambda token: token[:-1] + ("A" if token[-1] != "A" else "B"),
        lambda token: token * 10,
    ],
)
async def test_a_token_that_is_not_quite_right_does_nothing(
    app: FastAPI, tokens: Tokens, change: Any
) -> None:
    assert (await try_refresh(app, change(tokens.refresh))).status_code == 401

    assert await is_alive(app, tokens)


async def test_every_refused_token_gets_the_same_answer(
    app: FastAPI, tokens: Tokens, sql: Sql
) -> None:
    await refresh(app, tokens)
    await pass_time(sql, 11)

    spent = await try_refresh(app, tokens.refresh)
    unknown = await try_refresh(app, "unknown")

    assert (spent.status_code, spent.content) == (unknown.status_code, unknown.content)


@pytest.mark.attack("T12")
@pytest.mark.parametrize("route", ["/auth/refresh", "/auth/logout"])
@pytest.mark.parametrize(
    ("body", "status"),
    [
        (r'{"refresh_token": "\ud800"}', {422}),
        (r'{"refresh_token": "\u0000"}', {422}),
        ('{"refresh_token": 1}', {422}),
        ('{"refresh_token": true}', {422}),
        ('{"refresh_token": ["TOKEN"]}', {422}),
        ('{"refresh_token": null}', {422}),
        ('{"refresh_token": ""}', {401, 204}),
        ('{"refresh_token": "TOKEN", "grant_type": "refresh_token"}', {422}),
        ('{"refresh_token": "%s"}' % ("x" * 513), {422}),
        ('{"refresh_token": "%s"}' % ("x" * 1024 * 1024), {413}),
        ("{}", {422}),
        ("[]", {422}),
        ("null", {422}),
        ('"TOKEN"', {422}),
        ("", {422}),
        ("{", {400}),
        ('{"refresh_token": "TOKEN", "refresh_token": "TOKEN"}', {400}),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else "",
)
async def test_a_refresh_token_is_a_string_in_an_object(
    app: FastAPI, tokens: Tokens, route: str, body: str, status: set[int]
) -> None:
    response = await send(
        app,
        "POST",
        route,
        content=body.replace("TOKEN", tokens.refresh),
        headers={"Content-Type": "application/json"},
    )

    assert response.status_code in status, response.text
    assert tokens.refresh not in response.text
    assert await is_alive(app, tokens)


async def test_a_user_who_is_no_longer_active_gets_no_new_pair(
    app: FastAPI, tokens: Tokens, sql: Sql
) -> None:
    await sql("UPDATE users SET is_active = false")

    assert (await try_refresh(app, tokens.refresh)).status_code == 401


async def test_a_refresh_needs_no_access_token(app: FastAPI, tokens: Tokens) -> None:
    response = await send(
        app,
        "POST",
        "/auth/refresh",
        json={"refresh_token": tokens.refresh},
        headers={"Authorization": "Bearer expired"},
    )

    assert await is_alive(app, tokens_of(response))
