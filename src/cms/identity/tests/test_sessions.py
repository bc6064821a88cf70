from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI
from httpx import Response

from cms.identity.model import User
from cms.identity.tests.calls import (
    API,
    Tokens,
    ask,
    assert_dead,
    bearer,
    is_alive,
    log_in_as,
    refresh,
    send,
    tokens_of,
)
from cms.identity.tests.conftest import MakeApp, Sql
from cms.identity.tests.factories import PASSWORD
from tests.fixtures import make_client

SESSIONS = "/users/me/sessions"


async def sessions_of(app: FastAPI, tokens: Tokens) -> list[dict[str, Any]]:
    response = await ask(app, tokens, SESSIONS)
    assert response.status_code == 200, response.text
    items: list[dict[str, Any]] = response.json()["items"]
    return items


async def current_id(app: FastAPI, tokens: Tokens) -> str:
    [session] = [each for each in await sessions_of(app, tokens) if each["current"]]
    return str(session["id"])


async def revoke(app: FastAPI, tokens: Tokens, session_id: object) -> Response:
    return await send(app, "DELETE", f"{SESSIONS}/{session_id}", headers=bearer(tokens.access))


async def log_in_from(
    app: FastAPI, user: User, address: str, headers: dict[str, str] | None = None
) -> Tokens:
    payload = {"email": user.email, "password": PASSWORD}
    async with make_client(app, address) as client:
        return tokens_of(await client.post(f"{API}/auth/login", json=payload, headers=headers))


async def test_a_session_says_when_and_from_where_it_is_used(app: FastAPI, user: User) -> None:
    agent = "Mozilla/5.0 (X11; Linux)"
    tokens = await log_in_from(app, user, "203.0.113.9", {"User-Agent": agent})

    [session] = await sessions_of(app, tokens)

    assert list(session) == [
        "id",
        "created_at",
        "last_used_at",
        "expires_at",
        "user_agent",
        "ip",
        "current",
    ]
    assert (session["user_agent"], session["ip"]) == (agent, "203.0.113.9")
    created_at, last_used_at, expires_at = (
        datetime.fromisoformat(session[name])
        for name in ("created_at", "last_used_at", "expires_at")
    )
    assert abs(datetime.now(UTC) - created_at) < timedelta(minutes=1)
    assert last_used_at == created_at
    assert expires_at == created_at + timedelta(days=7)


async def test_a_refresh_is_a_use_and_a_request_is_none(
    app: FastAPI, tokens: Tokens, sql: Sql
) -> None:
    await sql("UPDATE auth_sessions SET last_used_at = last_used_at - interval '1 hour'")
    [unused] = await sessions_of(app, tokens)
    await is_alive(app, tokens)
    [asked] = await sessions_of(app, tokens)
    [refreshed] = await sessions_of(app, await refresh(app, tokens))

    assert asked == unused
    assert refreshed["last_used_at"] > unused["last_used_at"]
    assert refreshed == unused | {"last_used_at": refreshed["last_used_at"]}


async def test_sessions_come_newest_first_and_the_asking_one_is_marked(
    app: FastAPI, user: User
) -> None:
    logins = [await log_in_from(app, user, f"203.0.113.{number}") for number in (1, 2, 3)]

    sessions = await sessions_of(app, logins[1])

    assert [(each["ip"], each["current"]) for each in sessions] == [
        ("203.0.113.3", False),
        ("203.0.113.2", True),
        ("203.0.113.1", False),
    ]


async def test_the_list_comes_in_pages(app: FastAPI, user: User) -> None:
    tokens, *_ = [await log_in_as(app, user.email) for _ in range(3)]

    pages = [(await ask(app, tokens, f"{SESSIONS}?page={n}&per_page=2")).json() for n in (1, 2)]

    assert [len(page["items"]) for page in pages] == [2, 1]
    assert pages[0] | {"items": []} == {
        "items": [],
        "page": 1,
        "per_page": 2,
        "total": 3,
        "total_pages": 2,
    }


