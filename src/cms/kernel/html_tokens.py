"""What must hold of markup before a parser sees it, found out in linear time.

HTML's tree construction is quadratic in three places: an open formatting element is copied into
each later block that it was not closed in (a few KB become many MB), a tag's attributes are
compared with each other, and every end tag searches the open elements. The tag limit bounds the
last; the first two are bounded here. That takes knowing the tokens that the parser will see, so
whatever makes them depend on the parser's state (comments, raw text) is left out on the way.
"""

import re
from collections import Counter

MAX_TAGS = 5_000
MAX_ATTRIBUTES = 100
# Measured: 20 left open ahead of 4 900 paragraphs cost 0.1 s, and 300 of them 1.6 s.
MAX_OPEN_FORMATTING = 20


class HtmlTooComplex(ValueError):
    """The markup is within the limits of size but too costly to parse, or never settles."""


# The tokenizer of the HTML Standard, section 13.2.5. No alternative can fail once its first
# characters have matched, and nothing is matched twice, so that the time is linear.
_ATTRIBUTE = r"""
    [^\t\n\f\r />][^\t\n\f\r />=]*+
    (?:[\t\n\f\r ]*+=[\t\n\f\r ]*+(?:"[^"]*+"?+|'[^']*+'?+|[^\t\n\f\r >"'][^\t\n\f\r >]*+)?+)?+
"""
_ATTRIBUTES = re.compile(_ATTRIBUTE, re.VERBOSE)
_MARKUP = re.compile(
    rf"""
      <!--(?:-?>|.*?(?:--!?>|\Z))
    | <[!?][^>]*+>?+
    | <(?P<closing>/?)(?P<name>[a-zA-Z][^\t\n\f\r />]*+)
      (?P<attributes>(?:[\t\n\f\r /]*+{_ATTRIBUTE})*+)[\t\n\f\r /]*+(?P<end>>?)
    | </[^>]*+>?+
    | (?P<text><)
    """,
    re.VERBOSE | re.DOTALL,
)
_START_TAG = re.compile("<[a-zA-Z]")

_RAW_TEXT = frozenset(
    [
        "iframe",
        "noembed",
        "noframes",
        "noscript",
        "plaintext",
        "script",
        "style",
        "textarea",
        "title",
        "xmp",
    ]
)
_FORMATTING = frozenset(
    [
        "a",
        "b",
        "big",
        "code",
        "em",
        "font",
        "i",
        "nobr",
        "s",
        "small",
        "strike",
        "strong",
        "tt",
        "u",
    ]
)
# A start tag of these closes an open element of its own, whatever the attributes of the two.
_ONE_AT_A_TIME = frozenset({"a", "nobr"})
# p is no void element, but never stands open twice, and whatever closes around it closes it.
_NEVER_AROUND = frozenset(
    [
        "area",
        "base",
        "br",
        "col",
        "embed",
        "frame",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "p",
        "param",
        "source",
        "track",
        "wbr",
    ]
)


def check_tags(html: str) -> None:
    """Raises `ValueError` where `html` has more than `MAX_TAGS` start tags or end tags.

    It counts what looks like a tag, wherever it stands, so that no parser can see more.
    """
    if html.count("<") <= MAX_TAGS:
        return
    if html.count("</") > MAX_TAGS or len(_START_TAG.findall(html)) > MAX_TAGS:
        raise ValueError(f"The HTML must have at most {MAX_TAGS} tags.")


def only_tags_and_text(html: str) -> str:
    """Returns `html` without comments, declarations and raw text elements such as scripts.

    Tags stay as they are, but for those that never end. Raises `HtmlTooComplex` where a tag has
    more than `MAX_ATTRIBUTES` attributes, or where the parser might hold more than
    `MAX_OPEN_FORMATTING` formatting elements open.
    """
    pieces: list[str] = []
    nesting = _Nesting()
    position = 0
    while token := _MARKUP.search(html, position):
        pieces.append(html[position : token.start()])
        position = token.end()
        if token["text"]:
            pieces.append("&lt;")  # kept bare, it could begin a tag with what follows it now
        if not token["end"]:
            continue
        name = token["name"].lower()
        if name in _RAW_TEXT:
            if not token["closing"]:
                position = _end_of_raw_text(html, name, position)
            continue
        if len(_ATTRIBUTES.findall(token["attributes"])) > MAX_ATTRIBUTES:
            raise HtmlTooComplex(f"A tag must have at most {MAX_ATTRIBUTES} attributes.")
        if token["closing"]:
            nesting.close(name)
        else:
            nesting.open(name, token["attributes"])
        pieces.append(token[0])
    pieces.append(html[position:])
    return "".join(pieces)


def _end_of_raw_text(html: str, name: str, start: int) -> int:
    found = re.compile(rf"</{name}(?=[\t\n\f\r />])", re.IGNORECASE).search(html, start)
    return found.start() if found and name != "plaintext" else len(html)


class _Nesting:
    """An upper bound for the parser's list of active formatting elements (section 13.2.4.3).

    A formatting element counts as closed only where its end tag follows with nothing open in
    between, which every reading of the rules for misnested tags agrees on. The list holds at most
    three elements of one name and the same attributes.
    """

    def __init__(self) -> None:
        self._open: list[tuple[str, str]] = []
        self._formatting: Counter[tuple[str, str]] = Counter()
        self._listed = 0

    def open(self, name: str, attributes: str) -> None:
        element = (name, "" if name in _ONE_AT_A_TIME else attributes)
        if name not in _NEVER_AROUND:
            self._open.append(element)
        if name in _FORMATTING:
            self._formatting[element] += 1
            self._listed += self._formatting[element] <= 3
            if self._listed > MAX_OPEN_FORMATTING:
                raise HtmlTooComplex(
                    f"More than {MAX_OPEN_FORMATTING} formatting elements (such as <b> or <font>) "
                    "are open at once; is an end tag missing?"
                )

    def close(self, name: str) -> None:
        if not self._open or self._open[-1][0] != name:
            return
        element = self._open.pop()
        if name in _FORMATTING:
            self._listed -= self._formatting[element] <= 3
            self._formatting[element] -= 1
