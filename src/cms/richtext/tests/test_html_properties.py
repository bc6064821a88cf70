"""What must hold of the sanitiser for every input, tried on generated ones."""

from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings

from cms.richtext.nesting import HtmlTooComplex
from cms.richtext.tests.generated import markup
from cms.richtext.tests.judge import assert_allowed, assert_bleach_agrees, clean


@pytest.mark.attack("H3")
@pytest.mark.attack("H6")
@pytest.mark.attack("H7")
@settings(
    max_examples=600, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow]
)
@given(markup)
def test_generated_markup_becomes_allowed_elements_in_one_article_for_good(markup: str) -> None:
    with suppress(HtmlTooComplex):
        once = clean(markup)
        assert_allowed(once)
        assert clean(once) == once
        assert_bleach_agrees(once)
