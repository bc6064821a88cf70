"""A tree of HTML that a parser has written out: every element closed, every value quoted."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html import unescape

VOID = frozenset({"br", "col", "hr", "img", "input", "source", "wbr"})

_TOKEN = re.compile(r'<(/?)([a-z][a-z0-9]*)((?: [^\s=>]+="[^"]*")*)>|[^<]+')
_ATTRIBUTE = re.compile(r' ([^\s=>]+)="([^"]*)"')


@dataclass(frozen=True, slots=True)
class Item:
    """The place of a list's item whose list is yet to be made."""

    level: int
    list_name: str
    list_attributes: dict[str, str]
    list_key: str = ""  # of two lists that follow each other, another


@dataclass(slots=True, eq=False)
class Element:
    name: str
    attributes: dict[str, str] = field(default_factory=dict[str, str])
    """As they are written, with entities."""
    children: "list[Node]" = field(default_factory=lambda: list[Node]())  # noqa: PLW0108 - not yet defined
    item: Item | None = None

    def get(self, attribute: str) -> str:
        return unescape(self.attributes.get(attribute, ""))

    def elements(self) -> "Iterator[Element]":
        return (child for child in self.children if isinstance(child, Element))

    def classes(self) -> list[str]:
        return self.get("class").split()

    def text(self) -> str:
        """All text in it, with entities."""
        pieces: list[str] = []
        left: list[Node] = [self]
        while left:
            node = left.pop()
            if isinstance(node, str):
                pieces.append(node)
            else:
                left.extend(reversed(node.children))
        return "".join(pieces)


type Node = Element | str
"""An element, or text as it is written."""

type Opened = Callable[[Element], None]
type Closed = Callable[[Element], list[Node]]


def is_blank(node: Node) -> bool:
    return isinstance(node, str) and not node.strip()


def build(html: str, opened: Opened, closed: Closed) -> Element:
    """Returns the root. `closed` says what takes an element's place, its content being done."""
    root = Element("")
    stack = [root]
    for token in _TOKEN.finditer(html):
        closing, name, attributes = token.groups()
        if name is None:
            stack[-1].children.append(token[0])
            continue
        if not closing:
            element = Element(name, dict(_ATTRIBUTE.findall(attributes)))
            opened(element)
            stack.append(element)
        if closing or name in VOID:
            element = stack.pop()
            stack[-1].children.extend(closed(element))
    return root


def write(root: Element) -> str:
    """Writes out what is in `root`."""
    pieces: list[str] = []
    left: list[Node] = root.children[::-1]
    while left:
        node = left.pop()
        if isinstance(node, str):
            pieces.append(node)
            continue
        attributes = "".join(f' {name}="{value}"' for name, value in node.attributes.items())
        pieces.append(f"<{node.name}{attributes}>")
        if node.name not in VOID:
            left.append(f"</{node.name}>")
            left.extend(reversed(node.children))
    return "".join(pieces)
