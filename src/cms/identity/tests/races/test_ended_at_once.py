"""Writes whose session ends while they run."""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import uuid4

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from httpx import Response

from cms.identity.model import User
from cms.identity.tests.calls import (
    Tokens,
    change_password,
    change_user,
    create_user,
    delete_user,
    log_in_as,
    write,
)
from cms.identity.tests.conftest import Arena
from cms.identity.tests.factories import PASSWORD
from cms.identity.tests.races.racing import (
    revoke,
)
from cms.kernel import hold_later
from cms.main import SLICES

NEW = "a longer horse battery"


type Request = Callable[[FastAPI, Tokens], Awaitable[Response]]


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
    "create_user": lambda app, tokens: create_user(app, tokens, email="late@example.com"),
    "update_user": lambda app, tokens: change_user(app, tokens, uuid4(), role="admin"),
    "delete_user": lambda app, tokens: delete_user(app, tokens, uuid4()),
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


async def test_no_connection_is_left_in_use(arena: Arena) -> None:
    assert arena.checked_out() == 0
