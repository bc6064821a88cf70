"""Access tokens whose claims are not quite right, though they are rightly signed."""

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine

from cms.documents.tests.statements import recorded
from cms.identity.model import User
from cms.identity.tests.calls import Tokens, ask, bearer, is_alive, log_in_as, send
from cms.identity.tests.conftest import Sql
from cms.identity.tests.forging import (
    CLAIMS,
    Claims,
    assert_refused,
    claims_of,
    show,
    signed,
    token_of,
)
from cms.identity.tokens import (
    AccessClaims,
    TokenExpired,
    TokenFromTheFuture,
    check_times,
)

ANOTHER_SECRET = "another key for tests, also of more than thirty-two bytes"


@pytest.mark.attack("T5")
@pytest.mark.parametrize("name", CLAIMS)
async def test_a_token_without_a_claim_is_refused(app: FastAPI, claims: Claims, name: str) -> None:
    del claims[name]

    await assert_refused(app, token_of(claims))


@pytest.mark.attack("T6")
@pytest.mark.parametrize("name", CLAIMS)
async def test_a_claim_of_another_type_is_refused(app: FastAPI, claims: Claims, name: str) -> None:
    wrong = ["null", "true", "[]", "{}", '""', '"x"', "-1", "0.5"]
    wrong += ["NaN", "Infinity", "-Infinity", "1e999", "1" + "0" * 400, "1" + "0" * 2000]
    payload = json.dumps(claims | {name: "VALUE"})

    await assert_refused(app, *(signed(payload.replace('"VALUE"', v).encode()) for v in wrong))


@pytest.mark.attack("T6")
@pytest.mark.parametrize("name", ["iat", "exp"])
async def test_a_time_that_is_no_whole_number_in_range_is_refused(
    app: FastAPI, claims: Claims, name: str
) -> None:
    wrong = [str(2**63), str(2**53 + 1), "1e10", "9999999999.0", "99e8"]
    payload = json.dumps(claims | {name: "VALUE"})

    await assert_refused(app, *(signed(payload.replace('"VALUE"', v).encode()) for v in wrong))


@pytest.mark.attack("T6")
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("iss", "cms-api "),
        ("iss", "CMS-API"),
        ("iss", ["cms-api"]),
        ("aud", "another-api"),
        ("aud", ["cms-api"]),
        ("aud", ["cms-api", "another-api"]),
        ("aud", {"cms-api": True}),
        ("jti", "1"),
        ("sub", "admin"),
        ("sub", "' OR true --"),
        ("sid", "00000000-0000-0000-0000-000000000000"),
        ("exp", "9999999999"),
    ],
)
async def test_a_claim_with_another_value_is_refused(
    app: FastAPI, claims: Claims, name: str, value: Any
) -> None:
    await assert_refused(app, token_of(claims | {name: value}))


@pytest.mark.attack("T6")
@pytest.mark.parametrize(
    "payload", [b"null", b"[]", b'"x"', b"1", b"{", b"\xff", b"[" * 3000, b"{}", b" ", b"\0"]
)
async def test_a_payload_that_is_no_object_of_claims_is_refused(
    app: FastAPI, payload: bytes
) -> None:
    await assert_refused(app, signed(payload))


@pytest.mark.attack("T5")
@pytest.mark.parametrize("claim", ["nbf", "role", "azp", "sub2"])
async def test_a_token_with_another_claim_is_refused(
    app: FastAPI, claims: Claims, claim: str
) -> None:
    await assert_refused(app, token_of(claims | {claim: 0}))


@pytest.mark.attack("T7")
@pytest.mark.parametrize("age", [901, 960, 10_000_000])
async def test_an_expired_token_is_refused(app: FastAPI, claims: Claims, age: int) -> None:
    await assert_refused(
        app, token_of(claims | {"iat": claims["iat"] - age, "exp": claims["exp"] - age})
    )


@pytest.mark.attack("T7")
async def test_a_token_is_good_to_its_end(app: FastAPI, claims: Claims) -> None:
    age = 900 - 30  # half a minute for a machine that is slow to run this test
    old = claims | {"iat": claims["iat"] - age, "exp": claims["exp"] - age}

    assert (await show(app, token_of(old))).status_code == 200


