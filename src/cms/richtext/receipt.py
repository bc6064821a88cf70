"""What cleaning takes away, for the editor to see: a translation is no removal."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from cms.richtext.policy import DROPPED_WITH_CONTENT, Policy
from cms.richtext.tokens import FOREIGN, RAW_TEXT, Tag, tags
from cms.richtext.translations import (
    PLAYERS,
    PROPERTIES,
    RENAMED,
    STYLED_ONLY,
    TRANSLATED_ATTRIBUTES,
    TRANSLATED_CLASSES,
    declarations,
)
from cms.richtext.urls import browser_url

type Kind = Literal["element", "attribute", "url"]

_URLS = frozenset({"href", "src"})
# These have none that a tokenizer sees.
_WITHOUT_TAGS = RAW_TEXT | {"base", "embed", "frame", "link", "meta"}
# Of the page around a text, or of a form: what stays of them is all that they say.
_SILENT = frozenset({"body", "head", "html", "label", "picture"})


@dataclass(frozen=True, slots=True)
class Removal:
    """What was taken away: so many elements, attributes or URLs (by their attribute) of a name."""

    kind: Kind
    name: str
    count: int


def removals(html: str, policy: Policy) -> list[Removal]:
    """What `policy` takes out of `html`, in the order in which it first occurs.

    What goes with an element that goes with its content is not told again, and neither are
    comments, nor what a parser has to repair.
    """
    found = Counter(_found(html, policy))
    return [Removal(kind, name, count) for (kind, name), count in found.items()]


def _found(html: str, policy: Policy) -> Iterator[tuple[Kind, str]]:
    given = iter(tags(html))
    for tag in given:
        if tag.closing:
            continue
        if tag.name in policy.elements or tag.name not in DROPPED_WITH_CONTENT:
            yield from _of_start_tag(tag, policy)
        elif (
            tag.name in _WITHOUT_TAGS
            or (tag.name in FOREIGN and tag.self_closing)
            or not (_plays(tag) | _source_plays(given, tag.name))
        ):
            yield "element", tag.name


def _plays(tag: Tag) -> bool:
    """Whether a link is left of a player."""
    return (
        tag.name in {*PLAYERS, "source"} and browser_url(tag.attributes.get("src", "")) is not None
    )


def _source_plays(given: Iterator[Tag], name: str) -> bool:
    """Passes over the content of an element; whether it is a player, and has what to play there."""
    depth = 1
    plays = False
    for tag in given:
        if tag.name == name:
            depth += -1 if tag.closing else 1
            if not depth:
                break
        plays |= name in PLAYERS and tag.name == "source" and _plays(tag)
    return plays


def _of_start_tag(tag: Tag, policy: Policy) -> Iterator[tuple[Kind, str]]:
    name = RENAMED.get(tag.name, tag.name)
    if name == "iframe" and policy.kept(name, "src", tag.attributes.get("src", "")) is None:
        yield "element", name
        return
    checkbox = name == "input" and tag.attributes.get("type", "").lower() == "checkbox"
    if checkbox or name in _SILENT:
        return
    if name not in policy.elements and name not in STYLED_ONLY:
        yield "element", tag.name
        return
    for attribute, value in tag.attributes.items():
        if policy.kept(name, attribute, value) is None and not _is_translated(attribute, value):
            yield ("url" if attribute in _URLS else "attribute"), attribute


def _is_translated(attribute: str, value: str) -> bool:
    if attribute == "style":
        return PROPERTIES.issuperset(declarations(value))
    if attribute == "class":
        return all(map(TRANSLATED_CLASSES.match, value.split()))
    return attribute in TRANSLATED_ATTRIBUTES
