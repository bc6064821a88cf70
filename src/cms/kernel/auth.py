"""Who is asking: the dependencies that every write, and every look at a draft, depends on."""

from typing import Annotated

from fastapi import Depends, Request
from fastapi.openapi.models import HTTPBearer as HTTPBearerModel
from fastapi.security.base import SecurityBase

from cms.kernel.errors import Forbidden, Unauthorized
from cms.kernel.principal import AccessClaims, Principal
from cms.kernel.services import get_services
from cms.kernel.session import SAFE_METHODS, Session


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


_bearer = _Bearer()
Token = Annotated[str | None, Depends(_bearer)]


async def get_claims(request: Request, token: Token) -> AccessClaims:
    """What a token signed by us says, without a look at the database. Raises `Unauthorized`."""
    if token is None:
        raise Unauthorized
    services = await get_services(request)
    return services.authenticator.verify(token, services.settings)


Claims = Annotated[AccessClaims, Depends(get_claims)]


async def authenticate(request: Request) -> Principal:
    """The user behind a request's token, for what needs none as a rule. Raises `Unauthorized`."""
    return await _load(request, await get_claims(request, await _bearer(request)))


async def _load(request: Request, claims: AccessClaims) -> Principal:
    services = await get_services(request)
    return _noted(request, await services.authenticator.load(claims, services.database))


def _noted(request: Request, principal: Principal) -> Principal:
    request.state.user_id = str(principal.user_id)  # for the log
    return principal


async def hold_later(request: Request) -> None:
    """For a write that must not hold its session from the start; list it before the user.

    Such a write needs no connection while it hashes a password, or locks users before sessions. It
    must see to it, in its own transaction, that the session still lives.
    """
    request.state.holds_later = True


async def get_current_user(request: Request, claims: Claims, session: Session) -> Principal:
    """The authenticated user of this request. Raises `Unauthorized`.

    A write's session is held until its transaction ends, unless the endpoint has `hold_later`.
    """
    if request.method in SAFE_METHODS or getattr(request.state, "holds_later", False):
        return await _load(request, claims)
    services = await get_services(request)
    return _noted(request, await services.authenticator.hold(claims, session))


CurrentUser = Annotated[Principal, Depends(get_current_user)]


async def require_admin(user: CurrentUser) -> Principal:
    """The authenticated user, who is an admin. Raises `Forbidden` for others."""
    if user.role != "admin":
        raise Forbidden
    return user


CurrentAdmin = Annotated[Principal, Depends(require_admin)]
