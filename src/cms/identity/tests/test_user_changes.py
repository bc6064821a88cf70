"""What changes a user, what it ends, and what it leaves alone."""

from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI

from cms.identity.model import User
from cms.identity.tests.calls import (
    Tokens,
    assert_dead,
    bearer,
    change_user,
    create_user,
    delete_user,
    is_alive,
    log_in_as,
    read_user,
    send,
    try_login,
)
from cms.identity.tests.factories import PASSWORD, UserFactory
from tests.fixtures import Save

NEW = "a longer horse battery"


FIELDS = ["id", "email", "role", "is_active", "created_at", "updated_at"]


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
async def test_a_user_who_is_not_there_can_be_neither_changed_nor_deleted(
    app: FastAPI, admin_tokens: Tokens, method: str
) -> None:
    body = {"json": {"role": "editor"}} if method == "PATCH" else {}

    response = await send(
        app, method, f"/users/{uuid4()}", headers=bearer(admin_tokens.access), **body
    )

    assert response.status_code == 404


async def test_a_patch_changes_what_is_given_and_nothing_else(
    app: FastAPI, user: User, admin_tokens: Tokens
) -> None:
    before = (await read_user(app, admin_tokens, user.id)).json()

    response = await change_user(app, admin_tokens, user.id, role="admin")

    assert response.status_code == 200
    after = response.json()
    assert after == before | {"role": "admin", "updated_at": after["updated_at"]}
    assert after["updated_at"] > before["updated_at"]
    assert (await read_user(app, admin_tokens, user.id)).json() == after
    assert (await try_login(app, user.email)).status_code == 200


@pytest.mark.parametrize("changes", [{}, {"role": "editor"}, {"role": "editor", "is_active": True}])
async def test_a_patch_that_changes_nothing_leaves_everything_as_it_is(
    app: FastAPI, user: User, tokens: Tokens, admin_tokens: Tokens, changes: dict[str, Any]
) -> None:
    before = (await read_user(app, admin_tokens, user.id)).json()

    response = await change_user(app, admin_tokens, user.id, **changes)

    assert (response.status_code, response.json()) == (200, before)
    assert await is_alive(app, tokens)


async def test_a_patch_sets_a_password(app: FastAPI, user: User, admin_tokens: Tokens) -> None:
    response = await change_user(app, admin_tokens, user.id, password=NEW)

    assert list(response.json()) == FIELDS
    assert (await try_login(app, user.email, NEW)).status_code == 200
    assert (await try_login(app, user.email)).status_code == 401


async def test_an_email_cannot_be_changed(app: FastAPI, user: User, admin_tokens: Tokens) -> None:
    response = await change_user(app, admin_tokens, user.id, email="other@example.com")

    assert response.status_code == 422


@pytest.mark.attack("T20")
@pytest.mark.parametrize(
    ("role", "changes"),
    [
        ("editor", {"is_active": False}),
        ("editor", {"password": NEW}),
        ("editor", {"password": PASSWORD}),
        ("editor", {"role": "admin"}),
        ("admin", {"role": "editor"}),
        ("admin", {"role": "editor", "is_active": False, "password": NEW}),
    ],
    ids=str,
)
async def test_a_changed_user_has_no_session_left(
    app: FastAPI, save: Save, admin_tokens: Tokens, role: str, changes: dict[str, Any]
) -> None:
    user, bystander = UserFactory.build(role=role), UserFactory.build()
    await save(user, bystander)
    sessions = [await log_in_as(app, user.email) for _ in range(2)]
    others = await log_in_as(app, bystander.email)

    assert (await change_user(app, admin_tokens, user.id, **changes)).status_code == 200

    await assert_dead(app, *sessions)
    assert await is_alive(app, others)
    assert await is_alive(app, admin_tokens)


@pytest.mark.attack("T20")
async def test_a_deleted_user_has_no_session_left(
    app: FastAPI, user: User, admin_tokens: Tokens
) -> None:
    sessions = [await log_in_as(app, user.email) for _ in range(2)]

    response = await delete_user(app, admin_tokens, user.id)

    assert (response.status_code, response.content) == (204, b"")
    await assert_dead(app, *sessions)
    assert (await try_login(app, user.email)).status_code == 401
    assert (await read_user(app, admin_tokens, user.id)).status_code == 404


async def test_the_email_of_a_deleted_user_is_free(
    app: FastAPI, user: User, admin_tokens: Tokens
) -> None:
    await delete_user(app, admin_tokens, user.id)

    response = await create_user(app, admin_tokens, email=user.email)

    assert response.status_code == 201
    assert response.json()["id"] != str(user.id)


async def test_a_user_who_is_active_again_can_log_in_again(
    app: FastAPI, user: User, tokens: Tokens, admin_tokens: Tokens
) -> None:
    await change_user(app, admin_tokens, user.id, is_active=False)
    await change_user(app, admin_tokens, user.id, is_active=True)

    assert (await try_login(app, user.email)).status_code == 200
    await assert_dead(app, tokens)
