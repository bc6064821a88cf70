"""The types of the fields that documents take from a request."""

import re
from typing import Annotated

from fastapi import Depends, Path
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
)
from slugify import slugify

from cms.kernel import html
from cms.kernel.errors import Invalid, NotFound

SLUG_LENGTH = 200
SLUG_PATTERN = r"^[a-z0-9]+(?:-[a-z0-9]+)*$"

BODY_BYTES = 256 * 1024

_SLUG = re.compile(SLUG_PATTERN)
_UNTITLED = "untitled"


class Payload(BaseModel):
    """The base of every request body: strict types, and no field that is not declared."""

    model_config = ConfigDict(extra="forbid", strict=True)


def _refuse_nul(value: str) -> str:
    if "\0" in value:
        raise ValueError("U+0000 is not allowed in text")
    return value


# Lone surrogates cannot get here: Pydantic's own `str` refuses them.
PlainText = Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(_refuse_nul)]

Title = Annotated[PlainText, Field(min_length=1, max_length=200)]
ShortText = Annotated[PlainText, Field(max_length=200)]
LongText = Annotated[PlainText, Field(max_length=1000)]


def rich_text(limit: int) -> AfterValidator:
    """Refuses HTML of over `limit` bytes of UTF-8 or of too many tags, before it is parsed."""

    def check(value: str) -> str:
        html.check(value, limit)
        return value

    return AfterValidator(check)


async def sanitised(field: str, value: str, limit: int) -> html.SafeHtml:
    """The safe part of rich text. Raises `Invalid` for what is too complex, before or after."""
    try:
        return await html.clean_html(value, limit)
    except ValueError as error:
        raise Invalid.at("body", field, msg=str(error)) from error


BodyHtml = Annotated[
    str, rich_text(BODY_BYTES), Field(description="Rich text; sanitised on write.")
]

Slug = Annotated[
    str,
    StringConstraints(pattern=SLUG_PATTERN, max_length=SLUG_LENGTH),
    Field(description="Lower-case ASCII words joined by single hyphens; unique."),
]


def slug_from(title: str) -> str:
    """Transliterates a title: `Über uns` gives `uber-uns`."""
    return slugify(title, max_length=SLUG_LENGTH, word_boundary=True, save_order=True) or _UNTITLED


def numbered_slug(base: str, number: int) -> str:
    """`base-2` and so on, cut so that the number still fits."""
    suffix = f"-{number}"
    return base[: SLUG_LENGTH - len(suffix)].rstrip("-") + suffix


async def _slug_in_path(
    slug: Annotated[str, Path(description="The slug.", examples=["about-us"])],
) -> str:
    # What could not be stored is not looked up: NUL, dots and kilometres of text are just a 404.
    if len(slug) > SLUG_LENGTH or not _SLUG.fullmatch(slug):
        raise NotFound
    return slug


SlugInPath = Annotated[str, Depends(_slug_in_path)]


def _strict_digits(value: object) -> object:
    # int() also reads `1_0`, ` 1 ` and `١`, which no client means.
    if isinstance(value, str) and not (value.isascii() and value.isdigit() and len(value) < 20):  # noqa: PLR2004 - the digits of 2^63
        raise ValueError("Input should be a whole number in decimal digits")
    return value


Digits = BeforeValidator(_strict_digits)
