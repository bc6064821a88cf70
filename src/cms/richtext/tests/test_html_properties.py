"""What must hold of the sanitiser for every input, tried on generated ones."""

from contextlib import suppress

from hypothesis import HealthCheck, given, settings

from cms.richtext.nesting import HtmlTooComplex
from cms.richtext.tests.generated import markup
from cms.richtext.tests.judge import assert_allowed, assert_bleach_agrees, clean

properties = settings(
    max_examples=600, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow]
)


@properties
@given(markup)
def test_h3_generated_markup_becomes_allowed_elements_in_one_article(markup: str) -> None:
    with suppress(HtmlTooComplex):
        assert_allowed(clean(markup))


@properties
@given(markup)
def test_h6_cleaning_generated_markup_again_changes_nothing(markup: str) -> None:
    with suppress(HtmlTooComplex):
        once = clean(markup)
        assert clean(once) == once


@properties
@given(markup)
def test_h7_bleach_finds_nothing_to_remove_from_cleaned_markup(markup: str) -> None:
    with suppress(HtmlTooComplex):
        assert_bleach_agrees(clean(markup))
