"""What every request body with a document holds besides the fields of its type."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Final, get_args
from uuid import UUID

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BeforeValidator,
    Field,
    ValidationInfo,
    field_validator,
)
from pydantic.config import JsonDict

from cms.documents.text import shows_nothing
from cms.kernel import Payload

_RFC_3339 = re.compile(
    r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)", re.ASCII
)
# In UTC there are times beyond what Python has.
_EARLIEST, _LATEST = datetime(1000, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)
_TOLD = "What a GET gave may come back, as long as it is current; nothing else is taken."


def _is_rfc_3339(value: object) -> object:
    # Pydantic also reads numbers, dates alone, and times without an offset.
    if not isinstance(value, datetime | str) or (
        isinstance(value, str) and not _RFC_3339.fullmatch(value)
    ):
        raise ValueError("Give the time as in 2026-02-01T16:05:12Z, with its offset from UTC.")
    return value


def _is_storable(moment: datetime) -> datetime:
    if not _EARLIEST <= moment < _LATEST:
        raise ValueError("Give a time from the year 1000 up to 9999.")
    return moment


def never_null(schema: JsonDict) -> None:
    """For the schema of a field that is either left out or a value, such as `str | None`."""
    schema.pop("default", None)
    kinds = schema.pop("anyOf")
    assert isinstance(kinds, list)
    schema.update(next(kind for kind in kinds if isinstance(kind, dict)))


Id = Annotated[UUID, Field(strict=False)]  # in JSON it is text

Moment = Annotated[
    AwareDatetime,
    Field(strict=False),
    BeforeValidator(_is_rfc_3339),
    AfterValidator(_is_storable),
]
"""A time with its offset (RFC 3339)."""


def _told() -> Any:
    # Excluded: it is no part of the content.
    return Field(default=None, exclude=True, description=_TOLD, json_schema_extra=never_null)


class SingletonWrite(Payload):
    """The base of a write schema of which there is one document, such as the settings.

    Text that may be null is null where it is empty.
    """

    updated_at: Annotated[Moment | None, _told()]
    etag: Annotated[str | None, _told()]

    @field_validator("*", mode="before")
    @classmethod
    def _empty_is_null(cls, value: object, info: ValidationInfo) -> object:
        field = cls.model_fields[info.field_name or ""]
        may_be_null = not field.exclude and type(None) in get_args(field.annotation)
        return None if may_be_null and isinstance(value, str) and shows_nothing(value) else value


class DocumentWrite(SingletonWrite):
    """The base of a write schema: a PUT of what a GET gave changes nothing, and is no error."""

    id: Annotated[Id | None, _told()]
    created_at: Annotated[Moment | None, _told()]
    published_at: Annotated[
        Moment | None,
        Field(
            default=None,
            exclude=True,
            description=f"Since when it is public. An admin may set it, not to a time to come. {_TOLD}",
        ),
    ]


READ_ONLY: Final = frozenset({"id", "created_at", "updated_at", "published_at", "etag"})
"""The fields that are not part of a document's content."""
