"""Answers with documents: conditional requests (RFC 9110, 13) and the cache headers of every read."""

from collections.abc import Callable
from functools import cache
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Header
from pydantic import BaseModel, TypeAdapter, WithJsonSchema
from starlette.responses import Response

from cms.documents.view import PRIVATE, SHARED, View
from cms.edge import JSON, bytes_etag, names_etag
from cms.kernel import Envelope, PreconditionFailed, Problem, Record

type Responses = dict[int | str, dict[str, Any]]

NOT_MODIFIED: Responses = {304: {"description": "`If-None-Match` names the current version."}}

_TOLD: dict[str, Any] = {"required": True, "schema": {"type": "string"}}
CREATED: Responses = {
    201: {
        "headers": {
            "ETag": {"description": "The version of what was created.", **_TOLD},
            "Location": {"description": "The path of what was created.", **_TOLD},
        }
    }
}
"""The `responses` of a read and of a POST; those of an edit follow from its `IfMatch`."""

# Lists: a header may come in several lines. To a client each is one string.
IfMatch = Annotated[
    list[str] | None,
    Header(
        alias="If-Match",
        description="The ETag that was edited. Another stored version is answered with 412.",
    ),
    WithJsonSchema({"type": "string"}),
]
IfNoneMatch = Annotated[
    list[str] | None,
    Header(
        alias="If-None-Match",
        description="`*` to write only what is not there yet: over a document it is a 412.",
    ),
    WithJsonSchema({"type": "string"}),
]


class AlreadyThere(PreconditionFailed):
    detail = "The document is there already, in a version that If-None-Match names."


class PreconditionRequired(Problem):
    """RFC 6585, 3: so that nobody writes over, or publishes, what they have not seen."""

    status = HTTPStatus.PRECONDITION_REQUIRED
    detail = "Name what you have seen: this needs If-Match with an ETag."


def etag_of(row: Record) -> str:
    """A strong ETag of one version of one document, from its `id`, `version` and `updated_at`.

    A version may come twice, after a restore, but not at the same time. It tells none of them.
    """
    id_, version, updated_at = row["id"], row["version"], row["updated_at"]
    return bytes_etag(b"%b:%d:%b" % (id_.bytes, version, updated_at.isoformat().encode()))


def document_response(view: View, row: Record, schema: type[BaseModel]) -> Response:
    """A whole document from its row, or 304 without writing it."""
    etag = etag_of(row)
    shown = row if view.shared else {**row, "etag": etag}
    return _respond(view, etag, lambda: _json(shown, schema))


def _json(row: Record, schema: type[BaseModel]) -> bytes:
    return _writer(schema).dump_json(schema.model_validate(row))


@cache
def _writer(schema: type[BaseModel]) -> TypeAdapter[BaseModel]:
    """Writes bytes, where a model itself writes text."""
    return TypeAdapter(schema)


def written_response(row: Record, schema: type[BaseModel], location: str | None = None) -> Response:
    """The answer to a write: the document as it is stored, with 201 where it is new at `location`."""
    etag = etag_of(row)
    content, headers = _json({**row, "etag": etag}, schema), {"ETag": etag}
    if location is None:
        return Response(content, headers=headers, media_type=JSON)
    return Response(content, 201, {**headers, "Location": location}, media_type=JSON)


def list_response(view: View, envelope: Envelope[Any]) -> Response:
    """A page of a list, or 304."""
    return content_response(view, envelope)


def content_response(view: View, content: BaseModel) -> Response:
    """Whatever is no document, or 304. Its ETag is that of its bytes, the same in every process."""
    body = _writer(type(content)).dump_json(content)
    return _respond(view, bytes_etag(body), lambda: body)


def _respond(view: View, etag: str, render: Callable[[], bytes]) -> Response:
    headers = {"ETag": etag, "Cache-Control": SHARED if view.shared else PRIVATE}
    if names_etag(",".join(view.if_none_match).encode("latin-1"), etag.encode()):
        return Response(status_code=304, headers=headers)
    return Response(render(), headers=headers, media_type=JSON)


def require_match(
    if_match: list[str] | None, row: Record, if_none_match: list[str] | None = None
) -> None:
    """Raises `PreconditionFailed` where `If-Match` was sent and names another version, and
    `AlreadyThere` where `If-None-Match` names this one, or any with `*` (RFC 9110, 13.1)."""
    if if_match is None and if_none_match is None:
        return
    current = etag_of(row)
    if if_match is not None and not _names(if_match, current):
        raise PreconditionFailed(current)
    if if_none_match is not None and _names(if_none_match, current):
        raise AlreadyThere(current)


def require_named(if_match: list[str] | None, row: Record) -> None:
    """Raises `PreconditionRequired` unless `If-Match` names a version, and `PreconditionFailed` if
    that is another than the row's."""
    if if_match is None or any(each.strip() == "*" for each in if_match):
        raise PreconditionRequired
    require_match(if_match, row)


def _names(condition: list[str], etag: str) -> bool:
    return names_etag(",".join(condition).encode("latin-1"), etag.encode())
