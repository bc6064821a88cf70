import pytest
from fastapi import FastAPI

from cms.identity.model import User
from cms.identity.tests.calls import Tokens, assert_dead, is_alive, log_in_as, log_out, refresh
from cms.identity.tests.conftest import Sql


@pytest.mark.attack("T19")
async def test_a_logout_ends_the_session_at_once(app: FastAPI, tokens: Tokens) -> None:
    response = await log_out(app, tokens.refresh)

    assert (response.status_code, response.content) == (204, b"")
    await assert_dead(app, tokens)


@pytest.mark.attack("T19")
async def test_a_logout_ends_what_the_session_was_before_and_after_rotation(
    app: FastAPI, tokens: Tokens
) -> None:
    second = await refresh(app, tokens)

    await log_out(app, second.refresh)

    await assert_dead(app, tokens, second)


@pytest.mark.attack("T19")
async def test_a_logout_with_a_spent_token_ends_the_session_too(
    app: FastAPI, tokens: Tokens
) -> None:
    second = await refresh(app, tokens)

    assert (await log_out(app, tokens.refresh)).status_code == 204

    await assert_dead(app, second)


@pytest.mark.attack("T19")
async def test_another_session_is_untouched(
    app: FastAPI, user: User, other_user: User, tokens: Tokens
) -> None:
    same_user = await log_in_as(app, user.email)
    other = await log_in_as(app, other_user.email)

    await log_out(app, tokens.refresh)

    assert await is_alive(app, same_user)
    assert await is_alive(app, other)


async def test_an_unknown_token_is_logged_out_already(app: FastAPI, tokens: Tokens) -> None:
    response = await log_out(app, "unknown")

    assert (response.status_code, response.content) == (204, b"")
    assert await is_alive(app, tokens)


async def test_logging_out_twice_is_as_good_as_once(app: FastAPI, tokens: Tokens) -> None:
    await log_out(app, tokens.refresh)

    assert (await log_out(app, tokens.refresh)).status_code == 204


async def test_an_access_token_logs_nobody_out(app: FastAPI, tokens: Tokens) -> None:
    assert (await log_out(app, tokens.access)).status_code == 204

    assert await is_alive(app, tokens)


async def test_nothing_of_a_session_is_left(app: FastAPI, tokens: Tokens, sql: Sql) -> None:
    await log_out(app, (await refresh(app, tokens)).refresh)

    assert not await sql("SELECT 1 FROM auth_sessions")
    assert not await sql("SELECT 1 FROM refresh_tokens")
