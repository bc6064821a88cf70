"""What editors paste keeps its meaning, in the elements that are stored."""

import pytest

from cms.richtext.policy import ELEMENTS
from cms.richtext.tests.judge import assert_means, clean, text
from cms.richtext.translations import BOXES, MARKS, RENAMED

# Blocks

BLOCKS = [
    "address",
    "article",
    "aside",
    "center",
    "dialog",
    "fieldset",
    "footer",
    "header",
    "hgroup",
    "legend",
    "main",
    "marquee",
    "nav",
    "search",
    "section",
]


def test_words_of_blocks_that_are_not_stored_stay_apart() -> None:
    assert_means(
        "<section>Opening hours</section><section>Monday</section>",
        "<div>Opening hours</div><div>Monday</div>",
    )


@pytest.mark.parametrize("name", BLOCKS)
def test_each_block_that_is_not_stored_leaves_a_block_behind(name: str) -> None:
    assert_means(f"a<{name}>b <i>c</i></{name}>d", "a<div>b <i>c</i></div>d")


@pytest.mark.parametrize("name", sorted(BOXES))
def test_boxes_in_a_line_leave_their_words_apart(name: str) -> None:
    assert_means(f"<{name}>a</{name}><{name}>b</{name}>", " a  b ")


def test_no_element_is_both_stored_and_translated() -> None:
    assert not {*RENAMED, *BOXES} & {*ELEMENTS}
    assert {*RENAMED.values(), *(mark.name for mark in MARKS)} <= {*ELEMENTS}


# Other names and styles


@pytest.mark.parametrize(
    ("markup", "meant"),
    [
        ("<strike>€90</strike>", "<s>€90</s>"),
        ("<tt>a</tt>", "<code>a</code>"),
        ("<acronym title=x>a</acronym>", '<abbr title="x">a</abbr>'),
        ("<dir><li>a</dir><menu><li>b</menu>", "<ul><li>a</li></ul><ul><li>b</li></ul>"),
        ("<big>a</big> <font size=7>b</font>", "a b"),
        ("<listing>a</listing>", "<pre>a</pre>"),
        ("<ruby>漢<rp>(</rp><rt>かん</rt><rp>)</rp></ruby>",) * 2,
        ("<ruby><rb>漢</rb><rt>かん</rt></ruby>",) * 2,
        ("super<wbr>cali", "super<wbr>cali"),
    ],
)
def test_an_old_name_means_the_same(markup: str, meant: str) -> None:
    assert_means(markup, meant)


@pytest.mark.parametrize(
    ("style", "mark"),
    [
        ("font-weight:bold", "strong"),
        ("FONT-WEIGHT : 600 !important", "strong"),
        ("color:red;font-weight:bolder;", "strong"),
        ("font-style:italic", "em"),
        ("font-style:oblique 10deg", "em"),
        ("text-decoration:underline dotted red", "u"),
        ("text-decoration-line:line-through", "s"),
        ("vertical-align:super", "sup"),
        ("vertical-align:sub", "sub"),
    ],
)
def test_a_style_that_means_something_becomes_an_element(style: str, mark: str) -> None:
    assert_means(f'<p>a <span style="{style}">b</span></p>', f"<p>a <{mark}>b</{mark}></p>")
    assert_means(f'<font style="{style}">b</font>', f"<{mark}>b</{mark}>")
    assert_means(f'<p style="{style}">a<i>b</i></p>', f"<p><{mark}>a<i>b</i></{mark}></p>")


@pytest.mark.parametrize(
    "style", ["font-weight:500", "font-weight:x", "color:bold", "font-style:normal", "bold"]
)
def test_other_styles_mean_nothing(style: str) -> None:
    assert text(clean(f'<p style="{style}">a</p>')) == "a"
    assert "<strong>" not in clean(f'<p style="{style};x:font-weight">a</p>')


@pytest.mark.parametrize(
    ("name", "style"),
    [
        ("b", "font-weight:normal"),
        ("strong", "font-weight:400"),
        ("i", "font-style:normal"),
        ("em", "font-style:normal"),
        ("u", "text-decoration:none"),
    ],
)
def test_an_element_that_its_own_style_undoes_means_nothing(name: str, style: str) -> None:
    assert_means(f'<p>a <{name} style="{style}">b</{name}></p>', "<p>a b</p>")


def test_what_goes_without_saying_is_not_said() -> None:
    assert_means(
        "<h1 style=font-weight:700><span style=font-weight:bold>a</span></h1>", "<h1>a</h1>"
    )
    assert_means(
        "<p style=font-weight:bold>a <span style=font-weight:bold>b</span></p>",
        "<p><strong>a b</strong></p>",
    )
    assert_means("<b><span style=font-weight:bold>a</span></b>", "<b>a</b>")
    link = '<a href="/x">a</a>'
    assert_means(link.replace("a<", "<span style=text-decoration:underline>a</span><"), clean(link))
    assert_means(
        "<u><a><span style=text-decoration:underline>a</span></a></u>", clean("<u><a>a</a></u>")
    )


def test_a_mark_of_nothing_is_none() -> None:
    assert_means("a<span style=font-weight:bold> </span>b<p style=font-weight:bold>", "a b<p></p>")


def test_a_block_is_bold_line_by_line() -> None:
    assert_means(
        "<div style=font-weight:bold>a<p>b</p><p style=font-weight:normal>c</p>"
        "<table><tr><td>d</table></div>",
        "<div><strong>a</strong><p><strong>b</strong></p><p>c</p>"
        "<table><tbody><tr><td><strong>d</strong></td></tr></tbody></table></div>",
    )


def test_of_what_google_docs_copies_only_what_is_bold_is_bold() -> None:
    assert_means(
        '<b style="font-weight:normal"><p>plain <span style="font-weight:700">key</span></p></b>',
        "<p>plain <strong>key</strong></p>",
    )


def test_a_paragraph_without_an_end_is_bold_to_its_own_end() -> None:
    assert_means("<p style=font-weight:bold>a<p>b", "<p><strong>a</strong></p><p>b</p>")


def test_the_blank_lines_of_a_code_block_survive_a_translation() -> None:
    assert clean("<pre>\n\n\na <strike>b</strike></pre>") == clean("<pre>\n\n\na <s>b</s></pre>")


# Fallbacks


@pytest.mark.parametrize("name", ["video", "audio", "object", "canvas", "applet", "datalist"])
def test_fallback_content_becomes_no_text(name: str) -> None:
    assert_means(f"<p>a</p><{name}>No <b>{name}</b> here.</{name}><p>b</p>", "<p>a</p><p>b</p>")


def test_a_player_leaves_a_link_to_what_it_plays() -> None:
    rel = 'rel="noopener noreferrer"'
    assert_means("<video src=/f.mp4>No.</video>", f'<a href="/f.mp4" {rel}>/f.mp4</a>')
    assert_means(
        "<video title=Film><source src=data:x><source src='/the film.mp4'>No.</video>",
        f'<a href="/the%20film.mp4" {rel}>Film</a>',
    )


def test_a_player_of_nothing_safe_leaves_nothing() -> None:
    assert_means("<video src=javascript:alert(1)>No.</video>", "")


def test_what_a_player_is_called_and_where_it_is_are_written_as_text() -> None:
    rel = 'rel="noopener noreferrer"'
    assert clean('<video src=/a title="&lt;i onclick=x&gt;">') == (
        f'<a href="/a" {rel}>&lt;i onclick=x&gt;</a>'
    )
    assert 'href="/?a&amp;copy;b"' in clean('<video src="/?a&amp;copy;b">')
