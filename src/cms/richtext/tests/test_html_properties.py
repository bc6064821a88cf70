"""What must hold of the sanitiser for every input, tried on generated ones."""

from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings

from cms.richtext.nesting import HtmlTooComplex
from cms.richtext.tests.generated import markup
from cms.richtext.tests.judge import assert_allowed, assert_bleach_agrees, clean

properties = settings(
    max_examples=600, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow]
)


@pytest.mark.attack("H3")
@properties
@given(markup)
def test_generated_markup_becomes_allowed_elements_in_one_article(markup: str) -> None:
    with suppress(HtmlTooComplex):
        assert_allowed(clean(markup))


@pytest.mark.attack("H6")
@properties
@given(markup)
def test_cleaning_generated_markup_again_changes_nothing(markup: str) -> None:
    with suppress(HtmlTooComplex):
        once = clean(markup)
        assert clean(once) == once


@pytest.mark.attack("H7")
@properties
@given(markup)
def test_bleach_finds_nothing_to_remove_from_cleaned_markup(markup: str) -> None:
    with suppress(HtmlTooComplex):
        assert_bleach_agrees(clean(markup))
