import re
from html import unescape

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from cms.richtext.links import MAX_URL_LENGTH, ContactLink, HttpLink, link_problem
from cms.richtext.tests.hostile import DANGEROUS_URLS, REFUSED_URLS
from cms.richtext.tests.judge import failures

WEB_LINKS = [
    "https://www.example.com",
    "https://www.example.com/a/b?c=d&e[]=f#g",
    "HTTPS://WWW.EXAMPLE.COM/",
    "http://localhost:5173/",
    "http://127.0.0.1:65535",
    "https://[2001:db8::1]:8443/x",
    "https://de.wikipedia.org/wiki/Zürich",
    "https://münchen.example/straße",
    "https://xn--mnchen-3ya.example/",
    "https://ja.wikipedia.org/wiki/東京",
    "https://हिन्दी.example/",
    "https://social.example/@user",
    "https://my_app.example.com/a:b/(c)/~d/100%",
    "https://example.com?next=https://other.example/",
    "https://example.com#@",
    "/",
    "/images/logo.svg?v=2#x",
    "/a//b",
    "/@user:x",
]
MAIL_LINKS = ["mailto:hello@example.com", "MAILTO:a@example.com,b@example.com?subject=Hi%20there"]

http_link: TypeAdapter[str] = TypeAdapter(HttpLink)
contact_link: TypeAdapter[str] = TypeAdapter(ContactLink)


@pytest.mark.parametrize("url", WEB_LINKS)
def test_web_urls_and_root_relative_paths_are_taken_as_they_are(url: str) -> None:
    assert http_link.validate_python(url) == url
    assert contact_link.validate_python(url) == url


@pytest.mark.attack("U1")
@pytest.mark.parametrize("adapter", [http_link, contact_link])
def test_every_other_url_is_refused(adapter: TypeAdapter[str]) -> None:
    def is_refused(url: str) -> None:
        with pytest.raises(ValidationError):
            adapter.validate_python(unescape(url))

    assert failures([*REFUSED_URLS, *DANGEROUS_URLS], is_refused) == {}


def test_a_field_takes_no_url_that_has_to_be_encoded_first() -> None:
    for url in ("/files/Price list.pdf", "mailto:a@b.example?subject=Hello there", " /about"):
        assert link_problem(url, schemes=frozenset({"https", "mailto"})) is not None


@pytest.mark.parametrize("url", MAIL_LINKS)
def test_mail_addresses_are_for_contacts_only(url: str) -> None:
    assert contact_link.validate_python(url) == url
    with pytest.raises(ValidationError):
        http_link.validate_python(url)


@pytest.mark.parametrize("url", ["tel:+41446681800", "#top"])
def test_phone_numbers_and_anchors_are_for_rich_text_only(url: str) -> None:
    with pytest.raises(ValidationError):
        contact_link.validate_python(url)
    assert link_problem(url, schemes=frozenset({"tel"}), fragments=True) is None


HIDING = [
    *("\0", "\x01", "\t", "\n", "\r", " ", "\x7f", "\x85", "\xa0", "\xad", "\u1680", "\u180e"),
    *("\u200b", "\u200e", "\u2028", "\u202e", "\u2066", "\u3000", "\ud800", "\ufeff"),
    *("\ufff9", "\U000e0001", "\\", "<", ">", '"', "`"),
]


@pytest.mark.attack("U1")
@pytest.mark.parametrize(
    "place", ["{}https://example.com", "https://example.com/{}", "/{}", "/x{}"]
)
def test_no_character_that_hides_or_ends_a_url_is_taken(place: str) -> None:
    assert link_problem(place.format("x")) is None or place.startswith("{")
    assert [each for each in HIDING if link_problem(place.format(each)) is None] == []


@pytest.mark.attack("U1")
@pytest.mark.parametrize("filler", ["\u115f", "\u1160", "\u3164", "\u034f", "\ufe0f", "\U000e0100"])
def test_no_invisible_letter_hides_an_address_in_a_host(filler: str) -> None:
    assert link_problem(f"https://0x7f{filler}/") is not None


@pytest.mark.attack("U1")
@pytest.mark.parametrize("label", ["xn--", "xn--a", "xn--example-", "xn--\u00e9", "xn--0x7f-4v3b"])
def test_punycode_that_stands_for_no_name_is_refused(label: str) -> None:
    assert link_problem(f"https://{label}.example/") is not None


@pytest.mark.attack("U2")
def test_2_048_characters_are_taken_and_one_more_is_not() -> None:
    url = "https://example.com/".ljust(MAX_URL_LENGTH, "x")
    assert http_link.validate_python(url) == url
    with pytest.raises(ValidationError):
        http_link.validate_python(url + "x")


def test_a_long_hostile_url_is_refused_in_no_time() -> None:
    for piece in ("https://" + "a@" * 1020, "mailto:" + "a,@" * 680, "https://" + "a." * 1020):
        assert link_problem(piece, schemes=frozenset({"https", "mailto"})) is not None


@pytest.mark.parametrize(
    "url", ["javascript:secret", "//secret", "https://secret@x", "https://x\\secret"]
)
def test_the_problem_never_repeats_the_url(url: str) -> None:
    assert "secret" not in (link_problem(url) or "secret")


@pytest.mark.parametrize("adapter", [http_link, contact_link])
def test_the_schema_describes_what_is_taken(adapter: TypeAdapter[str]) -> None:
    schema = adapter.json_schema()
    assert schema["maxLength"] == MAX_URL_LENGTH
    for url in [*WEB_LINKS, *schema["examples"]]:
        assert re.search(schema["pattern"], url)
        assert adapter.validate_python(url) == url
    for url in ("javascript:alert(1)", "//evil.example", "/\\evil.example", "https://a@b/", "x"):
        assert not re.search(schema["pattern"], url)


def test_an_optional_link_may_be_null() -> None:
    class Model(BaseModel):
        link: HttpLink | None = None

    assert Model(link=None).link is None
    assert Model.model_json_schema()["properties"]["link"]["anyOf"][1] == {"type": "null"}
