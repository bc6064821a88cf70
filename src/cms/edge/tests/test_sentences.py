from typing import Any

import pytest
from pydantic import ValidationError

from cms.edge.sentences import invalid
from cms.posts.schema import PostWrite
from cms.settings.schema import SettingsWrite


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({}, "This is required."),
        ({"title": "  "}, "This must not be empty."),
        ({"title": 5}, "This must be text."),
        ({"title": "x" * 201}, "This may have at most 200 characters; it has 201."),
        (
            {"title": "x", "slug": "Über uns"},
            "Use lower-case letters a to z, digits, and single hyphens between them.",
        ),
        ({"title": "x", "slug": "x" * 201}, "This may have at most 200 characters."),
        ({"title": "x", "tags": ["x"] * 33}, "This may have at most 32 entries; it has 33."),
        ({"title": "x", "tags": [""]}, "This must not be empty."),
        ({"title": "x", "tags": "x"}, "This must be a list."),
        ({"title": "x", "published": "yes"}, "This must be true or false."),
        (
            {"title": "x", "body": "x" * 300_000},
            "The HTML must have at most 262144 bytes in UTF-8.",
        ),
        ({"title": "x", "colour": 1}, "There is no such field."),
        ({"title": "x", "id": "1"}, "This must be a UUID."),
        ({"title": "x", "excerpt": "a\u0007"}, "Text must not hold control characters."),
        (
            {"title": "x", "updated_at": "now"},
            "Give the time as in 2026-02-01T16:05:12Z, with its offset from UTC.",
        ),
        (
            {"title": "x", "updated_at": "2026-02-30T00:00:00Z"},
            "This must be a time such as 2026-02-01T16:05:12Z.",
        ),
        (
            {"title": "x", "featured_image_url": "ftp://x"},
            "The URL must be absolute (http, https), or a path that starts with a slash.",
        ),
    ],
)
def test_an_editor_reads_what_is_wrong_in_one_sentence(
    values: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        PostWrite.model_validate(values)

    [error] = told(refused.value)
    assert error["msg"] == message


def test_a_fault_is_placed_within_the_body() -> None:
    links = {"Mastodon": "/x", "_": "/y"}
    with pytest.raises(ValidationError) as refused:
        SettingsWrite.model_validate({"site_name": "x", "social_links": links})

    [error] = told(refused.value)
    assert error["loc"][:3] == ["body", "social_links", "_"]
    assert error["msg"] == "Use letters, digits, spaces, and . & + ' ( ) - in between."


def told(error: ValidationError) -> list[dict[str, Any]]:
    errors: Any = invalid(error.errors(), "body").extra["errors"]
    return list(errors)
