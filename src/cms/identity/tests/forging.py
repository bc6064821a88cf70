"""Access tokens, forged by hand: what signs them here is no code of ours, nor of the library."""

import hashlib
import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

from fastapi import FastAPI
from httpx import Response

from cms.identity.tests.calls import Tokens, ask
from tests.fixtures import JWT_SECRET

HEADER = {"alg": "HS256", "typ": "JWT"}
CLAIMS = ["sub", "sid", "iat", "exp", "jti", "iss", "aud"]

type Claims = dict[str, Any]


def claims_of(token: str) -> Claims:
    claims: Claims = json.loads(from_base64url(token.split(".")[1]))
    return claims


def base64url(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def from_base64url(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def signed(payload: bytes, header: bytes | None = None, key: str = JWT_SECRET) -> str:
    header = header or json.dumps(HEADER, separators=(",", ":")).encode()
    text = f"{base64url(header)}.{base64url(payload)}"
    digest = hmac.new(key.encode(), text.encode(), hashlib.sha256).digest()
    return f"{text}.{base64url(digest)}"


def token_of(claims: Claims, header: Any = None, key: str = JWT_SECRET) -> str:
    head = None if header is None else json.dumps(header, separators=(",", ":")).encode()
    return signed(json.dumps(claims).encode(), head, key)


async def show(app: FastAPI, token: str) -> Response:
    return await ask(app, Tokens(access=token, refresh=""))


async def assert_refused(app: FastAPI, *tokens: str) -> None:
    for token in tokens:
        response = await show(app, token)
        assert response.status_code == 401, response.text
        assert response.headers["www-authenticate"] == "Bearer"
        assert response.headers["cache-control"] == "no-store"
        assert response.json() == {
            "type": "about:blank",
            "title": "Unauthorized",
            "status": 401,
            "detail": "Valid credentials are required.",
        }
