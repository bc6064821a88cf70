"""Translates legacy and foreign HTML into the elements that are stored, ahead of the sanitiser.

What comes of it is cleaned like all else: nothing here is trusted, or has to be right for a page
to be safe.
"""

import re
from dataclasses import dataclass
from html import escape, unescape
from itertools import groupby

import nh3

from cms.richtext import lists
from cms.richtext.policy import DROPPED_WITH_CONTENT, ELEMENTS, GLOBAL_ATTRIBUTES, LINK_SCHEMES
from cms.richtext.tokens import keep_blank_lines, only_tags_and_text
from cms.richtext.translations import (
    BOXES,
    FOREIGN_ATTRIBUTES,
    HINTING_ELEMENTS,
    HINTING_MARKUP,
    HINTS,
    PLAYERS,
    RENAMED,
    SAID_BY,
    STYLED_ONLY,
    UNDONE,
    UNSTYLED,
    Style,
    read_style,
)
from cms.richtext.tree import Element, Node, build, is_blank, write
from cms.richtext.urls import browser_url

_NAME = re.compile("<([a-z][a-z0-9]*)")

_READ = {*ELEMENTS, *RENAMED, *BOXES, *PLAYERS, *STYLED_ONLY, "input", "source"}
# Writes any HTML out as a well-formed tree, and keeps all that the translation looks at.
_PARSER = nh3.Cleaner(
    tags=_READ,
    clean_content_tags=set(DROPPED_WITH_CONTENT - _READ),
    attributes={
        "*": {*GLOBAL_ATTRIBUTES, *FOREIGN_ATTRIBUTES},
        **{element: set(rules) for element, rules in ELEMENTS.items() if rules},
    },
    link_rel=None,
    url_schemes=set(LINK_SCHEMES),
)

# Text directly in these would leave them.
_NO_TEXT = frozenset({"table", "thead", "tbody", "tfoot", "tr", "colgroup", "ul", "ol", "dl"})
_INLINE = frozenset({
    "a", "abbr", "b", "big", "br", "cite", "code", "del", "dfn", "em", "font", "i", "img", "input",
    "ins", "kbd", "label", "mark", "q", "rb", "rp", "rt", "ruby", "s", "samp", "small", "span",
    "strong", "sub", "sup", "time", "u", "var", "wbr",
})  # fmt: skip
_NO_MARKS: frozenset[str] = frozenset()
# What says something on a <span>; without it there is no need of one.
_SAYING = frozenset(GLOBAL_ATTRIBUTES)
# A box begins its item even inside these, and so many of them at most.
_AROUND_BOX = frozenset({"div", "label", "p", "span"})
_NEAR = 6


def translate(html: str, *, embeds: bool = False) -> str:
    """Returns `html`, which has only tags and text, in the elements of `policy`.

    Raises `HtmlTooComplex` where the outcome is beyond the limits of `html_nesting`.
    """
    if not _is_foreign(html):
        return html
    translation = _Translation()
    root = build(keep_blank_lines(_PARSER.clean(html)), translation.opened, translation.closed)
    root.children = lists.grouped(root.children)
    return only_tags_and_text(write(root), embeds=embeds)


@dataclass(slots=True)
class _Open:
    """What is known of an element while it is open."""

    element: Element
    style: Style = UNSTYLED
    said: frozenset[str] = frozenset()  # marks that hold for its content already
    pending: frozenset[str] = frozenset()  # marks of blocks, for each line of text in them
    own: frozenset[str] = frozenset()  # marks that it adds
    undone: bool = False
    holds_task: bool = False


