"""What answers hold only where it was asked for: a list's rich text, and an editor's ETags."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, Field

from cms.documents.payload import never_null


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
