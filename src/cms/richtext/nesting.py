"""How deep markup may nest, so that the work of parsing it stays in proportion to its size."""

from collections import Counter
from collections.abc import Sequence

MAX_DEPTH = 250
# Measured: 20 left open ahead of 4 900 paragraphs cost 0.1 s, and 300 of them 1.6 s.
MAX_OPEN_FORMATTING = 20
_ALIKE = 3  # so many elements of one name and the same attributes are copied at most
# Characters. Measured: one <b> of 200 KB, left open ahead of 4 000 paragraphs, made 800 MB in 5 s.
MAX_COPIED = 4 * 1024 * 1024

# Without content; that of an <iframe> has been left out.
_VOID = frozenset({
    "area", "base", "br", "col", "embed", "frame", "hr", "iframe", "img", "input", "link", "meta",
    "param", "source", "track", "wbr",
})  # fmt: skip
_FORMATTING = frozenset({
    "a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u",
})  # fmt: skip
_BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "center", "details", "dialog", "dir", "div",
    "fieldset", "figcaption", "figure", "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header",
    "hgroup", "main", "menu", "nav", "pre", "search", "section", "summary",
})  # fmt: skip
_P = frozenset({"p"})
_CELLS = frozenset({"td", "th"})
_ROWS = _CELLS | {"tr"}
_ROW_GROUPS = _ROWS | {"tbody", "thead", "tfoot"}
_ANNOTATIONS = frozenset({"rt", "rp"})

# HTML lets authors leave out some end tags. A start tag of this name ends these, innermost first:
_ENDED_BY_START = {
    **dict.fromkeys(_BLOCKS | {"p", "ul", "ol", "dl"}, _P),
    "li": _P | {"li"},
    **dict.fromkeys(("dt", "dd"), _P | {"dt", "dd"}),
    **dict.fromkeys(_CELLS, _CELLS),
    "tr": _ROWS,
    **dict.fromkeys(("tbody", "thead", "tfoot"), _ROW_GROUPS),
}
# ... and an end tag of this name ends these, innermost first, before its own element:
_ENDED_BY_END = {
    **dict.fromkeys(_BLOCKS | _FORMATTING | {"li", "dt", "dd"}, _P),
    **dict.fromkeys(("ul", "ol"), _P | {"li"}),
    "dl": _P | {"dt", "dd"},
    "tr": _CELLS,
    **dict.fromkeys(("tbody", "thead", "tfoot"), _ROWS),
    "table": _ROW_GROUPS,
}
_NOTHING: frozenset[str] = frozenset()
_COPIED = "Formatting elements with long attributes are left open; is an end tag missing?"


class HtmlTooComplex(ValueError):  # noqa: N818 - it says what is wrong, as the API's errors do
    """The markup is within the limits of size, but too costly to parse or past repair."""


def check_nesting(tags: Sequence[tuple[str, str, str]]) -> None:
    """`Nesting` for tags that are all known: each a slash or nothing, a name, and attributes."""
    names = [name for closing, name, _ in tags if not closing]
    formatting = [
        attributes for closing, name, attributes in tags if name in _FORMATTING and not closing
    ]
    if (
        len(formatting) <= MAX_OPEN_FORMATTING
        and len(names) <= MAX_DEPTH
        and sum(map(len, formatting)) * len(tags) <= MAX_COPIED
    ):
        return
    nesting = Nesting()
    for closing, name, attributes in tags:
        if closing:
            nesting.close(name)
        else:
            nesting.open(name, attributes)


class Nesting:
    """Upper bounds for what a parser holds open (the HTML Standard, section 13.2.4).

    An element counts as closed only where its end tag comes with nothing else open in it, but for
    the tables above: there, all the rules for misnested tags agree.
    """

    def __init__(self) -> None:
        self._open: list[tuple[str, str]] = []
        self._formatting: Counter[tuple[str, str]] = Counter()
        self._listed = 0
        # Characters in the attributes of what is listed; of links it is one at a time.
        self._carried = 0
        self._longest_link = 0
        self._copied = 0

    def open(self, name: str, attributes: str) -> None:
        """Takes in a start tag. Raises `HtmlTooComplex` beyond either limit."""
        self._copied += self._carried
        if self._copied > MAX_COPIED:
            raise HtmlTooComplex(_COPIED)
        if name in _VOID:
            return
        if name in _ANNOTATIONS and self._in_ruby():
            self._close_annotations()
        ended = _ENDED_BY_START.get(name, _NOTHING)
        while self._open and self._open[-1][0] in ended:
            self._open.pop()
        # A link closes the link that it is in, whatever the attributes of the two.
        element = (name, "" if name == "a" else attributes)
        if name == "a" and len(attributes) > self._longest_link:
            self._carried += len(attributes) - self._longest_link
            self._longest_link = len(attributes)
        self._open.append(element)
        if len(self._open) > MAX_DEPTH:
            raise HtmlTooComplex(
                f"More than {MAX_DEPTH} elements are nested; is an end tag missing?"
            )
        if name in _FORMATTING:
            self._formatting[element] += 1
            if self._formatting[element] <= _ALIKE:
                self._listed += 1
                self._carried += len(element[1])
            if self._listed > MAX_OPEN_FORMATTING:
                raise HtmlTooComplex(
                    f"More than {MAX_OPEN_FORMATTING} formatting elements (such as <b> or <font>) "
                    "are open at once; is an end tag missing?"
                )

    def close(self, name: str) -> None:
        """Takes in an end tag. Raises `HtmlTooComplex` where too much has been copied."""
        self._copied += self._carried
        if self._copied > MAX_COPIED:
            raise HtmlTooComplex(_COPIED)
        if name == "ruby" and self._in_ruby():
            self._close_annotations()
        ended = _ENDED_BY_END.get(name, _NOTHING)
        place = len(self._open) - 1
        while place >= 0 and self._open[place][0] in ended:
            place -= 1
        if place < 0 or self._open[place][0] != name:
            return
        if name not in _FORMATTING:
            del self._open[place:]
            return
        element = self._open.pop(place)  # a paragraph in it stays open
        if self._formatting[element] <= _ALIKE:
            self._listed -= 1
            self._carried -= len(element[1])
        self._formatting[element] -= 1
        if name == "a" and not self._formatting[element]:
            self._carried -= self._longest_link
            self._longest_link = 0

    def _in_ruby(self) -> bool:
        """Whether nothing but annotations is open in a <ruby>: another annotation ends them."""
        place = len(self._open) - 1
        while place >= 0 and self._open[place][0] in _ANNOTATIONS:
            place -= 1
        return place >= 0 and self._open[place][0] == "ruby"

    def _close_annotations(self) -> None:
        while self._open[-1][0] in _ANNOTATIONS:
            self._open.pop()
