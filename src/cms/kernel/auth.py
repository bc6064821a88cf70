"""Who is asking. The kernel owns the question; identity supplies the answer."""

from dataclasses import dataclass
from functools import partial
from typing import Annotated, Literal, Protocol
from uuid import UUID

from fastapi import Depends, Request
from fastapi.openapi.models import HTTPBearer as HTTPBearerModel
from fastapi.security.base import SecurityBase

from cms.kernel.database import SAFE_METHODS, Session, fetch_in, get_database
from cms.kernel.errors import Forbidden, Unauthorized
from cms.kernel.prepared import Fields, Prepared

type Role = Literal["admin", "editor"]


@dataclass(frozen=True, slots=True)
class Principal:
    """The user behind a request, as known when its access token was checked."""

    user_id: UUID
    session_id: UUID
    email: str
    role: Role


class Fetch(Protocol):
    """Runs a query: `Database.fetch`, or `fetch_in` a session."""

    async def __call__(self, query: Prepared, **values: object) -> list[Fields]: ...


class Authenticate(Protocol):
    """Turns an access token into a principal with one query. Raises `Unauthorized`.

    `hold` keeps the session from being revoked before the running transaction ends, so that no
    write commits after the revocation that should have stopped it.
    """

    async def __call__(
        self, request: Request, fetch: Fetch, token: str, *, hold: bool
    ) -> Principal: ...


class _Bearer(SecurityBase):
    """Reads the one `Authorization: Bearer` header (RFC 6750, 2.1) and nothing else."""

    def __init__(self) -> None:
        self.model = HTTPBearerModel(
            bearerFormat="JWT", description="The `access_token` of `POST /api/v1/auth/login`."
        )
        self.scheme_name = "bearer"

    async def __call__(self, request: Request) -> str | None:
        """The token, or None where there is none that could be one."""
        headers = request.headers.getlist("authorization")
        if len(headers) != 1:
            return None
        scheme, _, token = headers[0].partition(" ")
        return token.strip() or None if scheme.lower() == "bearer" else None


Token = Annotated[str | None, Depends(_Bearer())]


async def authenticate(
    request: Request, token: str | None, fetch: Fetch, *, hold: bool
) -> Principal:
    if token is None:
        raise Unauthorized
    check: Authenticate = request.app.state.authenticate
    principal = await check(request, fetch, token, hold=hold)
    request.state.user_id = str(principal.user_id)  # for the log
    return principal


async def hold_later(request: Request) -> None:
    """For a write that must not hold its session from the start; list it before the user.

    Such a write needs no connection while it hashes a password, or locks users before sessions. It
    must see to it, in its own transaction, that the session still lives.
    """
    request.state.holds_later = True


async def get_current_user(request: Request, token: Token, session: Session) -> Principal:
    """The authenticated user of this request. Raises `Unauthorized`.

    A write's session is held until its transaction ends, unless the endpoint has `hold_later`.
    """
    is_read = request.method in SAFE_METHODS
    hold = not is_read and not getattr(request.state, "holds_later", False)
    fetch = partial(fetch_in, session) if hold else (await get_database(request)).fetch
    return await authenticate(request, token, fetch, hold=hold)


CurrentUser = Annotated[Principal, Depends(get_current_user)]


async def require_admin(user: CurrentUser) -> Principal:
    """The authenticated user, who is an admin. Raises `Forbidden` for others."""
    if user.role != "admin":
        raise Forbidden
    return user


CurrentAdmin = Annotated[Principal, Depends(require_admin)]
