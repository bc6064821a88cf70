"""Lists and tasks as CKEditor, Quill, Google Docs, GitHub and Word write them, made ours.

Quill and Word write nested lists flat, each item with its level: such items are collected first,
and made into lists where their parent ends.
"""

import re
from html import unescape

from cms.richtext.translations import LIST_TYPES, declarations
from cms.richtext.tree import Element, Item, Node, is_blank

_INDENT = re.compile(r"ql-indent-([1-9])")
_WORD_LIST = re.compile(r"(l\d+) level(\d)\b.*")
_DIGITS = re.compile(r"\(?(\d{1,6})(?:\.\d+)*[.)]?")
_LETTERS = re.compile(r"\(?([a-z]{1,6}|[A-Z]{1,6})[.)]")
_ROMAN = re.compile("[ivxlc]+")
_QUILL_TASKS = {"checked": "true", "unchecked": "false"}


def make_task(item: Element, *, checked: bool) -> None:
    """Marks an item as a task; what says already whether it is done stays."""
    item.attributes.setdefault("data-checked", "true" if checked else "false")
    item.attributes["data-type"] = "taskItem"


def close_item(item: Element) -> None:
    """Takes in the end of an <li>."""
    if item.get("role") == "checkbox" and "aria-checked" in item.attributes:
        make_task(item, checked=item.get("aria-checked") == "true")
        item.children = [child for child in item.children if not _is_picture_of_box(child)]
    if item.get("data-type") == "taskItem" and item.children:
        first = item.children[0]
        if isinstance(first, str):
            item.children[0] = first.lstrip()


def _is_picture_of_box(node: Node) -> bool:
    return (
        isinstance(node, Element)
        and node.name == "img"
        and "checkbox" in node.get("aria-roledescription")
    )


def close_list(element: Element, style_type: str) -> list[Node]:
    """Takes in the end of a list, and returns what takes its place."""
    _take_in_nested_lists(element)
    items = [child for child in element.elements() if child.name == "li"]
    if "data-checked" in element.attributes or any(map(_is_flat, items)):
        for item in items:
            _place(item, element)
        return element.children
    _finish(element, items, style_type)
    return [element]


def _take_in_nested_lists(element: Element) -> None:
    """Puts a list that stands between the items of another into the item before it."""
    children: list[Node] = []
    last: Element | None = None
    for child in element.children:
        if isinstance(child, Element) and child.name in {"ul", "ol"}:
            if last is None:
                last = Element("li")
                children.append(last)
            last.children.append(child)
            continue
        if isinstance(child, Element):
            last = child if child.name == "li" else None
        children.append(child)
    element.children = children


def _is_flat(item: Element) -> bool:
    return "data-list" in item.attributes or any(map(_INDENT.fullmatch, item.classes()))


def _place(item: Element, around: Element) -> None:
    """Gives an item of Quill its place."""
    kind = item.get("data-list")
    name = {"ordered": "ol", "": around.name}.get(kind, "ul")
    if kind in _QUILL_TASKS:
        item.attributes["data-checked"] = _QUILL_TASKS[kind]
        make_task(item, checked=False)
    elif "data-checked" in around.attributes:
        make_task(item, checked=around.get("data-checked") == "true")
    indents = filter(None, map(_INDENT.fullmatch, item.classes()))
    level = next((int(indent[1]) for indent in indents), 0)
    item.item = Item(level, name, {}, item.get("data-type"))


def _finish(element: Element, items: list[Element], style_type: str) -> None:
    tasks = sum(item.get("data-type") == "taskItem" for item in items)
    if tasks == len(items) > 0:
        element.name = "ul"
    if tasks and element.name == "ul":
        element.attributes["data-type"] = "taskList"
    if element.name == "ol" and "type" not in element.attributes:
        first = declarations(items[0].get("style")).get("list-style-type", "") if items else ""
        kind = LIST_TYPES.get(style_type or first, "1")
        if kind != "1":
            element.attributes["type"] = kind


def begin_word_item(paragraph: Element, mso_list: str) -> None:
    """Gives a paragraph of Word that is a list's item its place, but for its marker."""
    found = _WORD_LIST.fullmatch(mso_list)
    if found and paragraph.name == "p":
        paragraph.item = Item(int(found[2]), "ul", {}, found[1])


def take_word_marker(paragraph: Element, marker: str) -> None:
    """Reads off a marker (`·`, `2.`, `b)`) what list it is of."""
    if not paragraph.item:
        return
    marker = unescape(marker).strip()
    attributes: dict[str, str] = {}
    if digits := _DIGITS.fullmatch(marker):
        attributes["start"] = digits[1]
    elif letters := _LETTERS.fullmatch(marker):
        lowered = letters[1].lower()
        roman = lowered == "i" or (len(lowered) > 1 and _ROMAN.fullmatch(lowered))
        attributes["type"] = ("i" if roman else "a") if letters[1].islower() else "IA"[not roman]
    else:
        return
    if attributes.get("start") == "1":
        del attributes["start"]
    paragraph.item = Item(paragraph.item.level, "ol", attributes, paragraph.item.list_key)


def close_word_item(paragraph: Element) -> None:
    """Takes in the end of a paragraph that is a list's item."""
    paragraph.name = "li"


def grouped(children: list[Node]) -> list[Node]:
    """Returns `children` with lists made of the items in it that have none."""
    if not any(isinstance(child, Element) and child.item for child in children):
        return children
    result: list[Node] = []
    lists: list[tuple[int, Element, str]] = []  # those that are open, with their level and key
    for child in children:
        if isinstance(child, Element) and child.item:
            _add(child, child.item, lists, result)
        elif not lists or not is_blank(child):
            lists.clear()
            result.append(child)
    return result


def _add(
    child: Element, item: Item, lists: list[tuple[int, Element, str]], result: list[Node]
) -> None:
    child.item = None
    while lists and lists[-1][0] > item.level:
        lists.pop()
    if lists and lists[-1][0] == item.level:
        _, made, key = lists[-1]
        if (made.name, key) != (item.list_name, item.list_key):
            lists.pop()
    if not lists or lists[-1][0] < item.level:
        made = Element(item.list_name, dict(item.list_attributes))
        holder = lists[-1][1].children[-1] if lists else None
        (holder.children if isinstance(holder, Element) else result).append(made)
        lists.append((item.level, made, item.list_key))
    made = lists[-1][1]
    made.children.append(child)
    if child.get("data-type") == "taskItem":
        made.attributes["data-type"] = "taskList"
