"""Ids are stored under a prefix, and the links to them follow."""

import pytest

from cms.richtext.policy import ELEMENTS, MAX_ID_LENGTH
from cms.richtext.tests.judge import article, clean, elements

REL = 'rel="noopener noreferrer"'


def ids(markup: str) -> list[str]:
    return [attributes["id"] for _, attributes in elements(markup) if "id" in attributes]


def targets(markup: str) -> list[str]:
    return [own["href"] for name, own in elements(markup) if name == "a" and "href" in own]


@pytest.mark.parametrize("name", ["h1", "h2", "h6", "li", "p", "div", "sup", "a", "dt", "figure"])
def test_an_id_is_kept_under_the_prefix(name: str) -> None:
    assert clean(f'<{name} id="pricing">').startswith(f'<{name} id="user-content-pricing"')


def test_every_element_may_have_one() -> None:
    rows = {"td", "th", "tr", "tbody", "thead", "tfoot", "caption", "colgroup", "col", "iframe"}
    for name in {*ELEMENTS} - rows:
        assert ids(clean(f"<{name} id=a>")) == ["user-content-a"], name


def test_cleaning_again_leaves_the_prefix_single() -> None:
    once = clean("<h2 id=a>x</h2>")
    assert clean(once) == once == '<h2 id="user-content-a">x</h2>'


def test_a_link_to_an_id_of_the_text_follows_it() -> None:
    once = clean('<h2 id="pricing">Pricing</h2><a href="#pricing">Pricing</a>')
    assert ids(once) == ["user-content-pricing"]
    assert targets(once) == ["#user-content-pricing"]
    assert clean(once) == once


@pytest.mark.parametrize("fragment", ["top", "", "contact", "Pricing"])
def test_a_link_to_what_is_not_in_the_text_stays(fragment: str) -> None:
    markup = f'<h2 id="user-content-pricing">x</h2><a href="#{fragment}" {REL}>y</a>'
    assert clean(markup) == markup


def test_footnotes_work_both_ways() -> None:
    once = clean(
        'a<sup id="ref1"><a href="#n1">1</a></sup><ol><li id="n1">b <a href="#ref1">back</a></ol>'
    )
    assert sorted(f"#{each}" for each in ids(once)) == sorted(targets(once))


@pytest.mark.parametrize(
    ("id_", "fragment"),
    [
        ("über", "über"),
        ("über", "%C3%BCber"),
        ("a b", "a b"),
        ("a&amp;b", "a&amp;b"),
        ("%41", "%2541"),
    ],
)
def test_a_link_finds_its_target_however_it_is_written(id_: str, fragment: str) -> None:
    once = clean(f'<p id="{id_}">x</p><a href="#{fragment}">y</a>')
    assert targets(once)[0].startswith("#user-content-")
    assert clean(once) == once


def test_a_link_that_is_there_before_and_after_the_prefix_stays_with_its_own() -> None:
    markup = '<p id="user-content-a">x</p><p id="user-content-user-content-a">y</p>'
    once = clean(f'{markup}<a href="#user-content-a">z</a>')
    assert targets(once) == ["#user-content-a"]


def test_an_anchor_of_old_is_an_id() -> None:
    once = clean('<a name="old"></a><a href="#old">x</a>')
    assert ids(once) == ["user-content-old"]
    assert targets(once) == ["#user-content-old"]


def test_what_looks_like_a_link_in_prose_is_prose() -> None:
    markup = '<p id="user-content-a">&lt;a href="#a" id="b"&gt;</p>'
    assert clean(f'{markup}<a href="#b">x</a>') == f'{markup}<a href="#b" {REL}>x</a>'


@pytest.mark.parametrize("value", ["", "&#1;", "a&#10;b", "\u202ea", "x" * (MAX_ID_LENGTH + 1)])
def test_an_id_that_nobody_can_name_is_gone(value: str) -> None:
    assert "id" not in article(clean(f'<p id="{value}">x</p>'))[0].attrib
