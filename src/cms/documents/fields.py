"""The types of the fields that documents take from a request."""

import re
from typing import Annotated

from fastapi import Path
from pydantic import AfterValidator, Field, StringConstraints
from slugify import slugify

from cms.documents.text import PlainText
from cms.kernel import NotFound

SLUG_LENGTH = 200
SLUG_PATTERN = r"^[a-z0-9]+(?:-[a-z0-9]+)*$"

_SLUG = re.compile(SLUG_PATTERN)
_UNTITLED = "untitled"

Title = Annotated[PlainText, Field(min_length=1, max_length=200)]
ShortText = Annotated[PlainText, Field(max_length=200)]
LongText = Annotated[PlainText, Field(max_length=1000)]


def _is_slug(slug: str) -> str:
    if not _SLUG.fullmatch(slug):
        raise ValueError("Use lower-case letters a to z, digits, and single hyphens between them.")
    return slug


Slug = Annotated[
    str,
    StringConstraints(max_length=SLUG_LENGTH),
    AfterValidator(_is_slug),
    Field(
        description="Lower-case ASCII words joined by single hyphens; unique.",
        json_schema_extra={"pattern": SLUG_PATTERN},
    ),
]


def slug_from(title: str) -> str:
    """Transliterates a title: `Über uns` gives `uber-uns`."""
    return slugify(title, max_length=SLUG_LENGTH, word_boundary=True, save_order=True) or _UNTITLED


def numbered_slug(base: str, number: int) -> str:
    """`base-2` and so on, cut so that the number still fits."""
    suffix = f"-{number}"
    return base[: SLUG_LENGTH - len(suffix)].rstrip("-") + suffix


SlugInPath = Annotated[str, Path(description="The slug.", examples=["about-us"])]


def require_slug(slug: str) -> None:
    """Raises `NotFound` for what no document can be called: NUL, dots, kilometres of text."""
    if len(slug) > SLUG_LENGTH or not _SLUG.fullmatch(slug):
        raise NotFound
