"""The allow-list of rich text: each element and attribute that may be stored, and its values.

It covers what TipTap, ProseMirror and CKEditor write, without styling. Never allowed are `name`
(it shadows globals of the page, as an `id` without our prefix would), `style`, `on*`, `srcset`,
`target` and every other attribute that is not listed here.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import nh3

from cms.richtext.links import WEB
from cms.richtext.urls import browser_url

LINK_SCHEMES = WEB | {"mailto", "tel"}
LINK_REL = "noopener noreferrer"  # set on every link, for front ends that add target themselves
# No global and no id of a page begins like this; GitHub has the same.
ID_PREFIX = "user-content-"
MAX_ID_LENGTH = 200
# An embed is of another origin: it may run what it is made of, and reach nothing of the page.
SANDBOX = "allow-scripts allow-same-origin allow-popups allow-presentation"


@dataclass(frozen=True, slots=True)
class Rule:
    """What an attribute may hold: it takes a value and returns the one to keep, or None."""

    keep: Callable[[str], str | None]
    values: str
    """The same for readers: a regular expression, or words in angle brackets."""

    def __call__(self, value: str) -> str | None:
        return self.keep(value)


def _matching(pattern: str) -> Rule:
    compiled = re.compile(pattern)
    return Rule(lambda value: value if compiled.fullmatch(value) else None, pattern)


def _link(value: str) -> str | None:
    return browser_url(value, schemes=LINK_SCHEMES, fragments=True)


def _embedded(value: str) -> str | None:
    return browser_url(value, schemes=frozenset({"https"})) if _host_of(value) else None


def _host_of(url: str) -> str:
    found = re.match(r"https://([^/?#]+)", url.strip(), re.IGNORECASE)
    return found[1].lower() if found else ""


def _prefixed_id(value: str) -> str | None:
    if not value or not value.isprintable() or len(value) > MAX_ID_LENGTH:
        return None
    return value if value.startswith(ID_PREFIX) else ID_PREFIX + value


def _language_class(value: str) -> str | None:
    """Keeps the one class that names a code block's language, out of the many a highlighter adds."""
    found = re.search(r"(?<!\S)language-[A-Za-z0-9+#_-]{1,40}(?!\S)", value)
    return found[0] if found else None


_ANY_TEXT = Rule(lambda value: value, "<text>")
_SOURCE = Rule(browser_url, "<an http or https URL, or a path>")
_ID = Rule(_prefixed_id, f"<{ID_PREFIX} and printable characters>")
_LANGUAGE_TAG = _matching(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,4}")  # BCP 47
_TIME = _matching(r"[0-9A-Za-z:.+ -]{1,40}")
_INTEGER = _matching(r"-?[0-9]{1,6}")
_PIXELS = _matching(r"[0-9]{1,5}")
_SPAN = _matching(r"[1-9][0-9]{0,2}|1000")  # the HTML Standard caps colspan at 1000

_PLAIN: Mapping[str, Rule] = {}
_CELL: Mapping[str, Rule] = {"colspan": _SPAN, "rowspan": _SPAN}

GLOBAL_ATTRIBUTES: Mapping[str, Rule] = {
    "dir": _matching("ltr|rtl|auto"),
    "id": _ID,
    "lang": _LANGUAGE_TAG,
    "title": _ANY_TEXT,
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
    **dict.fromkeys(("abbr", "cite", "q", "dfn", "kbd", "samp", "var", "span", "wbr"), _PLAIN),
    **dict.fromkeys(("ruby", "rb", "rt", "rp"), _PLAIN),
    "code": {"class": Rule(_language_class, "language-[A-Za-z0-9+#_-]{1,40}")},
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
    "a": {
        "href": Rule(_link, "<an http, https, mailto or tel URL, a path, or a #fragment>"),
        "hreflang": _LANGUAGE_TAG,
    },
    "img": {
        "src": _SOURCE,
        "alt": _ANY_TEXT,
        "width": _PIXELS,
        "height": _PIXELS,
        "loading": _matching("lazy|eager"),
    },
    # embeds, of the hosts in EMBED_HOSTS; the last two are set on each
    "iframe": {
        "src": Rule(_embedded, "<an https URL of a host in EMBED_HOSTS>"),
        "width": _PIXELS,
        "height": _PIXELS,
        "allowfullscreen": _matching("|allowfullscreen|true"),
        "sandbox": _matching(re.escape(SANDBOX)),
        "loading": _matching("lazy"),
    },
}

# Any other element leaves its text behind; these go with everything inside them.
DROPPED_WITH_CONTENT = frozenset({
    "applet", "audio", "base", "canvas", "datalist", "embed", "form", "frame", "frameset", "iframe",
    "link", "math", "meta", "noembed", "noframes", "noscript", "object", "plaintext", "script",
    "select", "style", "svg", "template", "textarea", "title", "video", "xmp",
})  # fmt: skip

RULES: Mapping[str, Mapping[str, Rule]] = {
    element: {**GLOBAL_ATTRIBUTES, **rules} for element, rules in ELEMENTS.items()
}
_ASKED = {**RULES, "a": {**RULES["a"], "rel": _matching(LINK_REL)}}


def allow_list() -> dict[str, dict[str, str]]:
    """`ELEMENTS` for readers: what each attribute of each element may hold."""
    return {
        element: {attribute: rule.values for attribute, rule in rules.items()}
        for element, rules in RULES.items()
    }


class Policy:
    """The allow-list with the hosts whose <iframe>s it keeps; by itself it keeps none."""

    def __init__(self, embed_hosts: Iterable[str] = ()) -> None:
        self._hosts = frozenset(embed_hosts)
        self.embeds = bool(self._hosts)
        self.elements = frozenset(ELEMENTS) - (frozenset() if self.embeds else {"iframe"})
        self.cleaner = nh3.Cleaner(
            tags=set(self.elements),
            clean_content_tags=set(DROPPED_WITH_CONTENT - self.elements),
            attributes={
                "*": set(GLOBAL_ATTRIBUTES),
                **{element: set(ELEMENTS[element]) for element in self.elements},
            },
            set_tag_attribute_values={"iframe": {"sandbox": SANDBOX, "loading": "lazy"}},
            attribute_filter=self.kept,
            link_rel=LINK_REL,
            url_schemes=set(LINK_SCHEMES),
            url_relative="pass_through",  # the filter refuses `//host` and its kin
        )

    def kept(self, element: str, attribute: str, value: str) -> str | None:
        """What is stored of an attribute's value, or None where the attribute is not."""
        # nh3 also asks about what it is going to drop, and about the rel that it sets itself.
        rule = _ASKED.get(element, GLOBAL_ATTRIBUTES).get(attribute)
        stored = rule.keep(value) if rule else None
        if stored and element == "iframe" and attribute == "src":
            return stored if _host_of(stored) in self._hosts else None
        return stored
