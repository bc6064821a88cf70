"""Embeds: an <iframe> of a host in EMBED_HOSTS, and of no other."""

from collections.abc import Iterator

import pytest

from cms.kernel.config import Settings
from cms.main import assemble
from cms.richtext import sanitiser as html
from cms.richtext.policy import ELEMENTS, SANDBOX, allow_list
from cms.richtext.tests.allowed import ALLOWED, EMBED_HOST
from cms.richtext.tests.judge import article, clean, shape
from tests.fixtures import make_settings

SRC = f"https://{EMBED_HOST}/embed/x?start=1"
STORED = (
    f'<iframe src="{SRC}" width="560" height="315" title="A film" allowfullscreen="" '
    f'sandbox="{SANDBOX}" loading="lazy"></iframe>'
)


@pytest.fixture
def embedding() -> Iterator[None]:
    html.allow_embeds([EMBED_HOST])
    yield
    html.allow_embeds([])


def settings(hosts: str) -> Settings:
    return make_settings("postgresql://db/cms", embed_hosts=hosts)


def test_without_the_setting_no_embed_is_kept() -> None:
    assert clean(f"<p>a</p>{STORED}<p>b</p>") == "<p>a</p><p>b</p>"


def test_an_embed_of_a_host_in_the_setting_is_kept_in_a_sandbox(embedding: None) -> None:
    given = (
        f'<p>a</p><iframe width="560" height="315" src="{SRC}" title="A film" frameborder="0" '
        'allow="autoplay" allowfullscreen>Fallback</iframe><p>b</p>'
    )
    once = clean(given)
    assert shape(article(once)) == shape(article(f"<p>a</p>{STORED}<p>b</p>"))
    assert clean(once) == once


def test_an_embed_stays_where_it_is_among_what_is_translated(embedding: None) -> None:
    once = clean(f"<section>{STORED}</section><strike>a</strike>")
    assert shape(article(once)) == shape(article(f"<div>{STORED}</div><s>a</s>"))


def test_text_after_an_embed_that_is_never_closed_goes_with_it(embedding: None) -> None:
    assert clean(f"<p>a</p><iframe src={SRC}><p>b</p>").count("<p>") == 1


def test_the_setting_reaches_the_sanitiser() -> None:
    try:
        assemble(settings(f"player.vimeo.com, {EMBED_HOST.upper()}"))
        assert "<iframe" in clean(STORED)
        assemble(settings(""))
        assert "<iframe" not in clean(STORED)
    finally:
        html.allow_embeds([])


@pytest.mark.parametrize(
    "host",
    ["https://a.example", "a.example/x", "*.a.example", "a.example:443", "localhost", "a..b"],
)
def test_what_is_no_host_name_is_refused(host: str) -> None:
    with pytest.raises(ValueError, match="give it as in"):
        settings(host)


def test_the_allow_list_can_be_read_as_a_table() -> None:
    table = allow_list()
    assert table.keys() == ELEMENTS.keys() == ALLOWED.keys()
    assert table["ol"]["type"] == "[1aAiI]"
    assert table["p"].keys() == {"dir", "id", "lang", "title"}
    assert all(values for rules in table.values() for values in rules.values())
