"""What a client does with an account, each call from an address of its own.

So no test meets the rate limit by accident; `test_limits` meets it on purpose.
"""

from dataclasses import dataclass
from ipaddress import IPv4Address
from itertools import count
from typing import Any
from uuid import UUID

from fastapi import FastAPI
from httpx import Response

from cms.identity.tests.factories import PASSWORD
from tests.fixtures import make_client

API = "/api/v1"

_addresses = count(int(IPv4Address("10.0.0.1")))


@dataclass(frozen=True, slots=True)
class Tokens:
    access: str
    refresh: str


def new_address() -> str:
    return str(IPv4Address(next(_addresses)))


def bearer(access_token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {access_token}"}


def tokens_of(response: Response) -> Tokens:
    assert response.status_code == 200, response.text
    pair = response.json()
    return Tokens(pair["access_token"], pair["refresh_token"])


async def send(app: FastAPI, method: str, path: str, **options: Any) -> Response:
    async with make_client(app, new_address()) as client:
        return await client.request(method, API + path, **options)


async def try_login(app: FastAPI, email: str, password: str = PASSWORD) -> Response:
    return await send(app, "POST", "/auth/login", json={"email": email, "password": password})


async def log_in_as(app: FastAPI, email: str, password: str = PASSWORD) -> Tokens:
    return tokens_of(await try_login(app, email, password))


async def try_refresh(app: FastAPI, refresh_token: str) -> Response:
    return await send(app, "POST", "/auth/refresh", json={"refresh_token": refresh_token})


async def refresh(app: FastAPI, tokens: Tokens) -> Tokens:
    return tokens_of(await try_refresh(app, tokens.refresh))


async def log_out(app: FastAPI, refresh_token: str) -> Response:
    return await send(app, "POST", "/auth/logout", json={"refresh_token": refresh_token})


async def ask(app: FastAPI, tokens: Tokens, path: str = "/users/me") -> Response:
    return await send(app, "GET", path, headers=bearer(tokens.access))


async def write(app: FastAPI, tokens: Tokens) -> Response:
    """Something that every editor may write."""
    content = {"site_name": "Written"}
    return await send(app, "PUT", "/settings", json=content, headers=bearer(tokens.access))


async def change_password(app: FastAPI, tokens: Tokens, current: str, new: str) -> Response:
    payload = {"current_password": current, "new_password": new}
    return await send(app, "PUT", "/users/me/password", json=payload, headers=bearer(tokens.access))


async def change_user(app: FastAPI, admin: Tokens, user_id: UUID, **changes: Any) -> Response:
    return await send(app, "PATCH", f"/users/{user_id}", json=changes, headers=bearer(admin.access))


async def create_user(app: FastAPI, admin: Tokens, **payload: Any) -> Response:
    payload = {"email": "new@example.com", "password": PASSWORD} | payload
    return await send(app, "POST", "/users", json=payload, headers=bearer(admin.access))


async def read_user(app: FastAPI, admin: Tokens, user_id: UUID | str) -> Response:
    return await ask(app, admin, f"/users/{user_id}")


async def delete_user(app: FastAPI, admin: Tokens, user_id: UUID) -> Response:
    return await send(app, "DELETE", f"/users/{user_id}", headers=bearer(admin.access))


async def is_alive(app: FastAPI, tokens: Tokens) -> bool:
    """Whether the session can still do anything. Asks for nothing that would change it."""
    answers = {(await ask(app, tokens)).status_code, (await write(app, tokens)).status_code}
    assert answers in ({200}, {401})
    return answers == {200}


async def assert_dead(app: FastAPI, *sessions: Tokens) -> None:
    """Reads, writes and the refresh token of a session are all refused."""
    for tokens in sessions:
        assert not await is_alive(app, tokens)
        assert (await try_refresh(app, tokens.refresh)).status_code == 401
