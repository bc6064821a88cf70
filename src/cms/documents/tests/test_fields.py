from typing import Annotated, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ConfigDict, TypeAdapter, ValidationError

from cms.documents.fields import (
    SLUG_LENGTH,
    LongText,
    ShortText,
    Slug,
    Title,
    numbered_slug,
    slug_from,
)
from cms.documents.text import PlainText
from cms.kernel.errors import Invalid
from cms.kernel.schema import Digits, Payload
from cms.richtext import BodyHtml, RichText, SafeHtml, sanitised_values


def parse(annotation: object, value: object) -> Any:
    return TypeAdapter(annotation, config=ConfigDict(strict=True)).validate_python(value)


class Greeting(Payload):
    text: PlainText = "hello"
    times: int = 1


@pytest.mark.parametrize(
    ("annotation", "longest"), [(Title, 200), (ShortText, 200), (LongText, 1000)]
)
def test_text_is_measured_in_characters_after_trimming(annotation: object, longest: int) -> None:
    text = "🎉" * longest

    assert parse(annotation, f"  {text}\n") == text
    with pytest.raises(ValidationError):
        parse(annotation, text + "x")


def test_a_title_is_not_empty() -> None:
    for empty in ("", " ", "\u00a0\u2003\t\n"):
        with pytest.raises(ValidationError):
            parse(Title, empty)


def test_other_text_may_be_empty() -> None:
    assert parse(ShortText, " ") == parse(LongText, "\u200b") == ""


@pytest.mark.parametrize("annotation", [PlainText, Title, LongText, Slug, BodyHtml])
@pytest.mark.parametrize("text", ["\0", "a\0b", "\ud800", "a\udfff"], ids=ascii)
def test_text_that_cannot_be_stored_is_refused(annotation: object, text: str) -> None:
    with pytest.raises(ValidationError):
        parse(annotation, text)


@pytest.mark.parametrize("annotation", [PlainText, Title, LongText, Slug, BodyHtml])
@pytest.mark.parametrize("value", [None, True, 5, 1.5, b"x", ["x"], {"x": "x"}])
def test_nothing_but_text_is_text(annotation: object, value: object) -> None:
    with pytest.raises(ValidationError):
        parse(annotation, value)


@pytest.mark.parametrize("text", ["<b>", "&amp;", "a\u200bb", "\u202eabc", "a\nb"])
def test_plain_text_is_kept_as_it_is(text: str) -> None:
    assert parse(PlainText, text) == text


@pytest.mark.parametrize("slug", ["a", "7", "about-us", "a-1-b", "x" * 200])
def test_a_slug_is_words_joined_by_hyphens(slug: str) -> None:
    assert parse(Slug, slug) == slug


@pytest.mark.parametrize(
    "slug",
    [
        "",
        "-",
        "-a",
        "a-",
        "a--b",
        "A",
        "ä",
        "a b",
        " a",
        "a\n",
        "a_b",
        "a.b",
        "a/b",
        "١",
        "x" * 201,
    ],
)
def test_anything_else_is_no_slug(slug: str) -> None:
    with pytest.raises(ValidationError):
        parse(Slug, slug)


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


@pytest.mark.parametrize("digits", ["0", "7", "42", str(2**63)])
def test_digits_are_a_number(digits: str) -> None:
    assert TypeAdapter(Annotated[int, Digits]).validate_python(digits) == int(digits)


@pytest.mark.parametrize(
    "spelling",
    ["", " 1", "1 ", "+1", "-1", "1_0", "1.0", "1e3", "0x1", "١", "²", "x", "9" * 20, "9" * 5000],
    ids=lambda spelling: ascii(spelling)[:20],
)
def test_any_other_spelling_is_no_number(spelling: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Annotated[int, Digits]).validate_python(spelling)


def test_a_payload_takes_no_field_that_it_does_not_know() -> None:
    with pytest.raises(ValidationError):
        Greeting.model_validate_json('{"text": "hello", "other": null}')


@pytest.mark.parametrize("payload", ['{"text": 5}', '{"times": "5"}', '{"times": true}'])
def test_a_payload_turns_no_type_into_another(payload: str) -> None:
    with pytest.raises(ValidationError):
        Greeting.model_validate_json(payload)


@pytest.mark.parametrize("body", ["x" * 256 * 1024, "é" * 128 * 1024, "<p>x</p>" * 5000])
def test_a_body_within_its_limits_is_kept_for_cleaning(body: str) -> None:
    assert parse(BodyHtml, body) == body


@pytest.mark.parametrize(
    "body", ["x" * (256 * 1024 + 1), "é" * (128 * 1024 + 1), "<p>x</p>" * 5001]
)
def test_a_body_beyond_its_limits_is_refused(body: str) -> None:
    with pytest.raises(ValidationError):
        parse(BodyHtml, body)


class Footer(Payload):
    text: Annotated[str, RichText(100)]


async def test_rich_text_that_grows_over_its_limit_is_refused_by_name() -> None:
    with pytest.raises(Invalid) as refused:
        await sanitised_values(Footer(text="&" * 100))

    errors: Any = refused.value.extra["errors"]
    assert [error["loc"] for error in errors] == [["body", "text"]]


async def test_rich_text_comes_out_safe() -> None:
    values = await sanitised_values(Footer(text="<p onclick=x>Hi<script>x</script>"))

    assert values == {"text": "<p>Hi</p>"}
    assert isinstance(values["text"], SafeHtml)
