"""Refreshes count by their session, where they have one."""

import pytest
from fastapi import FastAPI
from pydantic import ValidationError

from cms.identity.model import User
from cms.identity.tests.calls import log_in_as, log_out, tokens_of
from cms.identity.tests.conftest import MakeApp, Sql
from cms.identity.tests.test_limits import BODIES, is_limited, post, use_up
from tests.fixtures import make_settings


async def test_who_has_a_session_refreshes_by_its_own_count(make_app: MakeApp, user: User) -> None:
    app = make_app(refresh_rate_limit="7/minute")
    await use_up(app, "/auth/refresh")

    for tokens in [await log_in_as(app, user.email) for _ in range(2)]:
        body, wrong = {"refresh_token": tokens.refresh}, BODIES["/auth/refresh"]
        for _ in range(7):
            response = await post(app, "/auth/refresh", json=body)
            body["refresh_token"] = tokens_of(response).refresh
            assert await is_limited(app, "/auth/refresh", json=wrong)  # guesses gain nothing
        assert await is_limited(app, "/auth/refresh", json=body)
        assert await is_limited(app, "/auth/refresh", json=body, address="198.51.100.7")


def test_a_session_refreshes_sixty_times_a_minute() -> None:
    assert make_settings("").refresh_rate_limit == "60/minute"
    with pytest.raises(ValidationError):
        make_settings("", refresh_rate_limit="often")


@pytest.mark.attack("R7")
async def test_a_token_of_no_live_session_counts_like_a_guess(
    app: FastAPI, user: User, sql: Sql
) -> None:
    expired, ended = [await log_in_as(app, user.email) for _ in range(2)]
    await sql("UPDATE auth_sessions SET expires_at = now() - interval '1 second'")
    live = await log_in_as(app, user.email)
    await log_out(app, ended.refresh)
    bodies = [{"refresh_token": each.refresh} for each in (expired, ended) * 3]

    answers = [await post(app, "/auth/refresh", json=body) for body in bodies]

    assert [answer.status_code for answer in answers] == [401] * 5 + [429]
    assert not await is_limited(app, "/auth/refresh", json={"refresh_token": live.refresh})
