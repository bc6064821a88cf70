"""URLs in rich text against what the WHATWG URL Standard says of them."""

import re
from html import unescape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cms.richtext.tests.allowed import LINK, SOURCE
from cms.richtext.tests.hostile import DANGEROUS_URLS
from cms.richtext.tests.judge import clean
from cms.richtext.urls import MAX_LENGTH, browser_url

ALL = frozenset({"http", "https", "mailto", "tel"})


def link(url: str) -> str | None:
    return browser_url(url, schemes=ALL, fragments=True)


READ = [
    ("/files/Price list.pdf", "/files/Price%20list.pdf"),
    ("mailto:a@b.example?subject=Hello there", "mailto:a@b.example?subject=Hello%20there"),
    (" \x00\x1f /a \x01", "/a"),
    ("/a\tb\r\nc", "/abc"),
    ("https://a.example/ü?ü#ü", "https://a.example/%C3%BC?%C3%BC#%C3%BC"),
    ("https://münchen.example/", "https://münchen.example/"),
    ("HTTPS://A.example/\"<>`{}'^|", "HTTPS://A.example/%22%3C%3E%60%7B%7D'^|"),
    ("/?\"<>'{}`", "/?%22%3C%3E%27{}%60"),
    ("/#\"<>`{}'", "/#%22%3C%3E%60{}'"),
    ("/a\\b?c\\d", "/a/b?c%5Cd"),
    ("https://a.example/x\\y", "https://a.example/x/y"),
    ("/100%", "/100%"),
    ("/%41%zz", "/%41%zz"),
    ("/a b?c d#e f", "/a%20b?c%20d#e%20f"),
    ("about.html", "about.html"),
    ("about/us now.html", "about/us%20now.html"),
    ("../a:b", "../a:b"),
    ("?page=2", "?page=2"),
    ("#a b", "#a%20b"),
    ("mailto: a@b.example", "mailto:a@b.example"),
    ("mailto:a@b.example, c@d.example", "mailto:a@b.example,c@d.example"),
    (
        "mailto:?subject=Look&body=https://a.example/",
        "mailto:?subject=Look&body=https://a.example/",
    ),
    ("tel:+41 44 668 18 00", "tel:+41446681800"),
    ("tel:044/668%2018%2000", "tel:0446681800"),
]


@pytest.mark.parametrize(("url", "stored"), READ)
def test_a_url_is_read_and_written_as_browsers_do(url: str, stored: str) -> None:
    assert link(url) == stored
    assert link(stored) == stored


def test_no_dangerous_url_is_read() -> None:
    # nh3 has a reader of its own, which knows some of them.
    assert [url for url in map(unescape, DANGEROUS_URLS) if link(url) is not None] == []


def test_the_rich_text_of_an_editor_keeps_its_links() -> None:
    assert clean('<a href="/files/Price list.pdf">x</a><img src="/my photo.jpg">') == (
        '<a href="/files/Price%20list.pdf" rel="noopener noreferrer">x</a><img src="/my%20photo.jpg">'
    )


def test_an_image_takes_no_scheme_and_no_fragment_that_only_links_have() -> None:
    for url in ("mailto:a@b.example", "tel:+41446681800", "#a"):
        assert browser_url(url) is None


def test_a_long_url_is_taken_up_to_the_limit() -> None:
    assert link("/".ljust(MAX_LENGTH, "x"))
    assert link("/".ljust(MAX_LENGTH + 1, "x")) is None
    assert link("/".ljust(MAX_LENGTH // 3, "\u20ac")) is None


# Mostly what a URL is made of, in any order.
_pieces = st.sampled_from([
    "http", "https", "javascript", "mailto", "tel", ":", "/", "//", "\\", "@", "a.example", "?",
    "#", "%3A", "%", " ", "\t", "\n", "\x01", '"', "<", ">", "`", "'", "ü", "\uff1a", "\u202e",
    "x", "1",
])  # fmt: skip
_urls = st.lists(_pieces, max_size=10).map("".join)


@settings(max_examples=2_000, deadline=None, database=None)
@given(_urls | st.sampled_from(DANGEROUS_URLS) | st.text(max_size=20))
def test_whatever_is_taken_is_settled_and_safe(url: str) -> None:
    for stored, pattern in ((link(url), LINK), (browser_url(url), SOURCE)):
        if stored is not None:
            assert re.fullmatch(pattern, stored)
            assert browser_url(stored, schemes=ALL, fragments=True) == stored
