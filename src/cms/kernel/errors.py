"""The one tree of errors that a client can meet, each owning its HTTP status.

Every answer with a status of 400 or more is `application/problem+json` (RFC 9457). No value that the
client sent is repeated in it; a 422 names the fields, unknown ones too, cut to 100 characters.
"""

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, ClassVar

from fastapi import Request
from starlette.responses import Response

MEDIA_TYPE = "application/problem+json"

# RFC 9110's, in every version of Python.
_TITLES = {413: "Content Too Large", 414: "URI Too Long", 422: "Unprocessable Content"}
_MAX_ERRORS = 50
_MAX_LOCATION = 100


class Problem(Exception):  # noqa: N818 - the name RFC 9457 gives it
    """An error that is answered as it stands. Subclasses fix the status."""

    status: ClassVar[HTTPStatus]
    detail: ClassVar[str]

    def __init__(
        self,
        detail: str | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        **extra: object,
    ) -> None:
        super().__init__(detail or self.detail)
        self.headers = dict(headers or {})
        self.extra = extra

    def response(self) -> Response:
        return problem_response(self.status, str(self), self.headers, **self.extra)


class Unauthorized(Problem):
    """No credentials, or none that are good (RFC 6750)."""

    status = HTTPStatus.UNAUTHORIZED
    detail = "Valid credentials are required."

    def __init__(self, detail: str | None = None) -> None:
        super().__init__(detail, headers={"WWW-Authenticate": "Bearer"})


class Forbidden(Problem):
    status = HTTPStatus.FORBIDDEN
    detail = "Your role does not allow this."


class NotFound(Problem):
    status = HTTPStatus.NOT_FOUND
    detail = "There is nothing here."


class Conflict(Problem):
    """What is stored is against it: against the value of `field` in the body, where that is set."""

    status = HTTPStatus.CONFLICT
    detail = "The request conflicts with what is stored."
    field: ClassVar[str | None] = None

    def __init__(self, detail: str | None = None) -> None:
        super().__init__(detail)
        if self.field:
            at = {"loc": ["body", self.field], "msg": str(self), "type": "conflict"}
            self.extra["errors"] = [at]


class PreconditionFailed(Problem):
    """`If-Match` names another version than the stored one (RFC 9110, 13.1.1)."""

    status = HTTPStatus.PRECONDITION_FAILED
    detail = "The document has changed since the version that If-Match names."

    def __init__(self, current_etag: str) -> None:
        super().__init__(headers={"ETag": current_etag}, current_etag=current_etag)


class Invalid(Problem):
    """Well-formed but not valid. `errors` holds `{"loc", "msg", "type"}` for each fault."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    detail = "Some of the values sent are not valid."

    def __init__(self, errors: Sequence[Mapping[str, Any]]) -> None:
        shown = [
            {
                "loc": [
                    part[:_MAX_LOCATION] if isinstance(part, str) else part for part in e["loc"]
                ],
                "msg": e["msg"],
                "type": e["type"],
            }
            for e in errors[:_MAX_ERRORS]
        ]
        super().__init__(errors=shown)

    @classmethod
    def at(cls, *loc: str | int, msg: str, type_: str = "value_error") -> "Invalid":
        return cls([{"loc": loc, "msg": msg, "type": type_}])


class TooManyRequests(Problem):
    status = HTTPStatus.TOO_MANY_REQUESTS
    detail = "Too many requests; try again later."

    def __init__(self, retry_after: int) -> None:
        super().__init__(headers={"Retry-After": str(retry_after)})


class Unavailable(Problem):
    status = HTTPStatus.SERVICE_UNAVAILABLE
    detail = "The database cannot be reached; try again shortly."

    def __init__(self, detail: str | None = None) -> None:
        super().__init__(detail, headers={"Retry-After": "1"})


def problems(*kinds: type[Problem]) -> dict[int | str, dict[str, Any]]:
    """The `responses` of an endpoint that raises these; what all share is added by itself."""
    responses: dict[int | str, dict[str, Any]] = {}
    for kind in kinds:
        response = responses.setdefault(kind.status.value, {})
        response["description"] = " ".join(
            text for text in (response.get("description"), kind.detail) if text
        )
    return responses


def problem_response(
    status: int, detail: str, headers: Mapping[str, str] | None = None, **extra: object
) -> Response:
    """Renders RFC 9457's members, `extra` beside them."""
    status = HTTPStatus(status)
    content = {
        "type": "about:blank",
        "title": _TITLES.get(status, status.phrase),
        "status": status.value,
        "detail": detail,
        **extra,
    }
    return Response(
        json.dumps(content, separators=(",", ":")),
        status.value,
        {"Cache-Control": "no-store", **(headers or {})},
        MEDIA_TYPE,
    )


async def handle_problem(_request: Request, exc: Exception) -> Response:
    assert isinstance(exc, Problem)
    return exc.response()
