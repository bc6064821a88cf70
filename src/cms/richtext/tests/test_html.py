"""The sanitiser's limits, and what comes through it unharmed."""

import time
from contextlib import suppress

import anyio
import anyio.lowlevel
import pytest
from sqlalchemy.dialects import postgresql

from cms.richtext import Html
from cms.richtext import sanitiser as html
from cms.richtext.tests.judge import LIMIT, article, clean, shape, text

# H8


def takes_less_than(seconds: float, markup: str) -> bool:
    """Of processor time, at best of three, whatever becomes of the markup."""
    for _ in range(3):
        start = time.thread_time()
        with suppress(ValueError):
            clean(markup)
        if time.thread_time() - start < seconds:
            return True
    return False


REFUSALS = "at most|More than|left open|too broken"
TOO_COSTLY = {
    "20 000 nested div": "<div>" * 20_000,
    "60 000 nested b": "<b>" * 60_000,
    "20 000 distinct b before p": "".join(f"<b title={n}>" for n in range(14_000)) + "<p>",
    "5 000 distinct b before p": "".join(f"<b title={n}>" for n in range(4_999)) + "<p>",
    "21 distinct b before many p": "".join(f"<b id={n}>" for n in range(21)) + "<p>x" * 4_000,
    "5 000 nested div": "<div>" * 5_000,
    "nested lists": "<ul><li>" * 2_500,
    "nested tables": "<table><tr><td>" * 1_600,
    "foster parenting": "<table><b title=1>" * 2_500,
    "links in links": "".join(f"<a href=/{n}><div>" for n in range(2_500)),
    "closed inside another cell": "".join(
        f"<b title={n}><table><td></b></table>" for n in range(1_600)
    ),
    "closed in an attribute": "".join(f"<b title={n}><i title='</b>'></i>" for n in range(2_500)),
    "closed in a comment": "".join(f"<b title={n}><!--</b>-->" for n in range(5_000)),
    "closed in raw text": "".join(f"<b title={n}><xmp></b></xmp>" for n in range(2_500)),
    "closed in MathML": "".join(f"<b title={n}><math></b></math>" for n in range(2_500)),
    "attributes": "<p " + " ".join(f"a{n}" for n in range(40_000)) + ">",
    "end tags": "</p>" * 60_000,
    "growth by entities": "<p title='" + '"' * 200_000 + "'>",
    "growth by rel": "<a>" * 4_999,
    "a long attribute to copy": f"<p><b title='{'x' * 200_000}'>" + "<p>x" * 4_000,
    "a long link to copy": f"<p><a href='/{'x' * 8_000}'><table><td><a></a></table>"
    + "<p>x" * 4_000,
    "marks by style, nested": "<span style='font-weight:bold;font-style:italic'><p>" * 240,
    "annotations never closed": "<ruby>" * 20 + "<b><rt>" * 2_400,
}
NEVER_CLOSED = {
    "a comment never closed": "<!--" * 60_000,
    "tags never closed": "<a " * 4_999,
    "quotes never closed": "<a x='" * 2_500 + '<a x="' * 2_499,
    "raw text never closed": "<xmp></xm" * 4_999,
}
ACCEPTED = {
    "angle brackets": "<" * 60_000,
    "comments": "<!>" * 80_000,
    "list items": "".join(f"<li title={n}>" for n in range(5_000)),
    "end tags in a deep tree": "<div>" * 200 + "<p>x</h1>" * 4_700,
    "formatting in each paragraph": "<p>" + "<b>" * 15 + "<p>x" * 1_000,
    "foster parenting": "<table>" + "<br>" * 2_400 + "</p>" * 2_400,
    "distinct styles": "".join(f"<p style='font-weight:bold;x:{n}'>x</p>" for n in range(2_400)),
    "one long style": f"<p style='font-weight:bold;{'x:y;' * 60_000}'>x</p>",
    "markers deep inside": "<p style='mso-list:l0 level1 lfo1'>"
    + "<i>" * 15
    + "<span style=mso-list:Ignore>1.</span>" * 2_000,
    "items of Word": "<p style='mso-list:l0 level9 lfo1'>x<p style='mso-list:l0 level1 lfo1'>y"
    * 800,
    "items of Quill": "<ol>"
    + "<li data-list=bullet class=ql-indent-9>x<li data-list=ordered>y" * 900,
    "boxes": "<li>" + "<input type=checkbox>" * 4_900,
    "boxes in labels": "<li>" + "<label><input type=checkbox>" * 240,
    "ids and links to them": "".join(f"<p id=a{n}><a href=#a{n}>x</a>" for n in range(1_600)),
    "an open tag in the prefix": "<a href=# id=x>" + "&lt;a " * 40_000,
    "players": "<video src=/x></video>" * 2_400,
    "images": "<img src=/x.jpg alt=x width=1 height=1 loading=lazy>" * 4_000,
}


