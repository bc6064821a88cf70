"""Conditional requests (RFC 9110, 13) and the cache headers of every read."""

import re
from collections.abc import Callable
from hashlib import blake2b
from typing import Annotated, Any
from uuid import UUID

from fastapi import Header, Request
from pydantic import BaseModel
from starlette.responses import Response

from cms.kernel.content import View
from cms.kernel.errors import BadCondition, PreconditionFailed
from cms.kernel.pagination import Envelope
from cms.kernel.prepared import Fields

JSON = "application/json; charset=utf-8"

# Whoever keeps a copy asks before each use: an ETag that still holds costs a 304.
_SHARED = "public, max-age=0, must-revalidate"
_PRIVATE = "private, no-store"

# RFC 9110, 8.8.3 and 5.6.1; possessive, so that nothing is tried twice.
_TAG = r'(?:W/)?("[\x21\x23-\x7e\x80-\xff]*+")'
_ENTITY_TAG = re.compile(_TAG)
_ENTITY_TAGS = re.compile(rf"[ \t,]*+{_TAG}(?:[ \t]*+,[ \t,]*+{_TAG})*+[ \t,]*+")

IfMatch = Annotated[
    list[str] | None,
    Header(
        alias="If-Match",
        description="The ETag that was edited. Another stored version is answered with 412.",
    ),
]


def document_etag(id_: UUID, version: int) -> str:
    """A strong ETag of one version of one document; it tells neither number."""
    return _quoted(b"%b:%d" % (id_.bytes, version))


def bytes_etag(content: bytes) -> str:
    """A strong ETag of exactly these bytes."""
    return _quoted(content)


def _quoted(content: bytes) -> str:
    return f'"{blake2b(content, digest_size=16).hexdigest()}"'


def document_response(
    request: Request, view: View, row: Fields, schema: type[BaseModel]
) -> Response:
    """A whole document from its row, or 304 without writing it."""
    return _respond(
        request,
        view,
        document_etag(row["id"], row["version"]),
        lambda: _json(row, schema),
    )


def _json(row: Fields, schema: type[BaseModel]) -> bytes:
    return schema.model_validate(row).model_dump_json().encode()


def written_response(row: Fields, schema: type[BaseModel], location: str | None = None) -> Response:
    """The answer to a write: the document as it is stored, with 201 where it is new at `location`."""
    headers = {"ETag": document_etag(row["id"], row["version"])}
    if location is None:
        return Response(_json(row, schema), headers=headers, media_type=JSON)
    return Response(_json(row, schema), 201, {**headers, "Location": location}, media_type=JSON)


def list_response(request: Request, view: View, envelope: Envelope[Any]) -> Response:
    """A page of a list, or 304. Its ETag is that of its bytes, the same in every process."""
    content = envelope.model_dump_json().encode()
    return _respond(request, view, bytes_etag(content), lambda: content)


def _respond(request: Request, view: View, etag: str, render: Callable[[], bytes]) -> Response:
    headers = {"ETag": etag, "Cache-Control": _SHARED if view.shared else _PRIVATE}
    none_match = ",".join(request.headers.getlist("if-none-match"))
    if names_etag(none_match.encode("latin-1"), etag.encode()):
        return Response(status_code=304, headers=headers)
    return Response(render(), headers=headers, media_type=JSON)


def require_match(if_match: list[str] | None, row: Fields) -> None:
    """Raises `PreconditionFailed` where `If-Match` was sent and names another version.

    Our own tag with `W/` before it is ours: proxies that compress put it there.
    """
    if if_match is None:
        return
    current = document_etag(row["id"], row["version"])
    if current not in _tags(",".join(if_match)):
        raise PreconditionFailed(current)


def names_etag(none_match: bytes, etag: bytes) -> bool:
    """Whether an `If-None-Match` header, empty where there is none, names the ETag.

    Compared weakly (RFC 9110, 13.1.2). Raises `BadCondition`.
    """
    if none_match == etag:
        return True
    return bool(none_match.strip()) and etag.decode() in _tags(none_match.decode("latin-1"))


class _Any(frozenset[str]):
    """What `*` matches: whatever there is."""

    def __contains__(self, _: object) -> bool:
        return True


def _tags(value: str) -> frozenset[str]:
    """The entity tags of a header, `W/"x"` taken for `"x"`. Raises `BadCondition`."""
    if value.strip(" \t") == "*":
        return _Any()
    if not _ENTITY_TAGS.fullmatch(value):
        raise BadCondition
    return frozenset(_ENTITY_TAG.findall(value))
