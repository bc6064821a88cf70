"""Users that are changed while they, or others, do something."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from httpx import Response

from cms.identity.model import User
from cms.identity.tests.calls import (
    Tokens,
    assert_dead,
    change_password,
    change_user,
    create_user,
    delete_user,
    log_in_as,
    log_out,
    tokens_of,
    try_login,
    try_refresh,
    write,
)
from cms.identity.tests.conftest import Arena
from cms.identity.tests.factories import PASSWORD
from cms.identity.tests.races.racing import (
    active_admins,
    all_at_once,
    revoke,
    session_id_of,
    statuses,
)

NEW = "a longer horse battery"


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


OUSTINGS: dict[str, Callable[[FastAPI, Tokens, UUID], Awaitable[Response]]] = {
    "demote": lambda app, tokens, user_id: change_user(app, tokens, user_id, role="editor"),
    "deactivate": lambda app, tokens, user_id: change_user(app, tokens, user_id, is_active=False),
    "delete": delete_user,
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
        delete_user(app, first, admins[0].id),
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
        await someone.exec_driver_sql(f"SELECT pg_advisory_xact_lock({0x75736572})")
        step_down = asyncio.ensure_future(change_user(app, first, admins[0].id, role="editor"))
        await arena.until_waiting()
        await someone.exec_driver_sql(f"UPDATE users SET role = 'admin' WHERE id = '{user.id}'")

    assert (await step_down).status_code == 200
    assert await active_admins(arena) == 1


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
        create_user(app, second, email="while@example.com"),
        delete_user(app, first, user.id),
        *(try_login(app, user.email) for _ in range(4)),
    )

    assert {answer.status_code for answer in answers} <= {200, 201, 204, 401, 403, 404, 409}
    assert await active_admins(arena) >= 1


async def test_one_email_created_ten_times_at_once_is_one_user(
    arena: Arena, admins: list[User]
) -> None:
    admin = await log_in_as(arena.app, admins[0].email)
    emails = ["Once@example.com", "once@example.com"] * 5

    answers = await all_at_once(*(create_user(arena.app, admin, email=email) for email in emails))

    assert statuses(answers) == [201] + [409] * 9


async def test_no_connection_is_left_in_use(arena: Arena) -> None:
    assert arena.checked_out() == 0
