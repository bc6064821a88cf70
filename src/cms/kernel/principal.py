"""Who asks, and how a token is turned into one who does. Identity supplies the answer."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from cms.kernel.config import Settings
from cms.kernel.database import Database

type Role = Literal["admin", "editor"]


@dataclass(frozen=True, slots=True)
class Principal:
    """The user behind a request, as known when its access token was checked."""

    user_id: UUID
    session_id: UUID
    email: str
    role: Role


@dataclass(frozen=True, slots=True)
class AccessClaims:
    """`sub` is the user, `sid` the session; times are whole seconds since 1970."""

    sub: UUID
    sid: UUID
    iat: int
    exp: int


@dataclass(frozen=True, slots=True)
class Authenticator:
    """The three steps from an access token to a principal. Each raises `Unauthorized`."""

    verify: Callable[[str, Settings], AccessClaims]
    """Checks what can be checked without the database."""
    load: Callable[[AccessClaims, Database], Awaitable[Principal]]
    """Finds user and session with one query, in a transaction of its own."""
    hold: Callable[[AccessClaims, AsyncSession], Awaitable[Principal]]
    """The same query in a running transaction: the session cannot be revoked before that ends, so
    that no write commits after the revocation that should have stopped it."""
