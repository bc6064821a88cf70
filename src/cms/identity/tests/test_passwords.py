import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from uuid import uuid4

import pytest
from anyio.lowlevel import checkpoint
from fastapi import FastAPI
from httpx import Response

from cms.identity import passwords
from cms.identity.model import User
from cms.identity.passwords import hash_password, verify_password
from cms.identity.tests.calls import (
    Tokens,
    assert_dead,
    bearer,
    change_password,
    change_user,
    is_alive,
    log_in_as,
    send,
    try_login,
)
from cms.identity.tests.conftest import Arena, Sql
from cms.identity.tests.factories import PASSWORD, UserFactory
from cms.kernel import Settings
from tests.fixtures import make_settings

NEW = "a longer horse battery"

GOOD = {
    "12 bytes": "x" * 12,
    "4 three-byte letters": "€" * 4,
    "72 bytes": "x" * 72,
    "36 two-byte letters": "é" * 36,
    "outer spaces": "  a password  ",
    "only spaces": " " * 12,
}
BAD = {
    "11 bytes": "x" * 11,
    "5 two-byte letters": "é" * 5,
    "73 bytes": "x" * 73,
    "37 two-byte letters": "é" * 37,
    "19 four-byte letters": "😀" * 19,
    "NUL": "x" * 20 + "\0",
    "empty": "",
}


async def create(app: FastAPI, admin: Tokens, password: Any) -> Response:
    payload = {"email": "new@example.com", "password": password}
    return await send(app, "POST", "/users", json=payload, headers=bearer(admin.access))


async def test_a_changed_password_is_the_one_that_counts(
    app: FastAPI, user: User, tokens: Tokens
) -> None:
    response = await change_password(app, tokens, PASSWORD, NEW)

    assert (response.status_code, response.content) == (204, b"")
    assert (await try_login(app, user.email, NEW)).status_code == 200
    assert (await try_login(app, user.email, PASSWORD)).status_code == 401


@pytest.mark.attack("T20")
async def test_a_changed_password_ends_every_session(
    app: FastAPI, user: User, tokens: Tokens
) -> None:
    other = await log_in_as(app, user.email)

    await change_password(app, tokens, PASSWORD, NEW)

    await assert_dead(app, tokens, other)


async def test_a_changed_password_is_no_matter_of_other_users(
    app: FastAPI, other_user: User, tokens: Tokens
) -> None:
    other = await log_in_as(app, other_user.email)

    await change_password(app, tokens, PASSWORD, NEW)

    assert await is_alive(app, other)
    assert (await try_login(app, other_user.email)).status_code == 200


@pytest.mark.parametrize("current", [PASSWORD + "x", PASSWORD.upper(), f" {PASSWORD}", "x" * 12])
async def test_a_wrong_current_password_is_forbidden_and_changes_nothing(
    app: FastAPI, user: User, tokens: Tokens, current: str
) -> None:
    response = await change_password(app, tokens, current, NEW)

    assert response.status_code == 403
    assert current not in response.text
    assert await is_alive(app, tokens)
    assert (await try_login(app, user.email)).status_code == 200


@pytest.mark.parametrize("password", GOOD.values(), ids=GOOD.keys())
async def test_a_password_has_12_to_72_bytes_and_each_of_them_counts(
    app: FastAPI, user: User, tokens: Tokens, password: str
) -> None:
    assert (await change_password(app, tokens, PASSWORD, password)).status_code == 204

    assert (await try_login(app, user.email, password)).status_code == 200
    if len(password.strip()) >= 12:
        assert (await try_login(app, user.email, password.strip())).status_code == (
            200 if password == password.strip() else 401
        )


@pytest.mark.parametrize("field", ["current_password", "new_password"])
@pytest.mark.parametrize("password", BAD.values(), ids=BAD.keys())
async def test_no_other_password_can_be_given_to_change_it(
    app: FastAPI, tokens: Tokens, field: str, password: str
) -> None:
    payload = {"current_password": PASSWORD, "new_password": NEW, field: password}

    response = await send(
        app, "PUT", "/users/me/password", json=payload, headers=bearer(tokens.access)
    )

    assert response.status_code == 422
    assert [error["loc"] for error in response.json()["errors"]] == [["body", field]]
    assert await is_alive(app, tokens)


