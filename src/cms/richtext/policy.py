"""The allow-list of rich text: each element and attribute that may be stored, and its values.

It covers what TipTap, ProseMirror and CKEditor write, without styling. Never allowed are `id`
and `name` (they shadow globals of the page), `style`, `on*`, `srcset`, `target` and every other
attribute that is not listed here.
"""

import re
from collections.abc import Callable, Mapping

import nh3

from cms.richtext.links import WEB, link_problem

type Rule = Callable[[str], str | None]
"""Takes an attribute's value and returns the value to keep, or None to drop the attribute."""

LINK_SCHEMES = WEB | {"mailto", "tel"}
LINK_REL = "noopener noreferrer"  # set on every link, for front ends that add target themselves


def _matching(pattern: str) -> Rule:
    compiled = re.compile(pattern)
    return lambda value: value if compiled.fullmatch(value) else None


def _any_text(value: str) -> str:
    return value


def _link(value: str) -> str | None:
    return value if link_problem(value, schemes=LINK_SCHEMES, fragments=True) is None else None


def _source(value: str) -> str | None:
    return value if link_problem(value) is None else None


def _language_class(value: str) -> str | None:
    """Keeps the one class that names a code block's language, out of the many a highlighter adds."""
    found = re.search(r"(?<!\S)language-[A-Za-z0-9+#_-]{1,40}(?!\S)", value)
    return found[0] if found else None


_LANGUAGE_TAG = _matching(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,4}")  # BCP 47
_TIME = _matching(r"[0-9A-Za-z:.+ -]{1,40}")
_INTEGER = _matching(r"-?[0-9]{1,6}")
_PIXELS = _matching(r"[0-9]{1,5}")
_SPAN = _matching(r"[1-9][0-9]{0,2}|1000")  # the HTML Standard caps colspan at 1000

_PLAIN: Mapping[str, Rule] = {}
_CELL: Mapping[str, Rule] = {"colspan": _SPAN, "rowspan": _SPAN}

GLOBAL_ATTRIBUTES: Mapping[str, Rule] = {
    "dir": _matching("ltr|rtl|auto"),
    "lang": _LANGUAGE_TAG,
    "title": _any_text,
}

ELEMENTS: Mapping[str, Mapping[str, Rule]] = {
    # blocks
    **dict.fromkeys(
        ("h1", "h2", "h3", "h4", "h5", "h6", "p", "br", "hr", "blockquote", "pre"), _PLAIN
    ),
    **dict.fromkeys(("figure", "figcaption", "summary"), _PLAIN),
    "div": {"data-type": _matching("detailsContent")},
    "details": {"open": _matching("|open")},
    # text
    **dict.fromkeys(("strong", "b", "em", "i", "u", "s", "mark", "sub", "sup", "small"), _PLAIN),
    **dict.fromkeys(("abbr", "cite", "q", "dfn", "kbd", "samp", "var", "span"), _PLAIN),
    "code": {"class": _language_class},
    "time": {"datetime": _TIME},
    "del": {"datetime": _TIME},
    "ins": {"datetime": _TIME},
    # lists; a task is its item's data-checked, for a stored <input> would be a form control
    "ul": {"data-type": _matching("taskList")},
    "ol": {
        "start": _INTEGER,
        "type": _matching("[1aAiI]"),
        "reversed": _matching("|reversed"),
    },
    "li": {
        "value": _INTEGER,
        "data-type": _matching("taskItem"),
        "data-checked": _matching("true|false"),
    },
    **dict.fromkeys(("dl", "dt", "dd"), _PLAIN),
    # tables
    **dict.fromkeys(("table", "caption", "thead", "tbody", "tfoot", "tr"), _PLAIN),
    "colgroup": {"span": _SPAN},
    "col": {"span": _SPAN},
    "td": _CELL,
    "th": {**_CELL, "scope": _matching("row|col|rowgroup|colgroup")},
    # links and images
    "a": {"href": _link, "hreflang": _LANGUAGE_TAG},
    "img": {
        "src": _source,
        "alt": _any_text,
        "width": _PIXELS,
        "height": _PIXELS,
        "loading": _matching("lazy|eager"),
    },
}

# Any other element leaves its text behind; these go with everything inside them.
DROPPED_WITH_CONTENT = frozenset({
    "base", "embed", "form", "frame", "frameset", "iframe", "link", "math", "meta", "noembed",
    "noframes", "noscript", "object", "plaintext", "script", "select", "style", "svg", "template",
    "textarea", "title", "xmp",
})  # fmt: skip

_RULES = {element: {**GLOBAL_ATTRIBUTES, **rules} for element, rules in ELEMENTS.items()}
_RULES["a"] |= {"rel": _any_text}  # nh3 lets no other through than the one it sets


def _filter(element: str, attribute: str, value: str) -> str | None:
    # nh3 also asks about what it is going to drop.
    rule = _RULES.get(element, GLOBAL_ATTRIBUTES).get(attribute)
    return rule(value) if rule else None


CLEANER = nh3.Cleaner(
    tags=set(ELEMENTS),
    clean_content_tags=set(DROPPED_WITH_CONTENT),
    attributes={
        "*": set(GLOBAL_ATTRIBUTES),
        **{element: set(rules) for element, rules in ELEMENTS.items()},
    },
    attribute_filter=_filter,
    link_rel=LINK_REL,
    url_schemes=set(LINK_SCHEMES),
    url_relative="pass_through",  # _filter has already refused `//host` and its kin
)
