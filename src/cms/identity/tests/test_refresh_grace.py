"""The grace in which a spent refresh token is answered again."""

import pytest
from fastapi import FastAPI

from cms.identity.model import User
from cms.identity.tests.calls import (
    Tokens,
    assert_dead,
    is_alive,
    log_in_as,
    refresh,
    try_refresh,
)
from cms.identity.tests.conftest import MakeApp, Sql, pass_time
from tests.fixtures import JWT_SECRET

NEW_SECRET = "another key for tests, also of more than thirty-two bytes"


async def live_tokens(sql: Sql) -> int:
    return (await sql("SELECT count(*) FROM refresh_tokens WHERE spent_at IS NULL"))[0][0]


@pytest.mark.attack("T16")
async def test_the_grandparent_within_its_grace_ends_the_session(
    app: FastAPI, tokens: Tokens
) -> None:
    second = await refresh(app, tokens)
    third = await refresh(app, second)

    assert (await try_refresh(app, tokens.refresh)).status_code == 401

    await assert_dead(app, tokens, second, third)


@pytest.mark.attack("T17")
async def test_the_grace_begins_with_the_first_rotation_and_never_slides(
    app: FastAPI, tokens: Tokens, sql: Sql
) -> None:
    second = await refresh(app, tokens)
    await pass_time(sql, 6)
    again = await refresh(app, tokens)
    await pass_time(sql, 5)

    assert (await try_refresh(app, tokens.refresh)).status_code == 401

    assert again.refresh == second.refresh
    await assert_dead(app, again)


@pytest.mark.attack("T18")
async def test_a_lost_answer_is_given_again_within_the_grace(
    app: FastAPI, tokens: Tokens, sql: Sql
) -> None:
    lost = await refresh(app, tokens)
    await pass_time(sql, 5)

    again = [await refresh(app, tokens) for _ in range(3)]

    assert {each.refresh for each in again} == {lost.refresh}
    assert await live_tokens(sql) == 1
    assert await is_alive(app, again[0])
    assert await is_alive(app, await refresh(app, again[0]))


@pytest.mark.attack("T18")
async def test_every_successor_within_a_chain_can_be_given_again(
    app: FastAPI, tokens: Tokens
) -> None:
    for _ in range(4):
        lost, tokens = tokens, await refresh(app, tokens)
        assert (await refresh(app, lost)).refresh == tokens.refresh


@pytest.mark.attack("T18")
async def test_the_grace_survives_a_change_of_the_secret(
    app: FastAPI, make_app: MakeApp, tokens: Tokens
) -> None:
    lost = await refresh(app, tokens)

    restarted = make_app(jwt_secret=NEW_SECRET, jwt_previous_secrets=[JWT_SECRET])
    again = await refresh(restarted, tokens)

    assert again.refresh == lost.refresh
    assert await is_alive(restarted, await refresh(restarted, again))


async def test_without_grace_a_lost_answer_is_theft(make_app: MakeApp, user: User) -> None:
    app = make_app(refresh_grace_seconds=0)
    tokens = await log_in_as(app, user.email)
    second = await refresh(app, tokens)

    assert (await try_refresh(app, tokens.refresh)).status_code == 401

    await assert_dead(app, second)


@pytest.mark.parametrize(("age", "status"), [(50, 200), (60, 401)])
async def test_the_grace_is_a_setting(
    make_app: MakeApp, user: User, sql: Sql, age: int, status: int
) -> None:
    app = make_app(refresh_grace_seconds=60)
    tokens = await log_in_as(app, user.email)
    await refresh(app, tokens)
    await pass_time(sql, age)

    assert (await try_refresh(app, tokens.refresh)).status_code == status
