"""Rich text as a field of a request body."""

from dataclasses import dataclass
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

    Raises `Invalid` for HTML that is too complex.
    """
    values = {name: getattr(payload, name) for name in type(payload).model_fields}
    for name, field in type(payload).model_fields.items():
        for mark in field.metadata:
            if isinstance(mark, RichText):
                values[name] = await _sanitised(name, values[name], mark.max_bytes)
    return values


async def _sanitised(name: str, value: str, max_bytes: int) -> SafeHtml:
    try:
        return await clean_html(value, max_bytes)
    except ValueError as error:
        raise Invalid.at("body", name, msg=str(error)) from error
