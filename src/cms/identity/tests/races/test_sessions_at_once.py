"""Refreshes, logouts and logins at once."""

import asyncio

import pytest

from cms.identity.cookie import COOKIE
from cms.identity.model import User
from cms.identity.tests.calls import (
    assert_dead,
    change_password,
    is_alive,
    log_in_as,
    log_out,
    refresh,
    send,
    tokens_of,
    try_login,
    try_refresh,
)
from cms.identity.tests.conftest import Arena
from cms.identity.tests.factories import PASSWORD
from cms.identity.tests.races.racing import (
    all_at_once,
    revoke,
    session_id_of,
    statuses,
)
from tests.fixtures import make_settings

NEW = "a longer horse battery"


@pytest.mark.attack("T15")
async def test_fifty_refreshes_at_once_give_one_successor(arena: Arena, user: User) -> None:
    tokens = await log_in_as(arena.app, user.email)
    session_id = await session_id_of(arena.app, tokens)

    answers = await all_at_once(*(try_refresh(arena.app, tokens.refresh) for _ in range(50)))

    successors = {tokens_of(answer).refresh for answer in answers}
    assert len(successors) == 1
    rows = await arena.sql(
        "SELECT spent_at IS NULL FROM refresh_tokens WHERE session_id = :id", id=session_id
    )
    assert sorted(live for (live,) in rows) == [False, True]
    assert await is_alive(arena.app, tokens_of(answers[0]))


@pytest.mark.attack("T15")
async def test_many_tabs_at_once_with_one_cookie_stay_logged_in(arena: Arena, user: User) -> None:
    tokens = await log_in_as(arena.app, user.email)
    headers = {"X-Session": "cookie", "Cookie": f"{COOKIE}={tokens.refresh}"}

    tabs = (send(arena.app, "POST", "/auth/refresh", headers=headers) for _ in range(20))
    answers = await all_at_once(*tabs)

    [cookie] = {answer.headers["set-cookie"].partition(";")[0] for answer in answers}
    assert statuses(answers) == [200] * 20
    last = await send(arena.app, "POST", "/auth/refresh", headers=headers | {"Cookie": cookie})
    assert last.status_code == 200


@pytest.mark.attack("T15")
async def test_without_grace_one_of_many_wins_and_the_rest_is_theft(
    arena: Arena, own_database_url: str, user: User
) -> None:
    async with Arena.open(make_settings(own_database_url, refresh_grace_seconds=0)) as strict:
        tokens = await log_in_as(strict.app, user.email)

        answers = await all_at_once(*(try_refresh(strict.app, tokens.refresh) for _ in range(20)))

        assert statuses(answers) == [200] + [401] * 19
        [winner] = [answer for answer in answers if answer.status_code == 200]
        await assert_dead(strict.app, tokens_of(winner))


@pytest.mark.attack("K5")
async def test_logout_against_refresh_leaves_no_live_session(arena: Arena, user: User) -> None:
    logins = [await log_in_as(arena.app, user.email) for _ in range(8)]

    answers = await all_at_once(
        *(
            request(arena.app, tokens.refresh)
            for tokens in logins
            for request in (try_refresh, log_out)
        )
    )

    assert {answer.status_code for answer in answers} <= {200, 204, 401}
    pairs = [tokens_of(answer) for answer in answers if answer.status_code == 200]
    assert not await arena.sql("SELECT 1 FROM auth_sessions WHERE user_id = :id", id=user.id)
    await assert_dead(arena.app, *logins, *pairs)


@pytest.mark.parametrize("round_", range(3))
async def test_changes_of_a_password_at_once_are_one_after_the_other(
    arena: Arena, user: User, round_: int
) -> None:
    app = arena.app
    one, other = [await log_in_as(app, user.email) for _ in range(2)]
    passwords = [f"the new password {number}" for number in range(6)]

    answers = await all_at_once(
        *(
            change_password(app, tokens, PASSWORD, password)
            for password, tokens in zip(passwords, [one, other] * 3, strict=True)
        )
    )

    # All others lost their session to the first, before or after they looked at the password.
    assert statuses(answers)[0] == 204
    assert set(statuses(answers)[1:]) <= {401, 403}
    [winner] = [
        password
        for password, answer in zip(passwords, answers, strict=True)
        if answer.status_code == 204
    ]
    assert (await try_login(app, user.email, winner)).status_code == 200


@pytest.mark.parametrize("round_", range(3))
async def test_sessions_that_revoke_each_other_leave_one_of_them(
    arena: Arena, user: User, round_: int
) -> None:
    app = arena.app
    one, other = [await log_in_as(app, user.email) for _ in range(2)]
    ids = [await session_id_of(app, tokens) for tokens in (one, other)]

    answers = await all_at_once(revoke(app, one, ids[1]), revoke(app, other, ids[0]))

    assert statuses(answers) == [204, 401]
    assert [await is_alive(app, tokens) for tokens in (one, other)].count(True) == 1


async def test_a_session_that_is_told_ten_times_to_end_ends_once(arena: Arena, user: User) -> None:
    tokens = await log_in_as(arena.app, user.email)
    session_id = await session_id_of(arena.app, tokens)

    answers = await all_at_once(*(revoke(arena.app, tokens, session_id) for _ in range(10)))

    assert statuses(answers) == [204] + [401] * 9


@pytest.mark.parametrize("change", ["is_active = false", "password_hash = 'another'"])
async def test_a_login_does_not_outrun_a_change_of_its_user(
    arena: Arena, user: User, change: str
) -> None:
    async with arena.transaction() as someone:
        await someone.exec_driver_sql(f"UPDATE users SET {change} WHERE id = '{user.id}'")
        login = asyncio.ensure_future(try_login(arena.app, user.email))
        await arena.until_waiting()

    assert (await login).status_code == 401
    assert not await arena.sql("SELECT 1 FROM auth_sessions WHERE user_id = :id", id=user.id)


async def test_a_login_waits_for_no_expired_session(arena: Arena, user: User) -> None:
    await log_in_as(arena.app, user.email)
    await arena.sql("UPDATE auth_sessions SET expires_at = now() - interval '1 second'")

    async with arena.transaction() as someone:
        await someone.exec_driver_sql("SELECT 1 FROM auth_sessions FOR UPDATE")
        login = await try_login(arena.app, user.email)

    assert login.status_code == 200


async def test_a_refresh_survives_the_change_of_another_session(arena: Arena, user: User) -> None:
    one, other = [await log_in_as(arena.app, user.email) for _ in range(2)]

    answers = await all_at_once(
        try_refresh(arena.app, one.refresh), log_out(arena.app, other.refresh)
    )

    assert statuses(answers) == [200, 204]
    await assert_dead(arena.app, other)
    assert await is_alive(arena.app, await refresh(arena.app, one))


async def test_no_connection_is_left_in_use(arena: Arena) -> None:
    assert arena.checked_out() == 0
