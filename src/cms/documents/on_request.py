"""What answers hold only where it was asked for: a list's rich text, and an editor's ETags."""

from dataclasses import dataclass
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Depends, Query, Request
from pydantic import BaseModel, Field

from cms.documents.payload import never_null
from cms.kernel import Invalid

MAX_WHOLE = 20
"""How many whole documents a page of a list may hold."""

_DIGITS = 9


@dataclass(frozen=True, slots=True)
class _OnRequest:
    """Marks a field of a read schema that is not read unless it is asked for by name."""


def _is_absent(value: object) -> bool:
    return value is None


Etag = Annotated[
    str | None,
    _OnRequest(),
    Field(
        default=None,
        exclude_if=_is_absent,
        description="The version, for `If-Match`: in answers to `status` and to writes.",
        json_schema_extra=never_null,
        examples=['"0f343b0931126a20f133d67c2b018a3b"'],
    ),
]
IncludedHtml = Annotated[
    str | None,
    _OnRequest(),
    Field(
        default=None,
        exclude_if=_is_absent,
        description="With `include` only.",
        json_schema_extra=never_null,
    ),
]


def shown_fields(schema: type[BaseModel], included: tuple[str, ...] = ()) -> list[str]:
    """The fields of a read schema, but for those on request that are not `included`."""
    return [
        name
        for name, field in schema.model_fields.items()
        if name in included or not any(isinstance(mark, _OnRequest) for mark in field.metadata)
    ]


async def _included(
    request: Request,
    include: Annotated[
        Literal["body"] | None,
        Query(description=f"`body`: whole documents, at most {MAX_WHOLE} on a page."),
    ] = None,
) -> tuple[str, ...]:
    if include is None:
        return ()
    per_page = request.query_params.get("per_page", "")
    # More digits than a number may have are the parameter's own to refuse.
    if per_page.isdecimal() and len(per_page) <= _DIGITS and int(per_page) > MAX_WHOLE:
        raise Invalid.at("query", "per_page", msg=f"This must be {MAX_WHOLE} or less with include.")
    return (include,)


Included = Annotated[tuple[str, ...], Depends(_included)]
"""The fields of a list that are there on request."""

ByIds = Annotated[
    list[UUID],
    Query(alias="id", max_length=100, description="Only the documents of these ids, of any slug."),
]
