"""The sanitiser against hostile input, judged on the tree of its output, never by its text."""

from collections.abc import Iterator

import html5lib
import pytest

from cms.richtext import sanitiser as html
from cms.richtext.nesting import HtmlTooComplex
from cms.richtext.policy import ELEMENTS, GLOBAL_ATTRIBUTES
from cms.richtext.tests.allowed import ALLOWED, EMBED_HOST, REL
from cms.richtext.tests.hostile import DANGEROUS_URLS, FAMILIES, HARMLESS, HOSTILE, TOO_DEEP
from cms.richtext.tests.hostile.attributes import FORBIDDEN
from cms.richtext.tests.hostile.comments import COMMENTS
from cms.richtext.tests.hostile.embeds import GREEDY, NO_EMBEDS
from cms.richtext.tests.judge import (
    ATTRIBUTES,
    XHTML,
    article,
    assert_allowed,
    assert_bleach_agrees,
    clean,
    elements,
    failures,
    text,
)

# Elements that go with what they enclose; `plaintext` and void elements have tests of their own.
ENCLOSING = [
    "form", "frameset", "iframe", "math", "noembed", "noframes", "noscript", "object", "script",
    "select", "style", "svg", "template", "textarea", "title", "xmp",
]  # fmt: skip

# What some uncleaned inputs are: allowed as they stand, or harmless to this parser.
HARMLESS_SHARE = 0.4


@pytest.fixture
def embedding() -> Iterator[None]:
    html.allow_embeds([EMBED_HOST])
    yield
    html.allow_embeds([])


def test_there_are_hundreds_of_hostile_inputs_and_no_two_alike() -> None:
    assert len({*HOSTILE, *TOO_DEEP}) == len(HOSTILE) + len(TOO_DEEP) >= 500
    assert min(map(len, FAMILIES.values())) >= 40


# H1


@pytest.mark.attack("H1")
@pytest.mark.parametrize("name", ENCLOSING)
def test_a_dangerous_element_goes_with_its_content(name: str) -> None:
    cleaned = clean(f"<p>before</p><{name}>secret <b>markup</b></{name}><p>after</p>")
    assert cleaned == "<p>before</p><p>after</p>"


@pytest.mark.attack("H1")
@pytest.mark.parametrize("name", ["base", "embed", "frame", "input", "link", "meta"])
def test_a_dangerous_void_element_is_gone(name: str) -> None:
    assert clean(f"<p>a<{name} src=/x href=/x content=x>b</p>") == "<p>ab</p>"


@pytest.mark.attack("H1")
def test_an_unknown_element_leaves_its_text_behind() -> None:
    assert clean("<p>a <font face=x><blink>word</blink></font></p>") == "<p>a word</p>"


@pytest.mark.attack("H1")
def test_nested_svg_goes_as_a_whole() -> None:
    assert clean("a<svg><svg><path/></svg><text>b</text></svg>c") == "ac"


@pytest.mark.attack("H1")
def test_a_self_closing_svg_takes_nothing_with_it() -> None:
    assert clean("a<svg/>b<math/>c") == "abc"


# H2


@pytest.mark.attack("H2")
def test_a_forbidden_attribute_or_value_is_gone() -> None:
    wrappers = {"td": "<table><tr>{}", "th": "<table><tr>{}", "col": "<table>{}", "li": "<ul>{}"}
    for element, attribute in FORBIDDEN:
        cleaned = clean(wrappers.get(element, "{}").format(f"<{element} {attribute}>x"))
        found = [attributes for name, attributes in elements(cleaned) if name == element]
        assert found == [{"rel": REL} if element == "a" else {}], (element, attribute)


@pytest.mark.attack("H2")
def test_the_policy_is_what_was_agreed_on() -> None:
    listed = {name: {*GLOBAL_ATTRIBUTES, *rules} for name, rules in ELEMENTS.items()}
    assert {name: rules - {"rel"} for name, rules in listed.items()} == {
        name: {*rules} - {"rel"} for name, rules in ALLOWED.items()
    }


@pytest.mark.attack("H2")
def test_the_policy_lists_no_attribute_that_acts() -> None:
    listed = {name for names in ATTRIBUTES.values() for name in names}
    acting = {"name", "style", "srcset", "target", "ping", "is", "slot", "formaction"}
    assert not listed & acting
    assert not [name for name in listed if name.startswith(("on", "xml", "aria-"))]


# H3


@pytest.mark.attack("H3")
@pytest.mark.attack("H6")
@pytest.mark.attack("H7")
@pytest.mark.attack("H9")
@pytest.mark.parametrize("family", FAMILIES)
def test_hostile_markup_becomes_what_is_allowed_stays_the_same_and_stays_in(family: str) -> None:
    def is_inert(markup: str) -> None:
        cleaned = clean(markup)
        assert_allowed(cleaned)
        assert clean(cleaned) == cleaned
        assert_bleach_agrees(cleaned)
        # In an article, with nothing before or behind it.
        assert_allowed(clean(f"{markup}</article>outside"))

    assert failures(FAMILIES[family], is_inert) == {}


@pytest.mark.attack("H3")
@pytest.mark.parametrize("family", FAMILIES)
def test_the_judge_would_not_take_what_was_not_cleaned(family: str) -> None:
    inputs = FAMILIES[family]
    assert len(failures(inputs, assert_allowed)) >= len(inputs) * (1 - HARMLESS_SHARE)


