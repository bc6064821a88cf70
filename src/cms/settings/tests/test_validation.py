from typing import Any

import pytest
from httpx import AsyncClient

from cms.settings.tests.conftest import ReadRow

SETTINGS = "/api/v1/settings"
REFUSED: list[tuple[str, list[Any]]] = [
    ("site_name", ["", "   ", "x" * 201, None, 5, True, "a\0b"]),
    ("tagline", ["x" * 201, 5, True, "a\0b"]),
    (
        "logo_url",
        [
            "",
            "logo.svg",
            "//evil.example/logo.svg",
            "javascript:alert(1)",
            "data:image/svg+xml,x",
            "mailto:a@example.com",
            "https://user:secret@example.com/",
            5,
        ],
    ),
    (
        "footer_text",
        [
            None,
            5,
            "x" * (16 * 1024 + 1),
            "é" * (8 * 1024 + 1),
            "&" * (16 * 1024),
            "<p>" * 5001,
            "a\0b",
        ],
    ),
    (
        "social_links",
        [
            None,
            "https://example.com",
            ["https://example.com"],
            {"": "https://example.com"},
            {"  ": "https://example.com"},
            {"x" * 51: "https://example.com"},
            {"a\0b": "https://example.com"},
            {f"network-{n}": "/x" for n in range(33)},
            *(
                {"network": url}
                for url in [
                    None,
                    5,
                    "",
                    "example.com/@me",
                    "//example.com/@me",
                    "javascript:alert(1)",
                    "JAVASCRIPT:alert(1)",
                    "data:text/html,x",
                    "tel:+4612345",
                    "mailto:",
                    "mailto:nobody",
                    "https://user:secret@example.com/",
                    "https://example.com/a b",
                    "https://example.com/" + "x" * 2048,
                    ["https://example.com"],
                ]
            ),
        ],
    ),
]


def short(value: object) -> str:
    return repr(value)[:40]


@pytest.mark.parametrize(
    ("field", "value"),
    [(field, value) for field, values in REFUSED for value in values],
    ids=short,
)
async def test_a_value_against_the_rules_is_refused_by_name_and_not_repeated(
    editor: AsyncClient, read_row: ReadRow, field: str, value: Any
) -> None:
    before = await read_row()

    response = await editor.put(SETTINGS, json={"site_name": "Fine", field: value})

    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    assert {tuple(error["loc"][:2]) for error in response.json()["errors"]} == {("body", field)}
    for text in value.values() if isinstance(value, dict) else [value]:
        if isinstance(text, str) and len(text) > 7:
            assert text not in response.text
    assert await read_row() == before


async def test_a_name_is_needed(editor: AsyncClient) -> None:
    response = await editor.put(SETTINGS, json={})

    assert response.status_code == 422
    assert [error["loc"] for error in response.json()["errors"]] == [["body", "site_name"]]


@pytest.mark.attack("A12")
@pytest.mark.parametrize(
    "field", ["id", "slug", "published", "created_at", "updated_at", "version", "title", "x"]
)
async def test_a_field_that_is_not_a_clients_to_write_is_refused(
    editor: AsyncClient, field: str
) -> None:
    response = await editor.put(SETTINGS, json={"site_name": "Fine", field: None})

    assert response.status_code == 422
    assert [error["loc"] for error in response.json()["errors"]] == [["body", field]]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("site_name", "🎉" * 200),
        ("site_name", "<b>Q&A</b>"),
        ("tagline", "é" * 200),
        ("tagline", "<b>Q&A</b>"),
        ("tagline", ""),
        ("logo_url", "/"),
        ("logo_url", "https://example.com/logo.svg"),
        ("footer_text", "x" * 16 * 1024),
        ("social_links", {"Mastodon": "https://example.com/@me", "e-mail": "mailto:a@example.com"}),
        ("social_links", {"é" * 50: "/feed.xml"}),
        ("social_links", {f"network-{n}": "/x" for n in range(32)}),
        ("social_links", {"X (formerly Twitter)": "/x", "O'Reilly & Co. +": "/y", "हिन्दी": "/z"}),
    ],
    ids=short,
)
async def test_a_value_within_the_rules_is_kept_as_it_is(
    client: AsyncClient, editor: AsyncClient, field: str, value: object
) -> None:
    response = await editor.put(SETTINGS, json={"site_name": "Fine", field: value})

    assert response.status_code == 200
    assert (await client.get(SETTINGS)).json()[field] == value


async def test_text_is_trimmed_and_so_are_the_names_of_networks(editor: AsyncClient) -> None:
    payload = {"site_name": " A  b\n", "tagline": "\tc ", "social_links": {" rss ": "/feed.xml"}}

    settings = (await editor.put(SETTINGS, json=payload)).json()

    assert settings["site_name"] == "A  b"
    assert settings["tagline"] == "c"
    assert settings["social_links"] == {"rss": "/feed.xml"}


@pytest.mark.attack("S10")
@pytest.mark.parametrize(
    "name",
    [
        "__proto__",
        "_x",
        "a_b",
        "a\x1bb",
        "a\x7fb",
        "a\x9fb",
        "a\u202eb",
        "a\u200bb",
        "<b>",
        "a\tb",
        "-",
        "\u0301",
        "a/b",
    ],
)
async def test_the_name_of_a_network_is_plain_words(editor: AsyncClient, name: str) -> None:
    payload = {"site_name": "Fine", "social_links": {name: "/feed.xml"}}

    response = await editor.put(SETTINGS, json=payload)

    assert response.status_code == 422
    assert response.json()["errors"][0]["loc"][:2] == ["body", "social_links"]
