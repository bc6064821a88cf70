"""The sanitiser against hostile input, judged on the tree of its output, never by its text."""

from functools import cache

import html5lib
import pytest

from cms.richtext.nesting import HtmlTooComplex
from cms.richtext.policy import ELEMENTS, LINK_REL
from cms.richtext.tests.hostile import DANGEROUS_URLS, FAMILIES, HOSTILE, TOO_DEEP
from cms.richtext.tests.hostile.attributes import FORBIDDEN
from cms.richtext.tests.hostile.comments import COMMENTS
from cms.richtext.tests.judge import (
    ATTRIBUTES,
    XHTML,
    article,
    assert_allowed,
    assert_bleach_agrees,
    clean,
    elements,
    text,
)

# Elements that go with what they enclose; `plaintext` and void elements have tests of their own.
ENCLOSING = [
    "form", "frameset", "iframe", "math", "noembed", "noframes", "noscript", "object", "script",
    "select", "style", "svg", "template", "textarea", "title", "xmp",
]  # fmt: skip

cleaned = cache(clean)


def test_there_are_hundreds_of_hostile_inputs_and_no_two_alike() -> None:
    assert len({*HOSTILE, *TOO_DEEP}) == len(HOSTILE) + len(TOO_DEEP) >= 500
    assert min(map(len, FAMILIES.values())) >= 40


# H1


@pytest.mark.parametrize("name", ENCLOSING)
def test_h1_a_dangerous_element_goes_with_its_content(name: str) -> None:
    cleaned = clean(f"<p>before</p><{name}>secret <b>markup</b></{name}><p>after</p>")
    assert cleaned == "<p>before</p><p>after</p>"


@pytest.mark.parametrize("name", ["base", "embed", "frame", "input", "link", "meta"])
def test_h1_a_dangerous_void_element_is_gone(name: str) -> None:
    assert clean(f"<p>a<{name} src=/x href=/x content=x>b</p>") == "<p>ab</p>"


def test_h1_an_unknown_element_leaves_its_text_behind() -> None:
    assert clean("<p>a <font face=x><blink>word</blink></font></p>") == "<p>a word</p>"


def test_h1_nested_svg_goes_as_a_whole() -> None:
    assert clean("a<svg><svg><path/></svg><text>b</text></svg>c") == "ac"


def test_h1_a_self_closing_svg_takes_nothing_with_it() -> None:
    assert clean("a<svg/>b<math/>c") == "abc"


# H2


@pytest.mark.parametrize(("element", "attribute"), FORBIDDEN)
def test_h2_a_forbidden_attribute_or_value_is_gone(element: str, attribute: str) -> None:
    wrappers = {"td": "<table><tr>{}", "th": "<table><tr>{}", "col": "<table>{}", "li": "<ul>{}"}
    cleaned = clean(wrappers.get(element, "{}").format(f"<{element} {attribute}>x"))
    found = [attributes for name, attributes in elements(cleaned) if name == element]
    assert found == [{"rel": LINK_REL} if element == "a" else {}]


def test_h2_the_policy_lists_no_attribute_that_acts() -> None:
    listed = {name for names in ATTRIBUTES.values() for name in names}
    acting = {"id", "name", "style", "srcset", "target", "ping", "is", "slot", "formaction"}
    assert not listed & acting
    assert not [name for name in listed if name.startswith(("on", "xml", "aria-"))]


# H3


@pytest.mark.parametrize("markup", HOSTILE)
def test_h3_mutation_xss_is_inert(markup: str) -> None:
    assert_allowed(clean(markup))


@pytest.mark.parametrize("context", ["div", "p", "td", "li", "a", "b", "pre", "select", "svg"])
def test_h3_the_output_is_inert_wherever_it_is_put(context: str) -> None:
    for markup in HOSTILE:
        fragment = html5lib.parseFragment(clean(markup), container=context)
        for element in fragment.iter():
            name = str(element.tag).removeprefix(XHTML)
            assert name in {*ELEMENTS, "DOCUMENT_FRAGMENT"}
            assert set(element.attrib) <= set(ATTRIBUTES.get(name, ()))


# H4


@pytest.mark.parametrize("url", DANGEROUS_URLS)
def test_h4_a_link_loses_a_dangerous_url(url: str) -> None:
    assert [*elements(clean(f'<a href="{url}">x</a>'))] == [("a", {"rel": LINK_REL})]


@pytest.mark.parametrize("url", [*DANGEROUS_URLS, "mailto:a@example.com", "tel:+41", "#x"])
def test_h4_an_image_loses_a_dangerous_url(url: str) -> None:
    assert [*elements(clean(f'<img src="{url}">'))] == [("img", {})]


@pytest.mark.parametrize(
    "url",
    [
        "https://www.example.com/a?b=c&amp;d=e#f",
        "HTTP://EXAMPLE.COM:8080",
        "https://de.wikipedia.org/wiki/Zürich",
        "https://social.example/@user",
        "/about",
        "/",
        "#section",
        "mailto:hello@example.com?subject=Hi%20there",
        "tel:+41-44-668-18-00",
    ],
)
def test_h4_an_ordinary_link_stays(url: str) -> None:
    markup = f'<a href="{url}" rel="{LINK_REL}">x</a>'
    assert clean(markup) == markup


# H5


@pytest.mark.parametrize("markup", COMMENTS)
def test_h5_comments_and_declarations_are_gone(markup: str) -> None:
    cleaned = clean(f"<p>before</p>{markup}")
    assert_allowed(cleaned)
    assert not [element for element in article(cleaned).iter() if not isinstance(element.tag, str)]
    assert "<!" not in cleaned
    assert "<?" not in cleaned


def test_h5_the_text_around_a_comment_stays() -> None:
    assert clean("<p>a<!-- b -->c<?d?>e</p>") == "<p>ace</p>"


# H6


@pytest.mark.parametrize("markup", HOSTILE)
def test_h6_cleaning_again_changes_nothing(markup: str) -> None:
    once = clean(markup)
    assert clean(once) == once


@pytest.mark.parametrize("newlines", range(4))
def test_h6_the_blank_lines_that_begin_a_code_block_stay(newlines: int) -> None:
    markup = f"<pre>\n{'\n' * newlines}<b>x</b></pre>"
    once = clean(markup)
    assert text(once) == "\n" * newlines + "x"
    assert clean(once) == once


# H7


@pytest.mark.parametrize("markup", HOSTILE)
def test_h7_bleach_finds_nothing_to_remove(markup: str) -> None:
    assert_bleach_agrees(cleaned(markup))


# H8


@pytest.mark.parametrize("markup", TOO_DEEP)
def test_h8_a_tree_that_a_browser_would_flatten_is_refused(markup: str) -> None:
    with pytest.raises(HtmlTooComplex):
        clean(markup)


# H9


@pytest.mark.parametrize("markup", HOSTILE)
def test_h9_the_output_cannot_break_out_of_its_article(markup: str) -> None:
    article(cleaned(markup))