@pytest.mark.attack("H3")
def test_no_embed_is_kept_of_a_host_that_is_not_allowed(embedding: None) -> None:
    def has_no_frame(markup: str) -> None:
        assert "iframe" not in dict(elements(clean(markup)))

    assert failures(NO_EMBEDS, has_no_frame) == {}


@pytest.mark.attack("H3")
def test_an_embed_that_is_allowed_is_nothing_but_that(embedding: None) -> None:
    def is_an_embed(markup: str) -> None:
        cleaned = clean(markup)
        assert_allowed(cleaned, embeds=True)
        assert "iframe" in dict(elements(cleaned))
        assert clean(cleaned) == cleaned

    assert failures(GREEDY, is_an_embed) == {}


@pytest.mark.attack("H3")
def test_all_inputs_are_inert_where_embeds_are_allowed(embedding: None) -> None:
    def is_inert(markup: str) -> None:
        cleaned = clean(markup)
        assert_allowed(cleaned, embeds=True)
        assert clean(cleaned) == cleaned

    assert failures(HOSTILE, is_inert) == {}


@pytest.mark.attack("H3")
@pytest.mark.parametrize("context", ["div", "td", "select", "svg"])
def test_the_output_is_inert_wherever_it_is_put(context: str) -> None:
    def is_inert(cleaned: str) -> None:
        fragment = html5lib.parseFragment(cleaned, container=context)
        for element in fragment.iter():
            name = str(element.tag).removeprefix(XHTML)
            assert name in {*ALLOWED, "DOCUMENT_FRAGMENT"}
            assert set(element.attrib) <= set(ATTRIBUTES.get(name, ()))

    assert failures({clean(markup) for markup in HOSTILE}, is_inert) == {}


# H4


@pytest.mark.attack("H4")
def test_a_link_loses_a_dangerous_url() -> None:
    def loses(url: str) -> None:
        assert [*elements(clean(f'<a href="{url}">x</a>'))] == [("a", {"rel": REL})]

    assert failures(DANGEROUS_URLS, loses) == {}


@pytest.mark.attack("H4")
def test_an_image_loses_a_dangerous_url() -> None:
    def loses(url: str) -> None:
        assert [*elements(clean(f'<img src="{url}">'))] == [("img", {})]

    others = ("mailto:a@example.com", "tel:+41", "#x")
    assert failures([*DANGEROUS_URLS, *others], loses) == {}


@pytest.mark.attack("H4")
def test_a_url_that_is_none_of_these_is_read_as_browsers_read_it() -> None:
    def is_read(url: str) -> None:
        cleaned = clean(f'<a href="{url}">x</a>')
        assert [*elements(cleaned)] == [("a", {"rel": REL, "href": HARMLESS[url]})]

    assert failures(HARMLESS, is_read) == {}


@pytest.mark.attack("H4")
@pytest.mark.parametrize(
    "url",
    [
        "https://www.example.com/a?b=c&amp;d=e#f",
        "HTTP://EXAMPLE.COM:8080",
        "https://de.wikipedia.org/wiki/Z%C3%BCrich",
        "https://münchen.example/",
        "https://social.example/@user",
        "/about",
        "/",
        "#section",
        "mailto:hello@example.com?subject=Hi%20there",
        "tel:+41-44-668-18-00",
    ],
)
def test_an_ordinary_link_stays(url: str) -> None:
    markup = f'<a href="{url}" rel="{REL}">x</a>'
    assert clean(markup) == markup


# H5


@pytest.mark.attack("H5")
def test_comments_and_declarations_are_gone() -> None:
    def is_gone(markup: str) -> None:
        cleaned = clean(f"<p>before</p>{markup}")
        assert_allowed(cleaned)
        nodes = article(cleaned).iter()
        assert not [element for element in nodes if not isinstance(element.tag, str)]
        assert "<!" not in cleaned
        assert "<?" not in cleaned

    assert failures(COMMENTS, is_gone) == {}


@pytest.mark.attack("H5")
def test_the_text_around_a_comment_stays() -> None:
    assert clean("<p>a<!-- b -->c<?d?>e</p>") == "<p>ace</p>"


# H6


@pytest.mark.attack("H6")
@pytest.mark.parametrize("marks", range(4))
def test_no_byte_order_mark_is_left_for_the_next_round(marks: int) -> None:
    # Each round of parsing would take another, and ten rounds are all there are.
    assert clean("\ufeff" * (1 + 5 * marks) + "<p>x</p>") == "<p>x</p>"


@pytest.mark.attack("H6")
@pytest.mark.parametrize("newlines", range(4))
def test_the_blank_lines_that_begin_a_code_block_stay(newlines: int) -> None:
    markup = f"<pre>\n{'\n' * newlines}<b>x</b></pre>"
    once = clean(markup)
    assert text(once) == "\n" * newlines + "x"
    assert clean(once) == once


# H8


@pytest.mark.attack("H8")
def test_a_tree_that_a_browser_would_flatten_is_refused() -> None:
    def is_refused(markup: str) -> None:
        with pytest.raises(HtmlTooComplex):
            clean(markup)

    assert failures(TOO_DEEP, is_refused) == {}
