"""What must hold of markup before a parser sees it, found out in linear time.

HTML's tree construction is quadratic in three places: an open formatting element is copied into
each later block that it was not closed in (a few KB become many MB), a tag searches the elements
that are open around it, and a tag's attributes are compared with each other. All three are bounded
here, on the tokens that the parser will see: whatever would make those depend on the parser's
state (comments, raw text, SVG and MathML) is left out on the way.
"""

import re
from collections.abc import Iterator
from html import unescape
from typing import NamedTuple

from cms.richtext.nesting import HtmlTooComplex, Nesting, check_nesting

MAX_TAGS = 5_000
MAX_ATTRIBUTES = 100

# The tokenizer of the HTML Standard, section 13.2.5. No alternative can fail once its first
# characters have matched, and none looks at a character twice, so that the time is linear.
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
      (?P<attributes>(?:[\t\n\f\r /]*+{_ATTRIBUTE})*+)(?P<tail>[\t\n\f\r /]*+)(?P<end>>?)
    | </[^>]*+>?+
    """,
    re.VERBOSE | re.DOTALL,
)
# What editors send: tags in their plainest spelling, which takes no tokenizer to read.
_PLAIN_TAG = re.compile(r'<(/?)([a-z][a-z0-9]*)((?: [a-z-]+="[^"<>]*")*)>')
_BARE = re.compile("<(?![a-zA-Z/!?])")
_PRE_WITH_NEWLINE = re.compile(r"(<pre(?: [^>]*)?>)\n")
_START_TAG = re.compile("<[a-zA-Z]")

# Another syntax inside, or (frameset) tags that parsers ignore in a body and so cannot drop.
FOREIGN = frozenset({"svg", "math"})
_SKIPPED = FOREIGN | {"frameset"}
RAW_TEXT = frozenset({
    "iframe", "noembed", "noframes", "noscript", "plaintext", "script", "style", "textarea",
    "title", "xmp",
})  # fmt: skip
_LEFT_OUT = _SKIPPED | RAW_TEXT
_EMBEDS = frozenset({"iframe"})


def check_tags(html: str) -> None:
    """Raises `ValueError` where `html` has more than `MAX_TAGS` start tags or end tags.

    It counts what looks like a tag, wherever it stands, so that no parser can see more.
    """
    if html.count("<") <= MAX_TAGS:
        return
    if html.count("</") > MAX_TAGS or len(_START_TAG.findall(html)) > MAX_TAGS:
        raise ValueError(f"The HTML must have at most {MAX_TAGS} tags.")


def only_tags_and_text(html: str, *, embeds: bool = False) -> str:
    """Returns `html` without comments and declarations, scripts and their like, SVG and MathML.

    What is never closed of these takes the rest with it; all other tags stay as they are. With
    `embeds`, an <iframe> stays too, without what is in it. Raises
    `HtmlTooComplex` where a tag has more than `MAX_ATTRIBUTES` attributes, and beyond the limits
    of `html_nesting`.
    """
    plain = _PLAIN_TAG.findall(html)
    if len(plain) == html.count("<") and not any(tag[1] in _LEFT_OUT for tag in plain):
        for _, _, attributes in plain:
            _check_attributes(attributes)
        check_nesting(plain)
        return html
    pieces: list[str] = []
    nesting = Nesting()
    skipped = 0
    # Left bare, it could begin a tag together with what follows it once a comment is gone.
    for text, tag in _tokens(_BARE.sub("&lt;", html), left_in=_EMBEDS if embeds else frozenset()):
        if not skipped:
            pieces.append(text)
        if not tag:
            continue
        closing, name, attributes, tail = tag.group("closing", "name", "attributes", "tail")
        name = name.lower()
        if name in _SKIPPED:
            if closing:
                skipped = max(0, skipped - 1)
            elif not tail.endswith("/"):
                skipped += 1
        elif not skipped:
            if closing:
                nesting.close(name)
            else:
                _check_attributes(attributes)
                nesting.open(name, attributes)
            pieces.append(tag[0])
    return "".join(pieces)


def keep_blank_lines(written: str) -> str:
    """Doubles the newline right after each <pre> of what a parser has written out.

    Parsers drop it: without a second one each round would lose a line.
    """
    return _PRE_WITH_NEWLINE.sub(r"\1\n\n", written)


class Tag(NamedTuple):
    name: str
    closing: bool
    self_closing: bool
    attributes: dict[str, str]
    """The values as they are meant; of two attributes of one name, the first counts."""


def tags(html: str) -> Iterator[Tag]:
    """Yields each tag outside comments and raw text, and the start tags of raw text."""
    for _, tag in _tokens(_BARE.sub("&lt;", html), left_in=RAW_TEXT):
        if tag:
            attributes: dict[str, str] = {}
            for written in _ATTRIBUTES.findall(tag["attributes"]):
                name, value = _attribute(written)
                attributes.setdefault(name, value)
            name = tag["name"].lower()
            yield Tag(name, bool(tag["closing"]), tag["tail"].endswith("/"), attributes)


def _attribute(written: str) -> tuple[str, str]:
    # A name may begin with the sign that ends it.
    name, _, value = written[1:].partition("=")
    value = value.strip("\t\n\f\r ")
    if value[:1] in {"'", '"'}:
        value = value[1:].removesuffix(value[0])
    return (written[0] + name).strip("\t\n\f\r ").lower(), unescape(value)


def _tokens(html: str, left_in: frozenset[str]) -> Iterator[tuple[str, re.Match[str] | None]]:
    """Yields each piece of text together with the tag after it, if it is one that is left in.

    Of elements of raw text, those `left_in` give their start tag, and an end tag as text.
    """
    position = 0
    while token := _MARKUP.search(html, position):
        text = html[position : token.start()]
        position = token.end()
        if not token["end"]:
            yield text, None
        elif (name := token["name"].lower()) not in RAW_TEXT:
            yield text, token
        elif token["closing"]:
            yield text, None
        else:
            position = _end_of_raw_text(html, name, position)
            if name in left_in:
                yield text, token
                text = f"</{name}>"
            yield text, None
    yield html[position:], None


def _end_of_raw_text(html: str, name: str, start: int) -> int:
    end = re.compile(rf"</{name}(?=[\t\n\f\r />])", re.ASCII | re.IGNORECASE).search(html, start)
    return end.start() if end and name != "plaintext" else len(html)


def _check_attributes(attributes: str) -> None:
    if len(attributes) > MAX_ATTRIBUTES and len(_ATTRIBUTES.findall(attributes)) > MAX_ATTRIBUTES:
        raise HtmlTooComplex(f"A tag must have at most {MAX_ATTRIBUTES} attributes.")
