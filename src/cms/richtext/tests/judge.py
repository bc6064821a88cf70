"""What html5lib makes of HTML, and what bleach would still remove: two opinions on the sanitiser."""

import re
from collections.abc import Callable, Iterable, Iterator
from xml.etree.ElementTree import Element

import bleach
import html5lib

from cms.richtext import sanitiser as html
from cms.richtext.tests.allowed import ALLOWED

LIMIT = 256 * 1024
XHTML = "{http://www.w3.org/1999/xhtml}"

ATTRIBUTES = {name: [*rules] for name, rules in ALLOWED.items()}
_BLEACH = bleach.Cleaner(
    tags=set(ALLOWED),
    attributes=ATTRIBUTES,
    protocols={"http", "https", "mailto", "tel"},
    strip=True,
)

type Shape = tuple[str, tuple[tuple[str, str], ...], tuple[Shape | str, ...]]


def clean(markup: str) -> str:
    return html.clean(markup, LIMIT)


def article(markup: str) -> Element:
    """The <article> of a page that has `markup` in it, after checking that all of it stayed in."""
    page = html5lib.parse(f"<!doctype html><article>{markup}</article>")
    head, body = page
    assert len(head) == 0
    assert [child.tag for child in body] == [f"{XHTML}article"]
    assert not body.text
    assert not body[0].tail
    return body[0]


def elements(markup: str) -> Iterator[tuple[str, dict[str, str]]]:
    for element in article(markup).iter():
        name = str(element.tag).removeprefix(XHTML)
        if name != "article":
            yield name, dict(element.attrib)


def text(markup: str) -> str:
    return "".join(article(markup).itertext())


def shape(element: Element) -> Shape:
    children: list[Shape | str] = [element.text] if element.text else []
    for child in element:
        children.append(shape(child))
        if child.tail:
            children.append(child.tail)
    return element.tag, tuple(sorted(element.attrib.items())), tuple(children)


def assert_allowed(markup: str, *, embeds: bool = False) -> None:
    for name, attributes in elements(markup):
        assert name in ALLOWED, name
        assert embeds or name != "iframe"
        for attribute, value in attributes.items():
            pattern = ALLOWED[name].get(attribute)
            assert pattern is not None, f"{name}[{attribute}]"
            assert re.fullmatch(pattern, value), f"{name}[{attribute}={value}]"
        if name == "iframe":
            assert {"src", "sandbox", "loading"} <= attributes.keys()


def assert_bleach_agrees(cleaned: str) -> None:
    # bleach writes `<pre>\n\n` as `<pre>\n`, which drops a line; the trees are compared without it.
    again = _BLEACH.clean(cleaned.replace("<pre>\n\n", "<pre>"))
    assert shape(article(again)) == shape(article(cleaned.replace("<pre>\n\n", "<pre>")))


def failures(inputs: Iterable[str], check: Callable[[str], object]) -> dict[str, str]:
    """What is wrong with each input that `check` does not pass."""
    found: dict[str, str] = {}
    for markup in inputs:
        try:
            check(markup)
        except Exception as error:
            found[markup] = f"{type(error).__name__}: {error}"
    return found


def assert_means(markup: str, meant: str) -> None:
    """`markup` is stored as `meant` would be, and stays so when it is saved again."""
    once = clean(markup)
    assert shape(article(once)) == shape(article(meant))
    assert clean(once) == once
    assert_allowed(once)
