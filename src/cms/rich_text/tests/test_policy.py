"""The published table of what is kept, from which editors are made."""

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis.strategies import fixed_dictionaries, from_regex

from cms.main import assemble
from cms.richtext.policy import Policy
from cms.richtext.tests.allowed import ALLOWED, EMBED_HOST
from cms.richtext.tests.judge import clean
from tests.fixtures import make_settings

_PATHS = assemble(make_settings("postgresql://db/cms")).app.openapi()["paths"]
TABLE: dict[str, Any] = _PATHS["/api/v1/rich-text/clean"]["post"]["x-rich-text"]
POLICY = Policy([EMBED_HOST])


def test_it_names_every_element_and_attribute_that_may_be_stored_and_no_other() -> None:
    put_there = TABLE["set"]

    assert {
        name: {*kept, *put_there.get(name, ())} for name, kept in TABLE["elements"].items()
    } == {name: {*kept} for name, kept in ALLOWED.items()}
    dropped = {*TABLE["dropped_with_content"]}
    assert not {*TABLE["elements"]} - {"iframe"} & dropped
    assert {
        name for name in ("script", "style", "svg", "q", "x-y") if not clean(f"<{name}>a</{name}>")
    } == ({"script", "style", "svg"} & dropped)
    assert (TABLE["max_bytes"], TABLE["max_tags"]) == (256 * 1024, 5_000)
    assert clean("<a href=/x>a</a>") == f'<a href="/x" rel="{put_there["a"]["rel"]}">a</a>'


PATTERNS = {
    values
    for kept in TABLE["elements"].values()
    for values in kept.values()
    if not values.startswith("<")
}


@settings(max_examples=20, deadline=None)
@given(
    fixed_dictionaries(
        {each: from_regex(re.compile(each, re.ASCII), fullmatch=True) for each in sorted(PATTERNS)}
    )
)
def test_what_it_says_of_a_value_is_what_is_kept(value_of: dict[str, str]) -> None:
    for element, kept in TABLE["elements"].items():
        for attribute in [name for name, values in kept.items() if values in PATTERNS]:
            value = value_of[kept[attribute]]
            assert POLICY.kept(element, attribute, value) == value
            assert POLICY.kept(element, attribute, f"\x01{value}") is None


@pytest.mark.parametrize("scheme", ["http", "https", "mailto", "tel", "ftp", "data", "javascript"])
def test_it_names_every_scheme_of_links_and_of_images(scheme: str) -> None:
    url = {"mailto": "mailto:a@b.example", "tel": "tel:+4640"}.get(scheme, f"{scheme}://a.example/")

    assert (POLICY.kept("a", "href", url) is not None) == (scheme in TABLE["link_schemes"])
    assert (POLICY.kept("img", "src", url) is not None) == (scheme in TABLE["source_schemes"])
