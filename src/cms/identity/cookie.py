"""The refresh token in a cookie, for browsers, where no script can read it (RFC 6265bis).

Whoever asks for it with `X-Session: cookie` says so again on each use. No form can send that header,
and no script of another site may: its preflight is refused.
"""

import json
from dataclasses import dataclass
from typing import Annotated, Any, Literal, cast

from fastapi import Depends, Header, Request, Response
from pydantic import WithJsonSchema

from cms.identity.repository import SESSION_LIFETIME
from cms.identity.schema import AccessToken, Refresh, TokenPair
from cms.kernel import API_PREFIX, CurrentServices, Invalid, Unauthorized

# By this prefix browsers take it over TLS only, and over plain HTTP from this very machine. They ask
# `__Host-` to have the path `/`, and so to be sent with every request for anything.
COOKIE = "__Secure-cms-refresh"

_HEADER = "X-Session"


@dataclass(frozen=True, slots=True)
class Carrier:
    """How the refresh token of a request and of its answer travels: in the JSON or in a cookie."""

    request: Request
    response: Response
    is_cookie: bool
    path: str

    def take(self, payload: Refresh) -> str | None:
        """The token that was sent in the one place that was asked for. Raises `Invalid`."""
        given = payload.refresh_token if payload.model_fields_set else None
        if not self.is_cookie:
            if given is None:
                raise Invalid.at("body", "refresh_token", msg="This is required.", type_="missing")
            return given
        if given is not None:
            raise Invalid.at("body", "refresh_token", msg=f"With {_HEADER} it is in the cookie.")
        cookies = _cookies(self.request)
        if len(cookies) > 1:
            # Another host of the domain has set one. Not a 401, which would clear the right one.
            raise Invalid.at("cookie", COOKIE, msg="It was sent more than once.", type_="repeated")
        return cookies[0] if cookies else None

    def give(self, pair: TokenPair) -> TokenPair | AccessToken:
        """The answer; in a cookie, its refresh token is in the JSON no more."""
        if not self.is_cookie:
            return pair
        seconds = int(SESSION_LIFETIME.total_seconds())
        self._set(self.response, pair.refresh_token, seconds)
        return AccessToken(access_token=pair.access_token, expires_in=pair.expires_in)

    def refuse(self) -> Response:
        """A 401 as an answer, after which a cookie is good for nothing."""
        refused = Unauthorized().response()
        if self.is_cookie:
            self._set(refused, "", 0)
        return refused

    def clear(self) -> None:
        if self.is_cookie:
            self._set(self.response, "", 0)

    def _set(self, response: Response, value: str, seconds: int) -> None:
        response.set_cookie(
            COOKIE, value, seconds, path=self.path, secure=True, httponly=True, samesite="strict"
        )


async def _carrier(
    request: Request,
    response: Response,
    services: CurrentServices,
    x_session: Annotated[
        Literal["cookie"] | None,
        Header(
            description="`cookie` keeps the refresh token in an HttpOnly cookie and out of the "
            "JSON. Without this header such a cookie is ignored."
        ),
        WithJsonSchema({"type": "string", "enum": ["cookie"]}),
    ] = None,
) -> Carrier:
    path = f"{services.settings.root_path}{API_PREFIX}/auth"
    return Carrier(request, response, x_session is not None, path)


CurrentCarrier = Annotated[Carrier, Depends(_carrier)]


async def token_at_sight(request: Request) -> str | None:
    """What `Carrier.take` would give, before anything is validated."""
    if request.headers.get(_HEADER) is not None:
        cookies = _cookies(request)
        return cookies[0] if len(cookies) == 1 else None
    body: Any = json.loads(await request.body() or b"null")
    if not isinstance(body, dict):
        return None
    token = cast("dict[str, Any]", body).get("refresh_token")  # JSON has no other keys
    return token if isinstance(token, str) else None


def _cookies(request: Request) -> list[str]:
    pairs = ";".join(request.headers.getlist("cookie")).split(";")
    split = (pair.strip().partition("=") for pair in pairs)
    return [value for name, _, value in split if name == COOKIE]