async def test_nobody_sees_the_sessions_of_another(
    app: FastAPI, tokens: Tokens, admin_tokens: Tokens
) -> None:
    assert len(await sessions_of(app, tokens)) == 1
    assert len(await sessions_of(app, admin_tokens)) == 1


async def test_ended_sessions_are_not_shown(
    app: FastAPI, user: User, tokens: Tokens, sql: Sql
) -> None:
    await sql("UPDATE auth_sessions SET expires_at = now() - interval '1 second'")
    # Not by a login, which would remove the old one.
    await sql(
        "INSERT INTO auth_sessions (id, user_id, created_at, last_used_at, expires_at, ip)"
        " SELECT gen_random_uuid(), user_id, now(), now(), now() - interval '1 day', ip"
        " FROM auth_sessions"
    )
    await sql(
        "UPDATE auth_sessions SET expires_at = now() + interval '1 day' WHERE id = :id",
        id=(await sql("SELECT session_id FROM refresh_tokens"))[0][0],
    )

    response = (await ask(app, tokens, SESSIONS)).json()

    assert (len(response["items"]), response["total"]) == (1, 1)


@pytest.mark.attack("R4")
@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("2001:db8::7", "2001:db8::7"),
        ("2001:DB8:0:0:0:0:0:7", "2001:db8::7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("no address", "unknown"),
    ],
)
async def test_an_address_has_one_spelling(
    app: FastAPI, user: User, address: str, shown: str
) -> None:
    tokens = await log_in_from(app, user, address)

    [session] = await sessions_of(app, tokens)
    assert session["ip"] == shown


async def test_the_address_is_the_clients_and_not_the_proxys(make_app: MakeApp, user: User) -> None:
    app = make_app(forwarded_allow_ips="192.0.2.1")
    tokens = await log_in_from(app, user, "192.0.2.1", {"X-Forwarded-For": "6.6.6.6, 203.0.113.5"})

    [session] = await sessions_of(app, tokens)
    assert session["ip"] == "203.0.113.5"


async def test_a_long_user_agent_is_cut(app: FastAPI, user: User) -> None:
    tokens = await log_in_from(app, user, "203.0.113.1", {"User-Agent": "x" * 1000})

    [session] = await sessions_of(app, tokens)
    assert len(session["user_agent"]) == 300


@pytest.mark.parametrize("agent", ["", "\x01\x7f", "<script>"])
async def test_an_odd_user_agent_keeps_nobody_out(app: FastAPI, user: User, agent: str) -> None:
    await log_in_from(app, user, "203.0.113.1", {"User-Agent": agent})


async def test_one_session_is_revoked_and_the_others_live_on(
    app: FastAPI, user: User, tokens: Tokens
) -> None:
    other = await log_in_as(app, user.email)

    response = await revoke(app, tokens, await current_id(app, other))

    assert (response.status_code, response.content) == (204, b"")
    await assert_dead(app, other)
    assert await is_alive(app, tokens)
    assert len(await sessions_of(app, tokens)) == 1


async def test_a_session_can_revoke_itself(app: FastAPI, tokens: Tokens) -> None:
    assert (await revoke(app, tokens, await current_id(app, tokens))).status_code == 204

    await assert_dead(app, tokens)


async def test_a_session_is_revoked_once(app: FastAPI, user: User, tokens: Tokens) -> None:
    other = await current_id(app, await log_in_as(app, user.email))

    assert (await revoke(app, tokens, other)).status_code == 204
    assert (await revoke(app, tokens, other)).status_code == 404
    assert (await revoke(app, tokens, uuid4())).status_code == 404


async def test_nobody_revokes_the_session_of_another_not_even_an_admin(
    app: FastAPI, tokens: Tokens, admin_tokens: Tokens
) -> None:
    response = await revoke(app, admin_tokens, await current_id(app, tokens))

    assert response.status_code == 404
    assert await is_alive(app, tokens)
