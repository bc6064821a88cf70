"""Access and refresh tokens, as straight lines: sign, verify, each check by name.

Access tokens are JWTs (RFC 7519) held to RFC 8725: one algorithm, one header, every claim required.
Refresh tokens are 256 random bits of which only a hash is stored (RFC 9700, 4.14).
"""

import base64
import binascii
import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, cast
from uuid import UUID, uuid4

from jose import jwk, jws
from jose.exceptions import JOSEError

from cms.kernel import AccessClaims, Unauthorized

ALGORITHM = "HS256"
ISSUER = "cms-api"
AUDIENCE = "cms-api"
LIFETIME_SECONDS = 900
LEEWAY_SECONDS = 5

_MAX_TOKEN_LENGTH = 4096
_COMPACT = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]{43})")
_CLAIMS = frozenset({"sub", "sid", "iat", "exp", "jti", "iss", "aud"})
_MAX_TIME = 2**53


class TokenRefused(Unauthorized):
    """Why a token was refused is for the reader of this file; the client learns only 401."""


class TokenMalformed(TokenRefused): ...


class TokenHeaderUnknown(TokenRefused): ...


class TokenSignatureWrong(TokenRefused): ...


class TokenClaimMissing(TokenRefused): ...


class TokenClaimWrong(TokenRefused): ...


class TokenExpired(TokenRefused): ...


class TokenFromTheFuture(TokenRefused): ...


class TokenRevoked(TokenRefused): ...


def sign_access_token(user_id: UUID, session_id: UUID, now: datetime, key: str) -> str:
    """A token that lives `LIFETIME_SECONDS` from `now`, the database's clock."""
    issued_at = int(now.timestamp())
    claims = {
        "sub": str(user_id),
        "sid": str(session_id),
        "iat": issued_at,
        "exp": issued_at + LIFETIME_SECONDS,
        "jti": str(uuid4()),
        "iss": ISSUER,
        "aud": AUDIENCE,
    }
    return _sign(claims, key)


def _sign(claims: dict[str, Any], key: str) -> str:
    token: str = jws.sign(claims, _key(key), algorithm=ALGORITHM)
    return token


@lru_cache(maxsize=16)
def _key(secret: str) -> Any:
    """Raises `ValueError` for an empty secret, with which anyone could sign."""
    if not secret:
        raise ValueError("JWT_SECRET is empty")
    # Made here: `jws.verify` would take a secret that happens to be JSON apart.
    return jwk.construct(secret, ALGORITHM)


# The header is a constant, so there is nothing in it to negotiate: no `alg`, `crit`, `jwk`, `kid`.
_HEADER = _sign({}, "any").partition(".")[0]


def verify_access_token(token: str, keys: Sequence[str]) -> AccessClaims:
    """The claims of a token that one of the keys signed. Raises `TokenRefused`.

    Its times are not checked here: `check_times` does, by the database's clock.
    """
    if len(token) > _MAX_TOKEN_LENGTH:
        raise TokenMalformed
    parts = _COMPACT.fullmatch(token)
    if parts is None:
        raise TokenMalformed
    if parts[1] != _HEADER:
        raise TokenHeaderUnknown
    # 43 characters spell 258 bits: only one of four spellings of a signature is the canonical one.
    if _reencoded(parts[3]) != parts[3]:
        raise TokenSignatureWrong
    claims = _parse_claims(_verified_payload(token, keys))
    if claims.keys() != _CLAIMS:
        raise TokenClaimMissing
    if claims["iss"] != ISSUER:
        raise TokenClaimWrong
    if claims["aud"] != AUDIENCE:
        raise TokenClaimWrong
    _uuid(claims["jti"])
    return AccessClaims(
        sub=_uuid(claims["sub"]),
        sid=_uuid(claims["sid"]),
        iat=_time(claims["iat"]),
        exp=_time(claims["exp"]),
    )


def check_times(claims: AccessClaims, now: datetime) -> None:
    """Raises `TokenExpired` or `TokenFromTheFuture`."""
    seconds = now.timestamp()
    if seconds >= claims.exp:
        raise TokenExpired
    if claims.iat > seconds + LEEWAY_SECONDS:
        raise TokenFromTheFuture


def _verified_payload(token: str, keys: Sequence[str]) -> bytes:
    for key in keys:
        try:
            payload: bytes = jws.verify(token, _key(key), algorithms=[ALGORITHM])
        except JOSEError:
            continue
        return payload
    raise TokenSignatureWrong


def _parse_claims(payload: bytes) -> dict[str, Any]:
    try:
        claims = json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise TokenMalformed from error
    if not isinstance(claims, dict):
        raise TokenMalformed
    return cast("dict[str, Any]", claims)  # JSON has no other keys


def _uuid(value: object) -> UUID:
    if not isinstance(value, str):
        raise TokenClaimWrong
    try:
        return UUID(value)
    except ValueError as error:
        raise TokenClaimWrong from error


def _time(value: object) -> int:
    # bool is an int to Python; floats may be infinite.
    if type(value) is not int or not 0 <= value <= _MAX_TIME:
        raise TokenClaimWrong
    return value


def _reencoded(segment: str) -> str:
    try:
        raw = base64.urlsafe_b64decode(segment + "=")
    except binascii.Error:
        return ""
    return _base64url(raw)


def new_refresh_token() -> str:
    return _base64url(secrets.token_bytes(32))


def successor_of(token: str, key: str) -> str:
    """The refresh token that follows: derived, so that it can be given again but not guessed."""
    subkey = hmac.digest(key.encode(), b"cms refresh token successor", "sha256")
    return _base64url(hmac.digest(subkey, token.encode(), "sha256"))


def refresh_token_hash(token: str) -> bytes:
    """What is stored. The token is random, so a plain hash cannot be reversed by guessing."""
    return hashlib.sha256(token.encode()).digest()


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
