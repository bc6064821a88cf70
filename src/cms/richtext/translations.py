"""Which legacy and foreign spellings mean what: the table that `html_translation` goes by."""

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

# What is stored in the place of an element. A block leaves a block behind: words stay apart.
RENAMED: Mapping[str, str] = {
    "acronym": "abbr",
    "dir": "ul",
    "listing": "pre",
    "menu": "ul",
    "strike": "s",
    "tt": "code",
    **dict.fromkeys(
        (
            "address", "article", "aside", "center", "dialog", "fieldset", "footer", "header",
            "hgroup", "legend", "main", "marquee", "nav", "search", "section",
        ),
        "div",
    ),
}  # fmt: skip

# Boxes in a line of text, which leave their text behind, and a space on either side.
BOXES = frozenset({"button", "label", "optgroup", "option", "output"})
# These leave a link to what they play, and nothing of their fallback.
PLAYERS = frozenset({"audio", "video"})
# Nothing but a style of their content.
STYLED_ONLY = frozenset({"big", "font", "span"})


class Mark(NamedTuple):
    """A meaning that foreign HTML says by style."""

    name: str  # the element that says it here
    properties: tuple[str, ...]
    on: re.Pattern[str]
    off: re.Pattern[str]
    said_by: frozenset[str]  # elements in which it goes without saying


_DECORATIONS = ("text-decoration", "text-decoration-line")
_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
MARKS = (
    Mark(
        "strong",
        ("font-weight",),
        re.compile(r"bold(er)?|[6-9]\d\d|1000"),
        re.compile(r"normal|lighter|[1-5]\d\d"),
        frozenset({"strong", "b", "th", "dt", "summary", *_HEADINGS}),
    ),
    Mark(
        "em",
        ("font-style",),
        re.compile("italic|oblique.*"),
        re.compile("normal"),
        frozenset({"em", "i", "cite", "dfn", "var"}),
    ),
    Mark(
        "u",
        _DECORATIONS,
        re.compile(r".*\bunderline\b.*"),
        re.compile(r"none\b.*"),
        frozenset({"u", "ins", "a"}),
    ),
    Mark(
        "s",
        _DECORATIONS,
        re.compile(r".*\bline-through\b.*"),
        re.compile(r"none\b.*"),
        frozenset({"s", "del"}),
    ),
    Mark(
        "sup",
        ("vertical-align",),
        re.compile("super"),
        re.compile("baseline"),
        frozenset({"sup"}),
    ),
    Mark(
        "sub",
        ("vertical-align",),
        re.compile("sub"),
        re.compile("baseline"),
        frozenset({"sub"}),
    ),
)
SAID_BY: Mapping[str, frozenset[str]] = {
    element: frozenset(mark.name for mark in MARKS if element in mark.said_by)
    for element in frozenset[str]().union(*(mark.said_by for mark in MARKS))
}
# An element of this name that its own style takes the meaning from: `<b style=font-weight:normal>`
UNDONE: Mapping[str, str] = {
    "b": "strong", "strong": "strong", "i": "em", "em": "em", "u": "u", "s": "s", "sup": "sup",
    "sub": "sub",
}  # fmt: skip

# The values of list-style-type that have a letter in HTML.
LIST_TYPES: Mapping[str, str] = {
    "decimal": "1",
    "lower-alpha": "a",
    "lower-latin": "a",
    "upper-alpha": "A",
    "upper-latin": "A",
    "lower-roman": "i",
    "upper-roman": "I",
}

# Attributes that say something in foreign HTML only, and the properties in their `style`.
FOREIGN_ATTRIBUTES = frozenset({
    "aria-checked", "aria-label", "aria-roledescription", "checked", "class", "data-checked",
    "data-list", "id", "name", "role", "src", "style", "type",
})  # fmt: skip
PROPERTIES = frozenset({"list-style-type", "mso-list"}.union(*(mark.properties for mark in MARKS)))

# Of these nothing is lost that is not said otherwise.
TRANSLATED_ATTRIBUTES = FOREIGN_ATTRIBUTES - {"class", "id", "src", "style"}
TRANSLATED_CLASSES = re.compile("ql-indent-|ql-ui|todo-list|task-list|contains-task-list|Mso")

# Where none of this stands, and no element of the above, there is nothing to translate.
HINTS = (*PROPERTIES, "data-list", "ql-", "checkbox", " name=")
HINTING_ELEMENTS = frozenset(RENAMED) | BOXES | PLAYERS | {"input"}
HINTING_MARKUP = re.compile(r"</li>\s*+<[uo]l|<ul[^<>]* data-checked", re.IGNORECASE)


def declarations(style: str) -> dict[str, str]:
    """The properties of a `style` and their values, in lower case."""
    found = (each.partition(":") for each in style.lower().split(";"))
    return {
        name.strip(): value.replace("!important", "").strip() for name, _, value in found if value
    }


class Style(NamedTuple):
    """What the `style` of an element says: the marks that it sets and takes off."""

    on: frozenset[str]
    off: frozenset[str]
    values: Mapping[str, str]


UNSTYLED = Style(frozenset(), frozenset(), {})


def read_style(style: str) -> Style:
    values = declarations(style)

    def marks(wanted: Callable[[Mark], re.Pattern[str]]) -> frozenset[str]:
        return frozenset(
            mark.name
            for mark in MARKS
            if any(wanted(mark).fullmatch(values.get(name, "")) for name in mark.properties)
        )

    return Style(marks(lambda mark: mark.on), marks(lambda mark: mark.off), values)
