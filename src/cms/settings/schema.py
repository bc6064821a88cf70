import re
from datetime import datetime
from typing import Annotated
from unicodedata import category

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from cms.documents import (
    ContactLink,
    Etag,
    HttpLink,
    PlainText,
    RichText,
    ShortText,
    SingletonWrite,
    Title,
)

FOOTER_BYTES = 16 * 1024
MAX_SOCIAL_LINKS = 32

_EXAMPLE: JsonDict = {
    "site_name": "Fernhollow",
    "tagline": "Quiet machines for busy kitchens",
    "logo_url": "/images/logo.svg",
    "footer_text": "<p>Made in Malmö.</p>",
    "social_links": {"mastodon": "https://mastodon.example/@fernhollow"},
}

# Marks are parts of letters in many scripts; `__proto__` is no word, and a trap for scripts.
_NAME = re.compile(r"[^\W_](?:[^\W_]|[ .&+'’()-])*")


def _is_plain(name: str) -> str:
    without_marks = "".join(each for each in name if not category(each).startswith("M"))
    if not _NAME.fullmatch(without_marks):
        raise ValueError("Use letters, digits, spaces, and . & + ' ( ) - in between.")
    return name


NetworkName = Annotated[PlainText, Field(min_length=1, max_length=50), AfterValidator(_is_plain)]


class SettingsWrite(SingletonWrite):
    """The settings as an editor writes them; what is left out goes back to its default."""

    model_config = ConfigDict(json_schema_extra={"example": _EXAMPLE})

    site_name: Title
    tagline: ShortText | None = None
    logo_url: HttpLink | None = None
    footer_text: Annotated[
        str, RichText(FOOTER_BYTES), Field(description="Rich text; sanitised on write.")
    ] = ""
    social_links: Annotated[
        dict[NetworkName, ContactLink],
        Field(
            default_factory=dict, max_length=MAX_SOCIAL_LINKS, description="By the network's name."
        ),
    ]


class SettingsRead(BaseModel):
    """The settings of the site."""

    model_config = ConfigDict(
        from_attributes=True,
        json_schema_extra={"example": _EXAMPLE | {"updated_at": "2026-02-01T16:05:12.345678Z"}},
    )

    site_name: str
    tagline: str | None
    logo_url: str | None
    footer_text: str
    social_links: dict[str, str]
    updated_at: datetime
    etag: Etag
