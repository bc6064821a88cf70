"""Rich text as a field of a request body."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any

from pydantic import Field, GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from cms.kernel import Invalid, Payload
from cms.richtext.sanitiser import SafeHtml, check, clean_html

BODY_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class RichText:
    """Marks a field as HTML of at most so many bytes of UTF-8, which is sanitised on write.

    What is larger, or has too many tags, is refused before it is parsed.
    """

    max_bytes: int

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def _check(self, value: str) -> str:
        check(value, self.max_bytes)
        return value


BodyHtml = Annotated[str, RichText(BODY_BYTES), Field(description="Rich text; sanitised on write.")]


async def sanitised_values(payload: Payload) -> dict[str, Any]:
    """The fields of a body as they are stored: rich text is sanitised, the rest is as given.

    Fields that are excluded are none of its content. Raises `Invalid` for HTML that is too complex.
    """
    fields = type(payload).model_fields.items()
    values = {name: getattr(payload, name) for name, field in fields if not field.exclude}
    for name, max_bytes in rich_text_of(type(payload)).items():
        values[name] = await _sanitised(name, values[name], max_bytes)
    return values


async def clean_rich_text(
    schema: type[Payload], members: Mapping[str, object]
) -> dict[str, SafeHtml]:
    """The rich text among some members of a body, sanitised, but for what the schema refuses.

    A member that is null has its default. Raises `Invalid` for HTML that is too complex.
    """
    found: dict[str, SafeHtml] = {}
    for name, max_bytes in rich_text_of(schema).items():
        value = members.get(name)
        if name in members and value is None:
            value = schema.model_fields[name].get_default()
        if isinstance(value, str) and _is_worth_parsing(value, max_bytes):
            found[name] = await _sanitised(name, value, max_bytes)
    return found


@cache
def rich_text_of(schema: type[Payload]) -> Mapping[str, int]:
    """The fields of rich text, each with how many bytes it may have."""
    return {
        name: mark.max_bytes
        for name, field in schema.model_fields.items()
        for mark in field.metadata
        if isinstance(mark, RichText)
    }


def _is_worth_parsing(html: str, max_bytes: int) -> bool:
    try:
        check(html, max_bytes)
    except ValueError:
        return False
    return True


async def _sanitised(name: str, value: str, max_bytes: int) -> SafeHtml:
    try:
        return await clean_html(value, max_bytes)
    except ValueError as error:
        raise Invalid.at("body", name, msg=str(error)) from error
