"""Plain text around the words that were found."""

import re
from collections.abc import Iterator
from html import unescape
from typing import Any
from unicodedata import normalize

BEGIN, END = "\x02", "\x03"
"""What the database puts around a word that was found."""

# What is looked through, in characters, of a text and of all on a page: each is marked while
# somebody waits, and everybody else does as well.
_MOST, _MOST_OF_PAGE = 20_000, 400_000
_BEFORE, _LENGTH = 60, 240
_INLINE = "a|abbr|b|bdi|bdo|cite|code|del|dfn|em|i|ins|kbd|mark|q|s|samp|small|span|strong|sub|sup|time|u|var|wbr"
_INLINE_TAG = re.compile(rf"</?(?:{_INLINE})(?:\s[^>]*)?>")
_TAG = re.compile(r"<[^>]*>")
_SPACE = re.compile(r"[\s\x00-\x1f]+")
# What PostgreSQL's parser reads over and over again, as it does each `<!--`.
_RUN = re.compile(r"[A-Za-z0-9_./~-]{100}")
_MARKS = re.compile(f"{BEGIN}([^{BEGIN}{END}]*){END}")


def plain_text(html: str, results: int = 1) -> str:
    """The text of sanitised HTML, or of what is text already, on one line; as much of it as there is
    time for in so many results."""
    most = min(_MOST, _MOST_OF_PAGE // results)
    text = _TAG.sub(" ", _INLINE_TAG.sub("", html[: 4 * most]))
    return normalize("NFC", _SPACE.sub(" ", unescape(text)).strip())[:most]


class _Folds(dict[int, str]):
    def __missing__(self, code: int) -> str:
        """One character without its accents, so that offsets stay."""
        self[code] = normalize("NFD", chr(code))[0]
        return self[code]


_FOLDS = _Folds({ord(a): b for a, b in zip("øØłŁđĐħĦıŧŦ", "oOlLdDhHitT", strict=True)})


def folded(text: str) -> str:
    """As long as the text, and without accents, as what is searched; nothing in it takes long to read."""
    text = _RUN.sub(lambda run: f"{run[0][:-1]} ", text).replace("<", " ")
    return text if text.isascii() else text.translate(_FOLDS)


def highlight(text: str, marked: str) -> dict[str, Any]:
    """A part of `text`, and where in it the words are; `marked` is what it was folded to."""
    hits = list(_hits(marked))
    begin = max(0, hits[0][0] - _BEFORE) if hits else 0
    if begin:
        begin = text.find(" ", begin, hits[0][0]) + 1 or begin
    end = begin + _LENGTH
    if end < len(text):
        end = max(text.rfind(" ", begin, end), *(stop for _, stop in hits[:1]), begin)
        end = end if end > begin else begin + _LENGTH
    part = text[begin:end]
    return {
        "text": part,
        "hits": [
            {"start": _utf16(part[: start - begin]), "end": _utf16(part[: stop - begin])}
            for start, stop in hits
            if start >= begin and stop <= end
        ],
    }


def _hits(marked: str) -> Iterator[tuple[int, int]]:
    for number, found in enumerate(_MARKS.finditer(marked)):
        start = found.start() - 2 * number
        yield start, start + len(found[1])


def _utf16(text: str) -> int:
    """As JavaScript counts."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2