@pytest.mark.attack("T7")
async def test_a_token_from_the_future_is_refused(app: FastAPI, claims: Claims) -> None:
    await assert_refused(app, token_of(claims | {"iat": claims["iat"] + 60}))


@pytest.mark.attack("T7")
@pytest.mark.parametrize("claim", ["nbf", "iat"])
async def test_a_token_for_the_future_is_refused(app: FastAPI, claims: Claims, claim: str) -> None:
    later = claims["exp"]

    await assert_refused(app, token_of(claims | {claim: later, "exp": later + 900}))


def claims_from(issued_at: datetime) -> AccessClaims:
    iat = int(issued_at.timestamp())
    return AccessClaims(sub=uuid4(), sid=uuid4(), iat=iat, exp=iat + 900)


@pytest.mark.attack("T7")
def test_the_leeway_for_another_clock_is_five_seconds_and_none_at_the_end() -> None:
    now = datetime(2026, 5, 1, tzinfo=UTC)
    check_times(claims_from(now + timedelta(seconds=5)), now)
    with pytest.raises(TokenFromTheFuture):
        check_times(claims_from(now + timedelta(seconds=6)), now)
    check_times(claims_from(now - timedelta(seconds=899)), now)
    with pytest.raises(TokenExpired):
        check_times(claims_from(now - timedelta(seconds=900)), now)


@pytest.mark.attack("F10")
@pytest.mark.parametrize("skew", [-3600, 3600])
async def test_the_clock_of_the_database_is_the_one_that_counts(
    app: FastAPI, user: User, tokens: Tokens, monkeypatch: pytest.MonkeyPatch, skew: float
) -> None:
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + skew)

    late = await log_in_as(app, user.email)

    assert await is_alive(app, tokens)
    assert await is_alive(app, late)
    assert abs(claims_of(late.access)["iat"] - now) < 60


async def test_a_token_names_its_user_and_a_session_of_that_user(
    app: FastAPI, other_user: User, claims: Claims
) -> None:
    others = await log_in_as(app, other_user.email)
    other_claims = claims_of(others.access)

    await assert_refused(
        app,
        token_of(claims | {"sub": other_claims["sub"]}),
        token_of(claims | {"sid": other_claims["sid"]}),
        token_of(claims | {"sub": str(uuid4())}),
        token_of(claims | {"sid": str(uuid4())}),
    )


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM auth_sessions",
        "DELETE FROM users",
        "UPDATE users SET is_active = false",
        "UPDATE auth_sessions SET expires_at = now() - interval '1 second'",
    ],
)
async def test_a_token_stops_at_once_with_its_session_or_user(
    app: FastAPI, tokens: Tokens, sql: Sql, change: str
) -> None:
    await sql(change)

    await assert_refused(app, tokens.access)


async def test_the_role_is_the_stored_one_and_not_what_it_was_at_the_login(
    app: FastAPI, tokens: Tokens, sql: Sql
) -> None:
    assert (await ask(app, tokens, "/users")).status_code == 403

    await sql("UPDATE users SET role = 'admin'")

    assert (await ask(app, tokens, "/users")).status_code == 200


@pytest.mark.parametrize("method", ["GET", "PUT"])
async def test_user_and_session_are_looked_up_in_one_query(
    app: FastAPI, engine: AsyncEngine, tokens: Tokens, method: str
) -> None:
    body = {"json": {"site_name": "Written"}} if method == "PUT" else {}
    path = "/settings" if method == "PUT" else "/users/me"

    with recorded(engine) as statements:
        await send(app, method, path, headers=bearer(tokens.access), **body)

    look_ups = [each.sql for each in statements if "auth_sessions" in each.sql]
    assert len(look_ups) == 1
    assert "users" in look_ups[0]


async def test_what_no_key_signed_costs_no_query(
    app: FastAPI, engine: AsyncEngine, claims: Claims
) -> None:
    with recorded(engine) as statements:
        await show(app, token_of(claims, key=ANOTHER_SECRET))

    assert not statements