class _Translation:
    def __init__(self) -> None:
        self._open = [_Open(Element(""))]
        self._styles: dict[str, Style] = {}  # foreign HTML repeats a few, hundreds of times

    def opened(self, element: Element) -> None:
        around = self._open[-1]
        style = self._style(element)
        undone = UNDONE.get(element.name) in style.off
        by_itself = _NO_MARKS if undone else SAID_BY.get(element.name, _NO_MARKS)
        now = _Open(element, style, around.said | by_itself, around.pending, undone=undone)
        if element.name not in _INLINE:
            now.pending = (around.pending | style.on) - style.off - by_itself
        elif style.on:
            now.own = style.on - now.said - now.pending
            now.said |= now.own
        if "mso-list" in style.values:
            lists.begin_word_item(element, style.values["mso-list"])
        self._open.append(now)

    def _style(self, element: Element) -> Style:
        written = element.attributes.get("style")
        if written is None:
            return UNSTYLED
        if written not in self._styles:
            self._styles[written] = read_style(unescape(written))
        return self._styles[written]

    def closed(self, element: Element) -> list[Node]:
        now = self._open.pop()
        element.children = lists.grouped(element.children)
        replacement = self._replacement(element, now)
        if replacement is not None:
            return replacement
        element.name = RENAMED.get(element.name, element.name)
        if element.name == "li":
            lists.close_item(element)
        elif element.item:
            lists.close_word_item(element)
        elif element.name == "a" and "name" in element.attributes:
            element.attributes.setdefault("id", element.attributes["name"])
        self._mark(element, now)
        if now.undone or (element.name in STYLED_ONLY and not _is_needed(element)):
            return element.children
        return [element]

    def _replacement(self, element: Element, now: _Open) -> list[Node] | None:
        """What takes the place of an element that does not stay one."""
        match RENAMED.get(element.name, element.name):
            case "input":
                return self._box(element)
            case "audio" | "video":
                return _link_to(element)
            case "span" if now.style.values.get("mso-list") == "ignore" and self._takes_marker(
                element
            ):
                return []
            case "ul" | "ol" as name:
                element.name = name
                return lists.close_list(element, now.style.values.get("list-style-type", ""))
            case name if name in BOXES:
                return element.children if now.holds_task else [" ", *element.children, " "]
            case _:
                return None

    def _mark(self, element: Element, now: _Open) -> None:
        for name in sorted(now.own):
            element.children = _wrapped(name, element.children)
        if now.pending and element.name not in _INLINE and element.name not in _NO_TEXT:
            element.children = _lines_marked(element.children, sorted(now.pending))

    def _box(self, box: Element) -> list[Node]:
        """Makes a task of the item that begins with this box, or leaves a sign of it."""
        if box.get("type").lower() != "checkbox":
            return []
        inside: list[_Open] = []
        for around in reversed(self._open[-_NEAR:]):
            if any(not is_blank(child) for child in around.element.children):
                break
            inside.append(around)
            if around.element.name == "li":
                lists.make_task(around.element, checked="checked" in box.attributes)
                for each in inside:
                    each.holds_task = True
                return []
            if around.element.name not in _AROUND_BOX:
                break
        return ["\u2611 " if "checked" in box.attributes else "\u2610 "]

    def _takes_marker(self, marker: Element) -> bool:
        for around in reversed(self._open[-_NEAR:]):
            if around.element.item:
                lists.take_word_marker(around.element, marker.text())
                return True
        return False


def _wrapped(name: str, children: list[Node]) -> list[Node]:
    if all(is_blank(child) for child in children):
        return children
    return [Element(name, {}, children)]


def _lines_marked(children: list[Node], names: list[str]) -> list[Node]:
    """Puts `names` around each run of inline content: blocks have marked their own."""
    marked: list[Node] = []
    for is_inline, run in groupby(children, _is_inline):
        line = list(run)
        for name in names if is_inline else ():
            line = _wrapped(name, line)
        marked.extend(line)
    return marked


def _is_inline(node: Node) -> bool:
    return isinstance(node, str) or node.name in _INLINE


def _is_needed(element: Element) -> bool:
    said = element.attributes.keys()
    return element.name == "span" and (not said or not said.isdisjoint(_SAYING))


def _link_to(player: Element) -> list[Node]:
    sources = [player, *(child for child in player.elements() if child.name == "source")]
    source = next(filter(browser_url, (each.get("src") for each in sources)), None)
    if source is None:
        return []
    text = player.get("title") or player.get("aria-label") or source.strip()
    return [Element("a", {"href": escape(source)}, [escape(text)])]


def _is_foreign(html: str) -> bool:
    lowered = html.lower()
    # A loop, for `any` takes twice the time, and most HTML is small.
    for hint in HINTS:
        if hint in lowered:
            return True
    return (
        not HINTING_ELEMENTS.isdisjoint(_NAME.findall(lowered))
        or HINTING_MARKUP.search(lowered) is not None
    )