@pytest.mark.attack("H8")
@pytest.mark.parametrize("markup", TOO_COSTLY.values(), ids=TOO_COSTLY)
def test_costly_markup_is_dealt_with_in_a_tenth_of_a_second(markup: str) -> None:
    assert takes_less_than(0.1, markup)
    with pytest.raises(ValueError, match=REFUSALS):
        clean(markup)


@pytest.mark.attack("H8")
@pytest.mark.parametrize("markup", NEVER_CLOSED.values(), ids=NEVER_CLOSED)
def test_what_is_never_closed_is_gone_in_a_tenth_of_a_second(markup: str) -> None:
    assert clean(markup) == ""
    assert takes_less_than(0.1, markup)


@pytest.mark.attack("H8")
@pytest.mark.parametrize("markup", ACCEPTED.values(), ids=ACCEPTED)
def test_what_is_accepted_takes_bounded_time(markup: str) -> None:
    clean(markup)
    assert takes_less_than(0.3, markup)


@pytest.mark.attack("H8")
def test_5_000_ordinary_elements_pass() -> None:
    markup = "<p>one <b>two</b> <i>three</i></p><hr><br>" * 1_000
    assert clean(markup) == markup


@pytest.mark.attack("H8")
def test_5_001_tags_are_refused() -> None:
    with pytest.raises(ValueError, match="at most 5000 tags"):
        html.check("<p>" * 5_001, LIMIT)


@pytest.mark.attack("H8")
def test_more_end_tags_than_start_tags_can_need_are_refused() -> None:
    with pytest.raises(ValueError, match="at most 5000 tags"):
        html.check("</p>" * 5_001, LIMIT)


@pytest.mark.attack("H8")
def test_comparisons_in_prose_are_no_tags() -> None:
    html.check("1 < 2 " * 10_000, LIMIT)


@pytest.mark.attack("H8")
def test_list_items_and_cells_need_no_end_tags() -> None:
    rows = "<tr><th>a<td><p>b<p>c</p>" * 300
    clean(f"<ul>{'<li>a<p>b' * 1_000}</ul><table>{rows}</table>{'<p>a <b>b</b>' * 500}")


@pytest.mark.attack("H8")
def test_formatting_left_open_time_and_again_is_repaired() -> None:
    assert text(clean("<p><b>a</p>" * 100)) == "a" * 100


# H10

ORDINARY = {
    "headings": "".join(f"<h{n}>Heading {n}</h{n}>" for n in range(1, 7)),
    "text": "<p>A<br>b <strong>c</strong> <b>d</b> <em>e</em> <i>f</i> <u>g</u> <s>h</s></p><hr>",
    "marks": "<p><mark>a</mark><sub>b</sub><sup>c</sup><small>d</small><abbr title='E'>e</abbr></p>",
    "phrases": "<p><cite>a</cite><q>b</q><dfn>c</dfn><kbd>d</kbd><samp>e</samp><var>f</var></p>",
    "edits": "<p><del datetime='2024-01-01'>a</del><ins datetime='2024-01-01T10:00Z'>b</ins></p>",
    "time": "<p><time datetime='2024-05-01T10:00:00+02:00'>May</time></p>",
    "quotation": "<blockquote><p>a</p><p>b</p></blockquote>",
    "languages": "<p lang='de-CH'>a <span lang='ar' dir='rtl'>b</span></p>",
    "code": "<pre><code class='language-c++'>if (a &lt; b &amp;&amp; c) {\n\treturn;\n}\n</code></pre>",
    "lists": "<ul><li><p>a</p><ul><li><p>b</p></li></ul></li></ul>",
    "ordered": "<ol start='3' type='a' reversed=''><li value='7'>a</li></ol>",
    "definitions": "<dl><dt>a</dt><dd>b</dd><dd>c</dd></dl>",
    "tasks": "<ul data-type='taskList'><li data-type='taskItem' data-checked='true'><p>a</p></li></ul>",
    "table": (
        "<table><caption>a</caption><colgroup><col span='2'><col></colgroup><thead><tr>"
        "<th colspan='2' scope='col'>b</th></tr></thead><tbody><tr><td rowspan='2'><p>c</p></td>"
        "</tr></tbody><tfoot><tr><td>d</td></tr></tfoot></table>"
    ),
    "figure": (
        "<figure><img src='https://cdn.example.com/a.jpg?w=8&amp;h=6' alt='A &lt; \"b\"' title='t' "
        "width='800' height='600' loading='lazy'><figcaption>a</figcaption></figure>"
    ),
    "details": "<details open=''><summary>a</summary><div data-type='detailsContent'><p>b</p></div></details>",
    "links": "<p><a href='/a' hreflang='de' title='t' rel='noopener noreferrer'>a <b>b</b></a></p>",
    "scripts of the world": "<p>Zürich 東京 مرحبا हिन्दी 👩‍👩‍👧 a&nbsp;b\u200c\u00ad</p>",
}


