"""What a login gives, and what it tells nobody."""

from typing import Any

import pytest
from fastapi import FastAPI
from httpx import Response

from cms.identity import passwords
from cms.identity.model import User
from cms.identity.tests.calls import Tokens, ask, bearer, log_in_as, send, tokens_of, try_login
from cms.identity.tests.conftest import Log, MakeApp, Sql
from cms.identity.tests.factories import PASSWORD, UserFactory
from tests.fixtures import Save

WRONG = "not the password of anyone"


GARBAGE = "a" * 21 + "." + "a" * 31  # a salt and a digest, by their form


def without_request_id(response: Response) -> tuple[int, bytes, dict[str, str]]:
    """Everything that a client can see of an answer, but for its number."""
    headers = {k: v for k, v in response.headers.items() if k != "x-request-id"}
    return response.status_code, response.content, headers


async def test_a_login_gives_a_pair_of_tokens_that_no_cache_keeps(app: FastAPI, user: User) -> None:
    response = await try_login(app, user.email)

    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-store"
    tokens = tokens_of(response)
    assert response.json() == {
        "access_token": tokens.access,
        "refresh_token": tokens.refresh,
        "token_type": "bearer",
        "expires_in": 900,
    }
    assert len(tokens.refresh) == 43  # base64url, 6 bits a character: 256 bits
    assert (await ask(app, tokens)).json()["id"] == str(user.id)


async def test_every_login_is_a_session_of_its_own(app: FastAPI, user: User) -> None:
    first, second = [await log_in_as(app, user.email) for _ in range(2)]

    assert first.refresh != second.refresh
    assert (await ask(app, second, "/users/me/sessions")).json()["total"] == 2


@pytest.mark.attack("L1")
async def test_everything_wrong_gets_one_and_the_same_answer(app: FastAPI, save: Save) -> None:
    user, inactive = UserFactory.build(), UserFactory.build(is_active=False)
    damaged = UserFactory.build(password_hash="damaged")
    await save(user, inactive, damaged)

    answers = [
        without_request_id(response)
        for response in (
            await try_login(app, user.email, WRONG),
            await try_login(app, "nobody@example.com"),
            await try_login(app, "no address at all"),
            await try_login(app, inactive.email),
            await try_login(app, inactive.email, WRONG),
            await try_login(app, damaged.email),
        )
    ]

    assert answers[0][0] == 401
    assert answers[0][2]["www-authenticate"] == "Bearer"
    assert answers[0][2]["content-type"] == "application/problem+json"
    assert answers == [answers[0]] * len(answers)


@pytest.mark.attack("L1")
@pytest.mark.parametrize("known", [True, False], ids=["inactive", "unknown"])
async def test_bcrypt_runs_where_there_is_no_password_to_compare(
    make_app: MakeApp, save: Save, known: bool
) -> None:
    user = UserFactory.build(is_active=False)
    if known:
        await save(user)
    passwords._dummy_hash.cache_clear()

    await try_login(make_app(bcrypt_rounds=5), user.email)

    # The stand-in was made, with the cost of the real ones: nothing else needs it.
    assert passwords._dummy_hash.cache_info().currsize == 1
    assert passwords._dummy_hash(5).startswith("$2b$05$")


@pytest.mark.attack("L7")
@pytest.mark.parametrize(
    "stored",
    [
        "",
        "x",
        PASSWORD,
        "$2b$04$",
        "$2b$04$tooshort",
        "$2b$00$" + GARBAGE,
        "$2b$99$" + GARBAGE,
        "$2x$04$" + GARBAGE,
        "$2b$04$" + GARBAGE + "\n",
        "$2b$04$" + "é" * 53,
        "$2b$04$" + "*" * 53,
        "$1$" + "a" * 53,
        "$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$c29tZWhhc2g",
        "\N{REPLACEMENT CHARACTER}",
    ],
)
async def test_a_damaged_hash_lets_nobody_in_and_is_logged(
    logging_app: FastAPI, save: Save, log: Log, stored: str
) -> None:
    user = UserFactory.build(password_hash=stored)
    await save(user)

    async with log.of(logging_app):
        response = await try_login(logging_app, user.email)

    assert response.status_code == 401
    [error] = [event for event in log.events() if event["level"] == "error"]
    assert "damaged" in error["message"]


@pytest.mark.attack("L8")
@pytest.mark.parametrize("end_of_line", ["\r\n", "\n", "\r", "\u2028", "\x85"], ids=repr)
async def test_an_end_of_line_in_an_email_makes_no_line_in_the_log(
    logging_app: FastAPI, log: Log, end_of_line: str
) -> None:
    async with log.of(logging_app):
        await try_login(logging_app, f'a@example.com{end_of_line}{{"level":"forged"}}')

    assert [event["message"] for event in log.events()] == ["request"]


@pytest.mark.attack("L9")
@pytest.mark.parametrize(
    "body",
    [
        {"email": "known@example.com", "password": PASSWORD},
        {"email": "known@example.com", "password": "a wrong " + PASSWORD},
        {"email": "unknown@example.com", "password": PASSWORD},
        {"email": "known@example.com", "password": PASSWORD * 3},
        {"email": "known@example.com", "password": [PASSWORD]},
        {"email": [], "password": PASSWORD},
        {"email": PASSWORD, "password": PASSWORD, PASSWORD: PASSWORD},
    ],
    ids=["right", "wrong", "unknown", "too long", "list", "wrong email", "unknown field"],
)
async def test_the_password_is_in_no_answer_and_no_log(
    logging_app: FastAPI, save: Save, log: Log, body: Any
) -> None:
    await save(UserFactory.build(email="known@example.com"))

    async with log.of(logging_app):
        response = await send(logging_app, "POST", "/auth/login", json=body)

    assert PASSWORD not in log.text()
    # The name of an unknown field is named, as every 422 does; its value is not.
    assert response.text.count(PASSWORD) == (1 if PASSWORD in body else 0)


async def test_a_refused_login_leaves_no_session(app: FastAPI, user: User, sql: Sql) -> None:
    await try_login(app, user.email, WRONG)

    assert not await sql("SELECT 1 FROM auth_sessions")
    assert not await sql("SELECT 1 FROM refresh_tokens")


async def test_a_login_removes_the_users_expired_sessions(
    app: FastAPI, user: User, tokens: Tokens, sql: Sql
) -> None:
    await sql("UPDATE auth_sessions SET expires_at = now() - interval '1 second'")

    await log_in_as(app, user.email)

    assert len(await sql("SELECT 1 FROM auth_sessions")) == 1
    assert len(await sql("SELECT 1 FROM refresh_tokens")) == 1


async def test_a_token_does_not_help_or_hinder_a_login(
    app: FastAPI, user: User, tokens: Tokens
) -> None:
    payload = {"email": user.email, "password": PASSWORD}
    right = await send(app, "POST", "/auth/login", json=payload, headers=bearer("nonsense"))
    payload["password"] = WRONG
    wrong = await send(app, "POST", "/auth/login", json=payload, headers=bearer(tokens.access))

    assert (right.status_code, wrong.status_code) == (200, 401)
