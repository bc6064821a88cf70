"""The OpenAPI document: every operation with the errors it can really answer."""

from http import HTTPStatus
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from cms.edge.errors import (
    ContentTooLarge,
    HeadersTooLarge,
    UnsupportedMediaType,
    UriTooLong,
)
from cms.edge.headers import MERGE_PATCH
from cms.kernel import errors


class ProblemDetails(BaseModel):
    """An error (RFC 9457)."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "type": "about:blank",
                "title": "Not Found",
                "status": 404,
                "detail": "There is nothing here.",
            }
        }
    )

    type: str = Field(description="`about:blank`: the status says it all.")
    title: str = Field(description="The status in words.")
    status: int
    detail: str = Field(description="One sentence.")


class FieldError(BaseModel):
    """What is wrong with one value."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {"loc": ["body", "title"], "msg": "This is required.", "type": "missing"}
        }
    )

    loc: list[str | int] = Field(description="Where: `body`, `query` or `path`, then the field.")
    msg: str
    type: str


class ValidationProblem(ProblemDetails):
    """A 422: well-formed, but not valid. Fields are named, what was sent in them is not repeated."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "type": "about:blank",
                "title": "Unprocessable Content",
                "status": 422,
                "detail": "Some of the values sent are not valid.",
                "errors": [
                    {"loc": ["body", "title"], "msg": "This is required.", "type": "missing"}
                ],
            }
        }
    )

    errors: list[FieldError]


class ConflictProblem(ProblemDetails):
    """A 409: what is stored is against it. `errors` names the field whose value is taken."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "type": "about:blank",
                "title": "Conflict",
                "status": 409,
                "detail": "This slug is taken.",
                "errors": [
                    {"loc": ["body", "slug"], "msg": "This slug is taken.", "type": "conflict"}
                ],
            }
        }
    )

    errors: list[FieldError] = []


class PreconditionProblem(ProblemDetails):
    """A 412: someone else has changed the document."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "type": "about:blank",
                "title": "Precondition Failed",
                "status": 412,
                "detail": "The document has changed since the version that If-Match names.",
                "current_etag": '"0f343b0931126a20f133d67c2b018a3b"',
            }
        }
    )

    current_etag: str


_MARK = "x-needs-token"
NEEDS_TOKEN: JsonDict = {_MARK: True}
"""For the schema of a query parameter: without it the operation needs no token."""

_MERGE_PATCH_MARK = "x-merge-patch"
IS_MERGE_PATCH: JsonDict = {_MERGE_PATCH_MARK: True}
"""For the schema of a body: its operation also takes `application/merge-patch+json`."""

# What the middleware and every body, query and token can be answered with.
_DESCRIPTIONS = {
    each.status.value: each.detail
    for each in (
        errors.Unauthorized,
        ContentTooLarge,
        UnsupportedMediaType,
        errors.Invalid,
        HeadersTooLarge,
        UriTooLong,
        errors.Unavailable,
    )
} | {400: "This is no HTTP, or the body is not JSON in UTF-8, or a condition is no ETag."}
_SCHEMAS: dict[int, type[ProblemDetails]] = {
    409: ConflictProblem,
    412: PreconditionProblem,
    422: ValidationProblem,
}
_HEADERS = {
    401: "WWW-Authenticate",
    429: "Retry-After",
    503: "Retry-After",
}
# Which of its answers it got, a client tells by this constant.
_OF_STATUS: dict[str, Any] = {"type": "object", "required": ["status"]}
_IF_NONE_MATCH: dict[str, Any] = {
    "name": "If-None-Match",
    "in": "header",
    "description": "The ETag of the copy that the client has: answered with 304 if it is current.",
    "required": False,
    "schema": {"type": "string"},
}
_ETAG: dict[str, Any] = {
    "description": "The version of what the answer shows.",
    "required": True,
    "schema": {"type": "string"},
}
_ERRORS_OF_ALL = (400, 414, 431)
_BODY_ERRORS = (413, 415)


def complete(document: dict[str, Any], root: str) -> dict[str, Any]:
    """Adds what holds for every operation to a document that FastAPI made.

    `root` is what clients see in front of its paths.
    """
    document["servers"] = [{"url": root or "/", "description": "Here."}]
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    models: list[type[BaseModel]] = [ProblemDetails, FieldError, *_SCHEMAS.values()]
    for model in models:
        schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
        schema.pop("$defs", None)
        schemas[model.__name__] = schema
    patches = {
        f"#/components/schemas/{name}"
        for name, schema in schemas.items()
        if schema.pop(_MERGE_PATCH_MARK, False)
    }
    for path, item in document["paths"].items():
        for method, operation in item.items():
            _declare_merge_patch(operation, patches)
            _complete_operation(path, method, operation)
    return document


def _declare_merge_patch(operation: dict[str, Any], patches: set[str]) -> None:
    content: dict[str, Any] = operation.get("requestBody", {}).get("content", {})
    for body in list(content.values()):
        if body["schema"].get("$ref") in patches:
            content[MERGE_PATCH] = body


def _complete_operation(path: str, method: str, operation: dict[str, Any]) -> None:
    for parameter in operation.get("parameters", ()):
        if parameter["schema"].pop(_MARK, False):
            operation["security"] = [{}, {"bearer": []}]
    responses: dict[str, Any] = operation["responses"]
    if "304" in responses:
        operation.setdefault("parameters", []).append(_IF_NONE_MATCH)
    if "304" in responses or any(p["name"] == "If-Match" for p in operation.get("parameters", ())):
        for success in responses.keys() & {"200", "201", "304"}:
            responses[success].setdefault("headers", {})["ETag"] = _ETAG
    statuses = {int(status) for status in responses if int(status) >= HTTPStatus.BAD_REQUEST}
    statuses.update(_ERRORS_OF_ALL)
    if "requestBody" in operation:
        statuses.update((*_BODY_ERRORS, 422))
    if "security" in operation:
        statuses.add(401)
    if method == "get" or "parameters" in operation:
        statuses.add(422)
    if path != "/healthz":
        statuses.add(503)
    for status in sorted(statuses):
        given = responses.get(str(status), {}).get("description")
        responses[str(status)] = _problem(status, given or _DESCRIPTIONS[status])


def _problem(status: int, description: str) -> dict[str, Any]:
    model = _SCHEMAS.get(status, ProblemDetails)
    response: dict[str, Any] = {
        "description": description,
        "content": {
            errors.MEDIA_TYPE: {
                "schema": {
                    "allOf": [
                        {"$ref": f"#/components/schemas/{model.__name__}"},
                        _OF_STATUS | {"properties": {"status": {"const": status}}},
                    ]
                }
            }
        },
    }
    if status in _HEADERS:
        response["headers"] = {_HEADERS[status]: {"schema": {"type": "string"}, "required": True}}
    return response
