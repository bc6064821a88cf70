"""What holds when requests really run at once, on connections and transactions of their own."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from httpx import Response

from cms.identity.model import User
from cms.identity.tests.calls import (
    Tokens,
    ask,
    assert_dead,
    bearer,
    change_password,
    change_user,
    is_alive,
    log_in_as,
    log_out,
    refresh,
    send,
    tokens_of,
    try_login,
    try_refresh,
    write,
)
from cms.identity.tests.conftest import Arena
from cms.identity.tests.factories import PASSWORD, UserFactory
from cms.kernel import hold_later
from cms.main import SLICES
from tests.fixtures import make_settings

NEW = "a longer horse battery"

type Request = Callable[[FastAPI, Tokens], Awaitable[Response]]


@pytest.fixture
async def user(arena: Arena) -> User:
    user = UserFactory.build()
    await arena.add(user)
    return user


@pytest.fixture
async def admins(arena: Arena) -> list[User]:
    """The only two active admins."""
    await arena.sql("UPDATE users SET is_active = false WHERE role = 'admin'")
    admins = UserFactory.build_batch(2, role="admin")
    await arena.add(*admins)
    return list(admins)


async def all_at_once(*requests: Awaitable[Response]) -> list[Response]:
    return list(await asyncio.gather(*requests))


def statuses(responses: list[Response]) -> list[int]:
    return sorted(response.status_code for response in responses)


async def session_id_of(app: FastAPI, tokens: Tokens) -> str:
    sessions = (await ask(app, tokens, "/users/me/sessions")).json()["items"]
    [current] = [each["id"] for each in sessions if each["current"]]
    return str(current)


async def revoke(app: FastAPI, tokens: Tokens, session_id: object) -> Response:
    path = f"/users/me/sessions/{session_id}"
    return await send(app, "DELETE", path, headers=bearer(tokens.access))


async def create(app: FastAPI, tokens: Tokens, email: str) -> Response:
    payload = {"email": email, "password": PASSWORD}
    return await send(app, "POST", "/users", json=payload, headers=bearer(tokens.access))


async def delete(app: FastAPI, tokens: Tokens, user_id: UUID) -> Response:
    return await send(app, "DELETE", f"/users/{user_id}", headers=bearer(tokens.access))


async def active_admins(arena: Arena) -> int:
    return len(await arena.sql("SELECT 1 FROM users WHERE role = 'admin' AND is_active"))


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


@pytest.mark.parametrize("change", [{"is_active": False}, {"role": "admin"}, {"password": NEW}])
async def test_no_session_is_begun_or_kept_past_a_change_of_its_user(
    arena: Arena, admins: list[User], user: User, change: dict[str, Any]
) -> None:
    app = arena.app
    admin = await log_in_as(app, admins[0].email)
    logins = [await log_in_as(app, user.email) for _ in range(6)]

    answers = await all_at_once(
        *(try_login(app, user.email) for _ in range(6)),
        change_user(app, admin, user.id, **change),
        *(try_refresh(app, tokens.refresh) for tokens in logins),
        *(try_login(app, user.email) for _ in range(6)),
    )

    assert {answer.status_code for answer in answers} <= {200, 401}
    [changed] = [answer for answer in answers if "is_active" in answer.json()]
    live = await arena.sql(
        "SELECT 1 FROM auth_sessions WHERE user_id = :id AND created_at < :changed",
        id=user.id,
        changed=(await arena.sql("SELECT updated_at FROM users WHERE id = :id", id=user.id))[0][0],
    )
    assert changed.status_code == 200
    assert not live
    if change != {"role": "admin"}:  # with which their password stays good
        pairs = [tokens_of(each) for each in answers if "access_token" in each.json()]
        await assert_dead(app, *logins, *pairs)


@pytest.mark.attack("K6")
async def test_a_deactivation_waits_for_a_write_in_flight_and_stops_every_later_one(
    arena: Arena, admins: list[User], user: User
) -> None:
    app = arena.app
    admin, editor = [await log_in_as(app, each.email) for each in (admins[0], user)]

    async with arena.transaction() as someone:
        await someone.exec_driver_sql("SELECT 1 FROM site_settings FOR UPDATE")
        in_flight = asyncio.ensure_future(write(app, editor))
        await arena.until_waiting(1)
        deactivation = asyncio.ensure_future(change_user(app, admin, user.id, is_active=False))
        await arena.until_waiting(2)
        assert not in_flight.done()
        assert not deactivation.done()

    assert (await in_flight).status_code == 200
    assert (await deactivation).status_code == 200
    assert (await write(app, editor)).status_code == 401


ENDED_WHILE_THEY_RUN: dict[str, Request] = {
    "replace_settings": write,
    "change_my_password": lambda app, tokens: change_password(app, tokens, PASSWORD, NEW),
    "revoke_my_session": lambda app, tokens: revoke(app, tokens, uuid4()),
    "create_user": lambda app, tokens: create(app, tokens, "late@example.com"),
    "update_user": lambda app, tokens: change_user(app, tokens, uuid4(), role="admin"),
    "delete_user": lambda app, tokens: delete(app, tokens, uuid4()),
}


@pytest.mark.attack("K6")
def test_every_write_that_holds_its_session_later_is_looked_at_here() -> None:
    late = {
        route.name
        for slice_ in SLICES
        for route in slice_.router.routes
        if isinstance(route, APIRoute)
        if hold_later in {each.call for each in route.dependant.dependencies}
    }

    assert late == ENDED_WHILE_THEY_RUN.keys() - {"replace_settings"}


@pytest.mark.attack("K6")
@pytest.mark.parametrize("request_", ENDED_WHILE_THEY_RUN.values(), ids=ENDED_WHILE_THEY_RUN.keys())
async def test_no_write_commits_after_the_end_of_its_session(
    arena: Arena, admins: list[User], request_: Request
) -> None:
    tokens = await log_in_as(arena.app, admins[0].email)
    before = await arena.sql("SELECT email, password_hash, role FROM users ORDER BY id")
    version = await arena.sql("SELECT version FROM site_settings")

    async with arena.transaction() as someone:
        # Not committed yet: whoever looks still sees the session.
        await someone.exec_driver_sql("DELETE FROM auth_sessions")
        late = asyncio.ensure_future(request_(arena.app, tokens))
        await arena.until_waiting()

    assert (await late).status_code == 401
    assert await arena.sql("SELECT email, password_hash, role FROM users ORDER BY id") == before
    assert await arena.sql("SELECT version FROM site_settings") == version


OUSTINGS: dict[str, Callable[[FastAPI, Tokens, UUID], Awaitable[Response]]] = {
    "demote": lambda app, tokens, user_id: change_user(app, tokens, user_id, role="editor"),
    "deactivate": lambda app, tokens, user_id: change_user(app, tokens, user_id, is_active=False),
    "delete": delete,
}


@pytest.mark.parametrize("oust", OUSTINGS.values(), ids=OUSTINGS.keys())
@pytest.mark.parametrize("round_", range(3))
async def test_two_admins_who_oust_each_other_leave_one_of_them(
    arena: Arena,
    admins: list[User],
    oust: Callable[[FastAPI, Tokens, UUID], Awaitable[Response]],
    round_: int,
) -> None:
    app = arena.app
    first, second = [await log_in_as(app, admin.email) for admin in admins]

    answers = await all_at_once(
        oust(app, first, admins[1].id),
        oust(app, second, admins[0].id),
    )

    # The second's session ended with the first's success.
    assert statuses(answers) in ([200, 401], [204, 401])
    assert await active_admins(arena) == 1


async def test_two_admins_who_both_leave_leave_one_of_them(
    arena: Arena, admins: list[User]
) -> None:
    app = arena.app
    first, second = [await log_in_as(app, admin.email) for admin in admins]

    answers = await all_at_once(
        delete(app, first, admins[0].id),
        change_user(app, second, admins[1].id, is_active=False),
    )

    assert statuses(answers) in ([200, 409], [204, 409])
    assert await active_admins(arena) == 1


async def test_an_admin_who_has_just_been_made_one_counts(
    arena: Arena, admins: list[User], user: User
) -> None:
    # The last admin steps down while the transaction that makes a second one is not yet over.
    app = arena.app
    first = await log_in_as(app, admins[0].email)
    await change_user(app, first, admins[1].id, is_active=False)

    async with arena.transaction() as someone:
        await someone.exec_driver_sql("SELECT pg_advisory_xact_lock(0x75736572)")
        step_down = asyncio.ensure_future(change_user(app, first, admins[0].id, role="editor"))
        await arena.until_waiting()
        await someone.exec_driver_sql(f"UPDATE users SET role = 'admin' WHERE id = '{user.id}'")

    assert (await step_down).status_code == 200
    assert await active_admins(arena) == 1


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


async def test_everything_that_ends_sessions_at_once_ends_without_a_deadlock(
    arena: Arena, admins: list[User], user: User
) -> None:
    app = arena.app
    first, second = [await log_in_as(app, admin.email) for admin in admins]
    own = [await log_in_as(app, user.email) for _ in range(4)]
    ids = [await session_id_of(app, tokens) for tokens in own]

    answers = await all_at_once(
        change_user(app, first, user.id, role="admin"),
        change_user(app, second, user.id, password=NEW),
        change_user(app, first, admins[1].id, password=NEW),
        change_user(app, second, admins[0].id, password=NEW),
        change_password(app, first, PASSWORD, NEW),
        *(change_password(app, tokens, PASSWORD, NEW) for tokens in own),
        *(revoke(app, a, b) for a, b in zip(own, ids[1:] + ids[:1], strict=True)),
        *(try_refresh(app, tokens.refresh) for tokens in own),
        *(log_out(app, tokens.refresh) for tokens in own),
        *(write(app, tokens) for tokens in own),
        create(app, second, "while@example.com"),
        delete(app, first, user.id),
        *(try_login(app, user.email) for _ in range(4)),
    )

    assert {answer.status_code for answer in answers} <= {200, 201, 204, 401, 403, 404, 409}
    assert await active_admins(arena) >= 1


async def test_one_email_created_ten_times_at_once_is_one_user(
    arena: Arena, admins: list[User]
) -> None:
    admin = await log_in_as(arena.app, admins[0].email)
    emails = ["Once@example.com", "once@example.com"] * 5

    answers = await all_at_once(*(create(arena.app, admin, email) for email in emails))

    assert statuses(answers) == [201] + [409] * 9


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
