"""The receipt of what cleaning took away."""

import pytest
from hypothesis import HealthCheck, given, settings

from cms.richtext import sanitiser as html
from cms.richtext.nesting import HtmlTooComplex
from cms.richtext.tests.allowed import EMBED_HOST
from cms.richtext.tests.generated import markup
from cms.richtext.tests.judge import LIMIT, elements


def receipt(markup: str) -> list[tuple[str, str, int]]:
    _, removed = html.clean_and_tell(markup, LIMIT)
    return [(each.kind, each.name, each.count) for each in removed]


@pytest.mark.parametrize(
    ("markup", "removed"),
    [
        ("<p onclick=x>a</p><p ONCLICK='y'>b</p>", [("attribute", "onclick", 2)]),
        ("<a href='javascript:x' target=_blank>a</a>", [("url", "href", 1), ("attribute", "target", 1)]),
        ("<img src=data:x alt=y>", [("url", "src", 1)]),
        ("a<script>x</script><SCRIPT>y</SCRIPT>", [("element", "script", 2)]),
        ("<form><p class=x><b onclick=y>c</form><x-y>d</x-y>", [("element", "form", 1), ("element", "x-y", 1)]),
        ("<object><object></object><i>a</i></object><blink>", [("element", "object", 1), ("element", "blink", 1)]),
        ("<object><object></object><x-y></object>", [("element", "object", 1)]),
        ("<svg><a onclick=x></svg><math/><meta><style>p</style>", [("element", "svg", 1), ("element", "math", 1), ("element", "meta", 1), ("element", "style", 1)]),
        ("<p style='color:red;font-weight:bold'>", [("attribute", "style", 1)]),
        ("<p class='intro'>", [("attribute", "class", 1)]),
        ("<iframe src=https://a.example/></iframe>", [("element", "iframe", 1)]),
        ("<video>No.</video><video src=/x>No.</video>", [("element", "video", 1)]),
        ("<form>never closed <b>x", [("element", "form", 1)]),
        ("<input name=a><button>b</button>", [("element", "input", 1), ("element", "button", 1)]),
        ("<a rel=nofollow href=/x>a</a>", [("attribute", "rel", 1)]),
        ("<p title='<i onclick=x>' onclick='>'><!-- <script> --></p>", [("attribute", "onclick", 1)]),
    ],
)  # fmt: skip
def test_the_receipt_names_what_is_gone(markup: str, removed: list[tuple[str, str, int]]) -> None:
    assert receipt(markup) == removed


@pytest.mark.parametrize(
    "markup",
    [
        "<h2 id=a>b</h2><a href='/Price list.pdf' name=c>d</a><a href='#a'>e</a>",
        "<section><strike>a</strike><tt>b</tt></section><!-- c -->",
        "<b style='font-weight:normal'><span style='font-weight:700;font-style:italic'>a</span></b>",
        "<ul class='todo-list'><li><label class='todo-list__label'><input type=checkbox checked></label>",
        "<ol><li data-list=checked class='ql-indent-1'><span class='ql-ui'></span>a</ol>",
        "<p class=MsoListParagraph style='mso-list:l0 level1 lfo1'>a",
        "<ruby>a<rt>b</ruby><video><source src=/x>No.</video>",
        "<a href=/x href=javascript:y>a</a>",
        "<p>a < b &amp; c</p><img src=/x alt='<script>'>",
    ],
)
def test_what_is_kept_or_translated_is_no_removal(markup: str) -> None:
    assert receipt(markup) == []


def test_of_an_embed_that_is_kept_the_receipt_tells_what_it_asked_for() -> None:
    html.allow_embeds([EMBED_HOST])
    try:
        src = f"src=https://{EMBED_HOST}/x"
        assert receipt(f"<iframe {src} width=9 allowfullscreen title=x></iframe>") == []
        assert receipt(f"<iframe {src} allow=camera></iframe>") == [("attribute", "allow", 1)]
        assert receipt("<iframe src=https://a.example/>") == [("element", "iframe", 1)]
    finally:
        html.allow_embeds([])


def test_the_receipt_comes_with_what_clean_returns() -> None:
    markup = "<p onclick=x>a</p>"
    assert html.clean_and_tell(markup, LIMIT)[0] == html.clean(markup, LIMIT)


async def test_it_comes_off_the_event_loop_where_there_is_much() -> None:
    cleaned, removed = await html.clean_html_and_tell("<p onclick=x>a</p>" * 500, LIMIT)
    assert cleaned == "<p>a</p>" * 500
    assert removed == [html.Removal("attribute", "onclick", 500)]


@settings(
    max_examples=300, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow]
)
@given(markup)
def test_a_link_that_lost_its_address_is_told_and_of_what_is_clean_nothing(markup: str) -> None:
    given_ = f'<p><a href="javascript:{"x"}">a</a></p>{markup}'
    try:
        cleaned, removed = html.clean_and_tell(given_, LIMIT)
    except HtmlTooComplex:
        return
    assert [*elements(cleaned)][1] == ("a", {"rel": "noopener noreferrer"})
    assert "href" in {each.name for each in removed if each.kind == "url"}
    assert receipt(cleaned) == []