@pytest.mark.parametrize("password", BAD.values(), ids=BAD.keys())
async def test_no_other_password_can_be_given_by_an_admin(
    app: FastAPI, user: User, admin_tokens: Tokens, password: str
) -> None:
    answers = [
        await create(app, admin_tokens, password),
        await change_user(app, admin_tokens, user.id, password=password),
    ]

    for response in answers:
        assert response.status_code == 422
        assert [error["loc"] for error in response.json()["errors"]] == [["body", "password"]]


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"new_password": NEW},
        {"current_password": PASSWORD},
        {"current_password": PASSWORD, "new_password": [NEW]},
        {"current_password": PASSWORD, "new_password": 123456789012},
        {"current_password": None, "new_password": NEW},
        {"current_password": PASSWORD, "new_password": NEW, "user_id": "x"},
    ],
    ids=str,
)
async def test_a_change_of_password_is_two_strings(
    app: FastAPI, tokens: Tokens, payload: dict[str, Any]
) -> None:
    response = await send(
        app, "PUT", "/users/me/password", json=payload, headers=bearer(tokens.access)
    )

    assert response.status_code == 422
    assert PASSWORD not in response.text
    assert NEW not in response.text


async def test_a_password_is_stored_as_a_bcrypt_hash_of_the_cost_that_is_set(
    app: FastAPI, tokens: Tokens, sql: Sql
) -> None:
    await change_password(app, tokens, PASSWORD, NEW)

    [(stored,)] = await sql("SELECT password_hash FROM users")
    assert stored.startswith("$2b$04$")
    assert await verify_password(NEW, stored, 4)


async def test_one_password_has_many_hashes() -> None:
    assert await hash_password(PASSWORD, 4) != await hash_password(PASSWORD, 4)


@pytest.mark.parametrize(
    "work",
    [
        lambda: hash_password(PASSWORD, 8),
        lambda: verify_password(PASSWORD, "$2b$08$" + "a" * 21 + "." + "a" * 31, 8),
        lambda: verify_password(PASSWORD, None, 8),
    ],
    ids=["hash", "verify", "verify nothing"],
)
async def test_bcrypt_leaves_the_event_loop_to_others(work: Callable[[], Any]) -> None:
    task = asyncio.ensure_future(work())
    turns = 0
    while not task.done():
        await checkpoint()
        turns += 1

    assert turns > 10  # bcrypt on the loop itself would have left it some three


@pytest.fixture
async def slow_arena(own_database_url: str) -> AsyncIterator[Arena]:
    settings = make_settings(own_database_url, bcrypt_rounds=9)
    async with Arena.open(settings) as arena:
        yield arena


def _bcrypt_works() -> bool:
    return passwords._limiter().borrowed_tokens > 0


@pytest.mark.parametrize(
    "request_with_bcrypt",
    [
        lambda app, _: try_login(app, "nobody@example.com"),
        lambda app, admin: change_password(app, admin, PASSWORD, NEW),
        lambda app, admin: create(app, admin, NEW),
        lambda app, admin: change_user(app, admin, uuid4(), password=NEW),
    ],
    ids=["login", "change of password", "new user", "change of a user"],
)
async def test_no_connection_is_held_while_bcrypt_works(
    slow_arena: Arena, request_with_bcrypt: Callable[[FastAPI, Tokens], Awaitable[Response]]
) -> None:
    # Or else a burst of them would leave no connection for anyone.
    user = UserFactory.build(role="admin")
    await slow_arena.add(user)
    admin = await log_in_as(slow_arena.app, user.email)

    task = asyncio.ensure_future(request_with_bcrypt(slow_arena.app, admin))
    held = set[int]()
    while not task.done():
        if _bcrypt_works():
            held.add(slow_arena.checked_out())
        await checkpoint()

    assert (await task).status_code < 500
    assert held == {0}


async def test_bcrypt_takes_no_more_threads_than_there_are_cores(settings: Settings) -> None:
    tasks = [asyncio.ensure_future(verify_password(PASSWORD, None, 6)) for _ in range(20)]
    most = 0
    while not all(task.done() for task in tasks):
        most = max(most, int(passwords._limiter().borrowed_tokens))
        await checkpoint()

    assert 1 <= most <= passwords._limiter().total_tokens
