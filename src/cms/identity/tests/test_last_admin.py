"""There is always an active admin."""

from typing import Any

import pytest
from fastapi import FastAPI

from cms.identity.model import User
from cms.identity.tests.calls import (
    Tokens,
    assert_dead,
    change_user,
    delete_user,
    is_alive,
    try_login,
)
from cms.identity.tests.conftest import Sql
from cms.identity.tests.factories import UserFactory
from tests.fixtures import Save

NEW = "a longer horse battery"


LOSSES: list[dict[str, Any]] = [
    {"role": "editor"},
    {"is_active": False},
    {"role": "editor", "is_active": False},
    {"role": "editor", "password": NEW},
]


@pytest.mark.parametrize("changes", LOSSES, ids=str)
async def test_the_last_active_admin_stays_one(
    app: FastAPI, save: Save, sql: Sql, admin_user: User, admin_tokens: Tokens, changes: Any
) -> None:
    # Neither of these could take over.
    await save(UserFactory.build(role="admin", is_active=False), UserFactory.build(role="editor"))
    before = await sql("SELECT * FROM users ORDER BY id")

    response = await change_user(app, admin_tokens, admin_user.id, **changes)

    assert response.status_code == 409
    assert await sql("SELECT * FROM users ORDER BY id") == before
    assert await is_alive(app, admin_tokens)


async def test_the_last_active_admin_cannot_be_deleted(
    app: FastAPI, save: Save, admin_user: User, admin_tokens: Tokens
) -> None:
    await save(UserFactory.build(role="admin", is_active=False))

    response = await delete_user(app, admin_tokens, admin_user.id)

    assert response.status_code == 409
    assert await is_alive(app, admin_tokens)


@pytest.mark.parametrize("changes", LOSSES, ids=str)
async def test_one_of_two_active_admins_need_not_stay_one(
    app: FastAPI, save: Save, admin_user: User, admin_tokens: Tokens, changes: Any
) -> None:
    await save(UserFactory.build(role="admin"))

    response = await change_user(app, admin_tokens, admin_user.id, **changes)

    assert response.status_code == 200
    await assert_dead(app, admin_tokens)


async def test_one_of_two_active_admins_can_be_deleted(
    app: FastAPI, save: Save, admin_user: User, admin_tokens: Tokens
) -> None:
    await save(UserFactory.build(role="admin"))

    assert (await delete_user(app, admin_tokens, admin_user.id)).status_code == 204

    await assert_dead(app, admin_tokens)


async def test_an_inactive_admin_can_be_demoted_and_deleted(
    app: FastAPI, save: Save, admin_tokens: Tokens
) -> None:
    inactive = UserFactory.build(role="admin", is_active=False)
    await save(inactive)

    assert (await change_user(app, admin_tokens, inactive.id, role="editor")).status_code == 200
    assert (await delete_user(app, admin_tokens, inactive.id)).status_code == 204


@pytest.mark.parametrize("changes", [{}, {"role": "admin"}, {"is_active": True}])
async def test_the_last_admin_may_be_told_to_stay_one(
    app: FastAPI, admin_user: User, admin_tokens: Tokens, changes: Any
) -> None:
    assert (await change_user(app, admin_tokens, admin_user.id, **changes)).status_code == 200

    assert await is_alive(app, admin_tokens)


async def test_the_last_admin_may_get_a_new_password(
    app: FastAPI, admin_user: User, admin_tokens: Tokens
) -> None:
    assert (await change_user(app, admin_tokens, admin_user.id, password=NEW)).status_code == 200

    assert (await try_login(app, admin_user.email, NEW)).status_code == 200
