"""Plain text as editors type and paste it."""

import re
from typing import Annotated
from unicodedata import normalize

from pydantic import AfterValidator, BeforeValidator, StringConstraints

# C0 but tab and newline, DEL, C1: no editor means them, and XML holds none.
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
# White space, and what Unicode lets readers ignore (Default_Ignorable_Code_Point).
_INVISIBLE = re.compile(
    "(?:\r\n|[\t\n \u00a0\u00ad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f\u2000-\u200f\u2028-\u202f"
    "\u205f-\u206f\u2800\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff])*"
)


def shows_nothing(text: str) -> bool:
    """Whether it is empty to whoever looks at it."""
    return _INVISIBLE.fullmatch(text) is not None


def _plain(value: object) -> object:
    if not isinstance(value, str):
        return value
    text = value.replace("\r\n", "\n")  # as forms send it
    if _CONTROLS.search(text):
        raise ValueError("Text must not hold control characters.")
    return "" if shows_nothing(text) else text


# Lone surrogates cannot get here: Pydantic's own `str` refuses them.
PlainText = Annotated[str, StringConstraints(strip_whitespace=True), BeforeValidator(_plain)]

ComparedText = Annotated[PlainText, AfterValidator(lambda text: normalize("NFC", text))]
"""Text that is looked for: however it was typed, it is one and the same (Unicode form NFC)."""
