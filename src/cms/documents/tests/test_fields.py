from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ConfigDict, TypeAdapter

from cms.documents.fields import (
    SLUG_LENGTH,
    Slug,
    numbered_slug,
    require_slug,
    slug_from,
)
from cms.kernel import NotFound


def parse(annotation: object, value: object) -> Any:
    return TypeAdapter(annotation, config=ConfigDict(strict=True)).validate_python(value)


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Über uns", "uber-uns"),
        ("Ærøskøbing & Þórshöfn", "aeroskobing-thorshofn"),
        ("Straße", "strasse"),
        ("İstanbul", "istanbul"),
        ("Привет, мир", "privet-mir"),
        ("北京", "bei-jing"),
        ("ﬁne ½", "fine-1-2"),
        ("1,000 things", "1000-things"),
        ("100 %", "100"),
        ("snake_case", "snake-case"),
        ("--a--b--", "a-b"),
        ("🎉 party 🎉", "party"),
        ("🎉", "untitled"),
        ("-", "untitled"),
        ("", "untitled"),
    ],
)
def test_a_title_is_transliterated(title: str, slug: str) -> None:
    assert slug_from(title) == slug


def test_a_long_title_is_cut_between_words() -> None:
    assert slug_from("lorem " * 40) == "-".join(["lorem"] * 33)


def test_a_long_word_is_cut_where_it_must_be() -> None:
    assert slug_from("ß" * 200) == "s" * 200


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=SLUG_LENGTH))
def test_any_title_makes_a_slug_that_may_be_stored(title: str) -> None:
    assert parse(Slug, slug_from(title))


@settings(max_examples=50, deadline=None)
@given(st.from_regex(r"\A[a-z0-9]+(-[a-z0-9]+)*\Z"), st.integers(2, 10_000))
def test_a_numbered_slug_may_be_stored_and_ends_in_its_number(slug: str, number: int) -> None:
    numbered = numbered_slug(slug[:SLUG_LENGTH].rstrip("-"), number)

    assert parse(Slug, numbered)
    assert numbered.endswith(f"-{number}")


def test_a_numbered_slug_is_cut_to_make_room() -> None:
    assert numbered_slug("news", 2) == "news-2"
    assert numbered_slug("x" * 200, 2) == "x" * 198 + "-2"
    assert numbered_slug("x" * 200, 10) == "x" * 197 + "-10"
    assert numbered_slug("x" * 197 + "-yy", 2) == "x" * 197 + "-2"


@pytest.mark.attack("I17")
@pytest.mark.parametrize("slug", ["", "a\n", "a\0", "a--b", "A", "x" * 201])
def test_what_no_document_can_be_called_is_not_looked_for(slug: str) -> None:
    with pytest.raises(NotFound):
        require_slug(slug)
