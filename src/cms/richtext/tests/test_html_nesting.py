"""The bounds are judged against html5lib, a tree builder that shows what it holds open."""

from typing import Any

import html5lib
import pytest
from html5lib.treebuilders import base, getTreeBuilder
from hypothesis import given, settings
from hypothesis import strategies as st

from cms.richtext import nesting as html_nesting
from cms.richtext.nesting import HtmlTooComplex
from cms.richtext.tokens import MAX_ATTRIBUTES, only_tags_and_text

DEPTH, FORMATTING = 12, 6
# html5lib adds a table's rows and groups itself, and begins inside an <html> of its own.
PARSERS_OWN = 4


class Watched(getTreeBuilder("etree")):  # type: ignore[misc]  # html5lib ships no types
    """A tree builder that remembers how much it has held open."""

    depth = 0
    formatting = 0

    def reconstructActiveFormattingElements(self) -> Any:  # noqa: N802 - html5lib's name
        listed = list(self.activeFormattingElements)
        since_marker = (
            listed[len(listed) - listed[::-1].index(base.Marker) :]
            if base.Marker in listed
            else listed
        )
        Watched.depth = max(Watched.depth, len(self.openElements))
        Watched.formatting = max(Watched.formatting, len(since_marker))
        return super().reconstructActiveFormattingElements()


NAMES = [
    "a", "b", "i", "code", "font", "nobr", "p", "div", "span", "ul", "ol", "li", "dl", "dt", "dd",
    "table", "caption", "colgroup", "tbody", "tr", "td", "th", "svg", "math", "mi", "title",
    "style", "textarea", "select", "option", "button", "form", "object", "marquee", "h1", "h2",
    "br", "x", "body", "ruby", "rt", "rp", "rb",
]  # fmt: skip
tags = st.builds(
    "<{}{}>".format,
    st.sampled_from(NAMES),
    st.sampled_from(["", "", " title=1", " title=2", " title='</b>'", " x=<!--", "/"]),
)
ends = st.builds("</{}>".format, st.sampled_from(NAMES))
others = st.sampled_from(["x", "<!--</b>-->", "<!--", "-->", "<![CDATA[", "]]>", "'", "<", "</"])
soup = st.lists(tags | tags | ends | others, min_size=1, max_size=8).map("".join)


@settings(max_examples=300, deadline=None, database=None)
@given(soup, st.integers(1, 12))
def test_no_parser_holds_more_open_than_is_counted(unit: str, times: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(html_nesting, "MAX_DEPTH", DEPTH)
        patch.setattr(html_nesting, "MAX_OPEN_FORMATTING", FORMATTING)
        try:
            markup = only_tags_and_text(unit * times)
        except HtmlTooComplex:
            return
    Watched.depth = Watched.formatting = 0
    html5lib.HTMLParser(tree=Watched).parseFragment(markup)
    assert Watched.formatting <= FORMATTING
    assert Watched.depth <= 2 * DEPTH + PARSERS_OWN


@pytest.mark.parametrize("nested", ["<div>", "<span>", "<ul><li>", "<table><tr><td>", "<x>"])
def test_deep_nesting_is_refused(nested: str) -> None:
    with pytest.raises(HtmlTooComplex, match="nested"):
        only_tags_and_text(nested * 251)


def test_formatting_left_open_counts_three_times_at_most_where_it_is_alike() -> None:
    only_tags_and_text("<p><b>x</p>" * 100)
    for quote in ("", '"'):  # one of the two is read by the short cut
        with pytest.raises(HtmlTooComplex, match="formatting"):
            only_tags_and_text("".join(f"<p><b title={quote}{n}{quote}>x</p>" for n in range(21)))


def test_formatting_that_is_closed_is_not_counted() -> None:
    only_tags_and_text("".join(f"<p><b title={n}><i>x</i></b></p>" for n in range(1_000)))
    only_tags_and_text("".join(f"<font color={n}><p>x</p></font>" for n in range(1_000)))
    only_tags_and_text("".join(f"<a href=/{n}><h2>x</h2></a>" for n in range(1_000)))


def test_annotations_need_no_end_tags() -> None:
    only_tags_and_text("<ruby>漢<rp>(<rt>kan<rp>)</ruby>" * 1_000)
    with pytest.raises(HtmlTooComplex, match="nested"):
        only_tags_and_text("<rt>" * 251)
    with pytest.raises(HtmlTooComplex, match="nested"):
        only_tags_and_text("<ruby>" + "<i></i><rt><div>" * 130)


@pytest.mark.parametrize("name", ["b", "a"])
def test_what_open_formatting_copies_is_bounded(name: str) -> None:
    long = f"<p><{name} title='{'x' * 5_000}'>"
    only_tags_and_text(f"{long}</{name}>" + "<p>x</p>" * 2_000)
    only_tags_and_text(long + "<p>x</p>" * 100)
    with pytest.raises(HtmlTooComplex, match="left open"):
        only_tags_and_text(long + "<p>x</p>" * 450)
    with pytest.raises(HtmlTooComplex, match="left open"):
        only_tags_and_text(long + "<br/>" * 900)
    with pytest.raises(HtmlTooComplex, match="left open"):
        # Few enough tags not to be counted one by one.
        only_tags_and_text(f'<p><{name} title="{"x" * 100_000}">' + "<p>x</p>" * 100)


def test_a_tag_with_too_many_attributes_is_refused() -> None:
    only_tags_and_text("<p " + "a " * MAX_ATTRIBUTES + ">")
    with pytest.raises(HtmlTooComplex, match="attributes"):
        only_tags_and_text("<p " + "a " * (MAX_ATTRIBUTES + 1) + ">")


@pytest.mark.parametrize(
    ("markup", "left"),
    [
        ("a<!-- > -->b<!-->c<!--->d<!-- --!>e", "abcde"),
        ("a<!x>b<?y?>c</ z>d</>e", "abcde"),
        ("a<script><b></script >b", "ab"),
        ("a<style>b</styles>c</style>d", "ad"),
        ("a<svg><p>b</svg>c", "ac"),
        ("a<b <i>c", "a<b <i>c"),
        ("<a title='>' x=\"<b>\" y=z'>' >c", "<a title='>' x=\"<b>\" y=z'>' >c"),
        ("a<b", "a"),
        ("<<!---->b>", "&lt;b>"),
        ("a < b & c<", "a &lt; b & c&lt;"),
    ],
)
def test_what_depends_on_the_parsers_state_is_left_out(markup: str, left: str) -> None:
    assert only_tags_and_text(markup) == left


plain_tags = st.builds(
    "<{}{}>".format,
    st.sampled_from([*NAMES, *(f"/{name}" for name in NAMES)]),
    st.sampled_from(["", "", ' title="1"', ' title="a b" href="/x"', ' title="\'>"', " x"]),
)
plain_soup = st.lists(plain_tags | st.sampled_from(["text", ">", "&lt;"]), max_size=12).map("".join)


@settings(max_examples=300, deadline=None, database=None)
@given(plain_soup, st.integers(1, 12))
def test_what_is_spelt_plainly_is_read_in_the_same_way_by_the_short_cut(
    unit: str, times: int
) -> None:
    def read(markup: str) -> str:
        try:
            return only_tags_and_text(markup)
        except HtmlTooComplex as error:
            return str(error)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(html_nesting, "MAX_DEPTH", DEPTH)
        patch.setattr(html_nesting, "MAX_OPEN_FORMATTING", FORMATTING)

        # A comment is out of its reach.
        assert read(unit * times) == read(f"{unit * times}<!-- -->")
