"""Requests that really run at once, on connections and transactions of their own."""

import asyncio
from collections.abc import Awaitable

from fastapi import FastAPI
from httpx import Response

from cms.identity.tests.calls import (
    Tokens,
    ask,
    bearer,
    send,
)
from cms.identity.tests.conftest import Arena


async def all_at_once(*requests: Awaitable[Response]) -> list[Response]:
    return list(await asyncio.gather(*requests))


def statuses(responses: list[Response]) -> list[int]:
    return sorted(response.status_code for response in responses)


async def session_id_of(app: FastAPI, tokens: Tokens) -> str:
    sessions = (await ask(app, tokens, "/users/me/sessions")).json()["items"]
    [current] = [each["id"] for each in sessions if each["current"]]
    return str(current)


async def revoke(app: FastAPI, tokens: Tokens, session_id: object) -> Response:
    path = f"/users/me/sessions/{session_id}"
    return await send(app, "DELETE", path, headers=bearer(tokens.access))


async def active_admins(arena: Arena) -> int:
    return len(await arena.sql("SELECT 1 FROM users WHERE role = 'admin' AND is_active"))
