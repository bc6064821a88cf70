"""How an admin creates users and looks at them, and who else may."""

from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI

from cms.identity.model import User
from cms.identity.tests.calls import (
    API,
    Tokens,
    ask,
    change_user,
    create_user,
    is_alive,
    log_in_as,
    read_user,
    try_login,
)
from cms.identity.tests.conftest import Sql
from cms.identity.tests.factories import UserFactory
from tests.fixtures import Save

NEW = "a longer horse battery"


FIELDS = ["id", "email", "role", "is_active", "created_at", "updated_at"]


async def test_users_see_themselves(app: FastAPI, user: User, tokens: Tokens) -> None:
    response = await ask(app, tokens)

    assert response.status_code == 200
    assert list(response.json()) == FIELDS
    assert response.json() | {"created_at": "", "updated_at": ""} == {
        "id": str(user.id),
        "email": user.email,
        "role": "editor",
        "is_active": True,
        "created_at": "",
        "updated_at": "",
    }
    assert response.headers["cache-control"] == "no-store"


async def test_an_admin_creates_a_user(app: FastAPI, admin_tokens: Tokens) -> None:
    response = await create_user(app, admin_tokens, email="new@example.com", role="admin")

    assert response.status_code == 201
    created = response.json()
    assert list(created) == FIELDS
    assert (created["email"], created["role"]) == ("new@example.com", "admin")
    assert created["created_at"] == created["updated_at"]
    assert UUID(created["id"]).version == 7
    assert response.headers["location"] == f"{API}/users/{created['id']}"
    assert (await read_user(app, admin_tokens, created["id"])).json() == created


async def test_a_created_user_can_log_in(app: FastAPI, admin_tokens: Tokens) -> None:
    await create_user(app, admin_tokens, email="New@Example.com")

    assert await is_alive(app, await log_in_as(app, "new@example.com"))


async def test_a_user_is_an_active_editor_unless_something_else_is_said(
    app: FastAPI, admin_tokens: Tokens
) -> None:
    created = (await create_user(app, admin_tokens)).json()

    assert (created["role"], created["is_active"]) == ("editor", True)


async def test_a_user_can_be_created_inactive(app: FastAPI, admin_tokens: Tokens) -> None:
    created = (await create_user(app, admin_tokens, is_active=False)).json()

    assert created["is_active"] is False
    assert (await try_login(app, "new@example.com")).status_code == 401


async def test_an_email_is_stored_as_given_but_for_outer_spaces(
    app: FastAPI, admin_tokens: Tokens
) -> None:
    created = (await create_user(app, admin_tokens, email=" \tAda.King@Example.COM\n")).json()

    assert created["email"] == "Ada.King@Example.COM"


@pytest.mark.attack("L4")
@pytest.mark.parametrize("again", ["ada@example.com", "ADA@EXAMPLE.COM", " Ada@example.com "])
async def test_an_email_is_taken_in_any_case(
    app: FastAPI, admin_tokens: Tokens, sql: Sql, again: str
) -> None:
    await create_user(app, admin_tokens, email="Ada@Example.com")

    response = await create_user(app, admin_tokens, email=again)

    assert response.status_code == 409
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["detail"] == "This email is taken."
    assert len(await sql("SELECT 1 FROM users WHERE email ILIKE 'ada@%'")) == 1


@pytest.mark.attack("L4")
@pytest.mark.parametrize(
    "look_alike", ["\u212aim@example.com", "kım@example.com", "ｋim@example.com"]
)
async def test_a_look_alike_is_another_email(
    app: FastAPI, admin_tokens: Tokens, look_alike: str
) -> None:
    await create_user(app, admin_tokens, email="kim@example.com")

    response = await create_user(app, admin_tokens, email=look_alike)

    assert response.status_code == 201
    assert response.json()["email"] == look_alike


@pytest.mark.parametrize(
    "email",
    [
        "",
        " ",
        "ada",
        "@example.com",
        "ada@",
        "ada@@example.com",
        "a\x01da@example.com",
        "ada@exam\x7fple.com",
        "ada@example.com\x9b",
        "ada@b@example.com",
        "ada king@example.com",
        "ada@exa mple.com",
        "ada@example..com",
        "ada@.example.com",
        "ada\n@example.com",
        "ada\0@example.com",
        "a" * 65 + "@example.com",
        "ada@" + "x" * 247 + ".com",
        None,
        1,
        ["ada@example.com"],
    ],
    ids=str,
)
async def test_what_is_no_email_is_refused(app: FastAPI, admin_tokens: Tokens, email: Any) -> None:
    response = await create_user(app, admin_tokens, email=email)

    assert response.status_code == 422
    assert {tuple(error["loc"]) for error in response.json()["errors"]} == {("body", "email")}


async def test_an_email_has_254_characters_at_most(app: FastAPI, admin_tokens: Tokens) -> None:
    email = "ada@" + "x" * 246 + ".com"

    assert (await create_user(app, admin_tokens, email=email)).json()["email"] == email


@pytest.mark.attack("A12")
@pytest.mark.parametrize(
    "payload",
    [
        {"role": "owner"},
        {"role": "Admin"},
        {"role": None},
        {"role": ["admin"]},
        {"is_active": "false"},
        {"is_active": 0},
        {"is_active": None},
        {"id": str(UUID(int=1))},
        {"created_at": "2026-01-01T00:00:00Z"},
        {"updated_at": "2026-01-01T00:00:00Z"},
        {"password_hash": "$2b$04$"},
        {"unknown": 1},
    ],
    ids=str,
)
@pytest.mark.parametrize("method", ["POST", "PATCH"])
async def test_no_other_value_and_no_other_field_is_taken(
    app: FastAPI, user: User, admin_tokens: Tokens, sql: Sql, method: str, payload: Any
) -> None:
    before = await sql("SELECT * FROM users ORDER BY id")

    if method == "POST":
        response = await create_user(app, admin_tokens, **payload)
    else:
        response = await change_user(app, admin_tokens, user.id, **payload)

    assert response.status_code == 422
    assert [error["loc"] for error in response.json()["errors"]] == [["body", *payload]]
    assert await sql("SELECT * FROM users ORDER BY id") == before


async def test_the_list_has_all_users_newest_first(app: FastAPI, admin_tokens: Tokens) -> None:
    emails = [f"{number}@example.com" for number in range(3)]
    for email in emails:
        await create_user(app, admin_tokens, email=email)

    listed = (await ask(app, admin_tokens, "/users")).json()

    assert [item["email"] for item in listed["items"]][:3] == emails[::-1]
    assert list(listed["items"][0]) == FIELDS
    assert {name: listed[name] for name in listed if name != "items"} == {
        "page": 1,
        "per_page": 100,
        "total": 4,
        "total_pages": 1,
    }


async def test_the_list_comes_in_pages(app: FastAPI, save: Save, admin_tokens: Tokens) -> None:
    await save(*UserFactory.build_batch(4))

    pages = [
        (await ask(app, admin_tokens, f"/users?page={page}&per_page=2")).json()
        for page in (1, 2, 3, 4)
    ]

    assert [len(page["items"]) for page in pages] == [2, 2, 1, 0]
    assert len({item["id"] for page in pages for item in page["items"]}) == 5
    assert {(page["total"], page["total_pages"]) for page in pages} == {(5, 3)}


async def test_there_is_nothing_where_there_is_no_user(app: FastAPI, admin_tokens: Tokens) -> None:
    assert (await read_user(app, admin_tokens, str(UUID(int=1)))).status_code == 404