@pytest.mark.attack("H10")
@pytest.mark.parametrize("markup", ORDINARY.values(), ids=ORDINARY)
def test_ordinary_rich_text_comes_through_unharmed(markup: str) -> None:
    assert shape(article(clean(markup))) == shape(article(markup))


@pytest.mark.attack("H10")
def test_a_code_block_keeps_its_language_among_other_classes() -> None:
    cleaned = clean("<pre><code class='hljs language-js x'>a</code></pre>")
    assert cleaned == '<pre><code class="language-js">a</code></pre>'


@pytest.mark.attack("H10")
def test_a_task_list_of_tiptap_keeps_its_state_without_form_controls() -> None:
    markup = (
        '<ul data-type="taskList"><li data-type="taskItem" data-checked="true"><label>'
        '<input type="checkbox" checked><span></span></label><div><p>a</p></div></li></ul>'
    )
    assert clean(markup) == (
        '<ul data-type="taskList"><li data-type="taskItem" data-checked="true">'
        "<span></span><div><p>a</p></div></li></ul>"
    )


@pytest.mark.attack("H10")
def test_misnested_formatting_still_means_the_same() -> None:
    assert clean("<p>a<b>b<i>c</b>d</i></p>") == "<p>a<b>b<i>c</i></b><i>d</i></p>"


# Limits and types


def test_the_result_is_marked_as_safe() -> None:
    assert isinstance(html.clean("<p>a</p>", LIMIT), html.SafeHtml)


def test_nothing_but_cleaned_html_can_be_stored() -> None:
    column, dialect = Html(), postgresql.dialect()

    assert column.process_bind_param(html.clean("<p>a</p>", LIMIT), dialect) == "<p>a</p>"
    with pytest.raises(TypeError, match="sanitised"):
        column.process_bind_param("<p>a</p>", dialect)


def test_the_limit_counts_bytes_of_utf_8() -> None:
    html.check("é" * 5, 10)
    with pytest.raises(html.HtmlTooLarge, match="at most 9 bytes"):
        html.check("é" * 5, 9)


def test_a_result_that_outgrows_the_limit_is_refused() -> None:
    with pytest.raises(html.HtmlTooLarge):
        html.clean("a < b", 6)


@pytest.mark.parametrize("character", ["\0", "a\ud800", "\udfff"])
def test_what_cannot_be_stored_is_a_value_error(character: str) -> None:
    with pytest.raises(ValueError, match="lone surrogates"):
        clean(f"a{character}b")


def test_control_characters_become_spaces() -> None:
    assert clean("a\x01b&#2;c\x0cd\te\nf") == "a b c d\te\nf"


def test_an_end_of_line_is_a_line_feed() -> None:
    assert clean("a\r\nb\rc&#13;d") == "a\nb\nc\nd"


def test_an_empty_text_stays_empty() -> None:
    assert clean("") == ""


async def test_the_event_loop_runs_while_html_is_cleaned() -> None:
    cleaned: list[html.SafeHtml] = []
    turns = 0

    async def clean_table() -> None:
        cleaned.append(await html.clean_html(ORDINARY["table"] * 100, LIMIT))

    async with anyio.create_task_group() as group:
        group.start_soon(clean_table)
        while not cleaned:
            await anyio.lowlevel.checkpoint()
            turns += 1
    assert turns > 10


# More than is cleaned without a thread.
MANY = "<p onclick=x>a" * 500


def test_each_event_loop_cleans_with_a_limiter_of_its_own() -> None:
    async def clean_many() -> set[str]:
        results: set[str] = set()

        async def clean_one() -> None:
            results.add(await html.clean_html(MANY, LIMIT))

        async with anyio.create_task_group() as group:
            for _ in range(20):
                group.start_soon(clean_one)
        return results

    assert anyio.run(clean_many) == {clean(MANY)}
    assert anyio.run(clean_many) == {clean(MANY)}
