"""Guesses at a password with somebody's access token."""

import pytest
from fastapi import FastAPI
from httpx import Response

from cms.identity import passwords
from cms.identity.model import User
from cms.identity.tests.calls import Tokens, assert_dead, change_password, log_in_as, refresh
from cms.identity.tests.factories import PASSWORD

WRONG = "not the password of anyone"
NEW = "a longer horse battery"


async def guess(app: FastAPI, tokens: Tokens, current: str = WRONG) -> Response:
    return await change_password(app, tokens, current, NEW)


async def test_a_current_password_can_be_guessed_at_five_times_a_minute(
    app: FastAPI, tokens: Tokens
) -> None:
    for _ in range(5):
        assert (await guess(app, tokens)).status_code == 403

    for current in (WRONG, PASSWORD):
        response = await guess(app, tokens, current)

        assert response.status_code == 429
        assert 1 <= int(response.headers["retry-after"]) <= 60


async def test_what_is_no_password_is_no_guess(app: FastAPI, tokens: Tokens) -> None:
    for _ in range(6):
        assert (await guess(app, tokens, "short")).status_code == 422

    assert (await guess(app, tokens, PASSWORD)).status_code == 204


async def test_a_guess_that_is_refused_costs_no_bcrypt(
    app: FastAPI, tokens: Tokens, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(5):
        await guess(app, tokens)
    monkeypatch.setattr(passwords, "_verify", None)

    assert (await guess(app, tokens)).status_code == 429


@pytest.mark.attack("R10")
async def test_who_guesses_with_a_stolen_token_keeps_nobody_from_changing_the_password(
    app: FastAPI, user: User, tokens: Tokens
) -> None:
    for _ in range(6):
        await guess(app, tokens)
    own = await log_in_as(app, user.email)

    assert (await guess(app, own, PASSWORD)).status_code == 204
    await assert_dead(app, tokens)


async def test_a_refresh_brings_no_more_guesses(app: FastAPI, tokens: Tokens) -> None:
    for _ in range(5):
        await guess(app, tokens)

    assert (await guess(app, await refresh(app, tokens))).status_code == 429
