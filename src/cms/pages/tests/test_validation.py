from typing import Any

import pytest
from httpx import AsyncClient

from cms.pages.tests.conftest import CountRows, FindRow
from cms.pages.tests.factories import PageFactory
from tests.fixtures import Save

PAGES = "/api/v1/pages"
REFUSED: list[tuple[str, list[Any]]] = [
    ("title", ["", "   ", "x" * 201, None, 5, True, ["x"], "a\0b"]),
    ("slug", ["", "Hello World", "a--b", "-a", "a/b", "..", "über", "a" * 201, 5, True]),
    ("body", [None, 5, ["x"], "x" * (256 * 1024 + 1), "<p>x</p>" * 5001, "a\0b"]),
    ("meta_title", ["x" * 201, 5, True]),
    ("meta_description", ["x" * 1001, 5, True]),
    (
        "og_image_url",
        [
            "",
            "x.jpg",
            "//evil.example/x.jpg",
            "javascript:alert(1)",
            "data:image/png;base64,AAAA",
            "mailto:a@example.com",
            "https://user:secret@example.com/x.jpg",
            "/a b",
            "/" + "x" * 2048,
            5,
        ],
    ),
    ("published", [None, 0, 1, "true", []]),
]


def short(value: object) -> str:
    return repr(value)[:30]


@pytest.mark.parametrize(
    ("field", "value"),
    [(field, value) for field, values in REFUSED for value in values],
    ids=short,
)
async def test_a_value_against_the_rules_is_refused_by_name_and_not_repeated(
    editor: AsyncClient, count_rows: CountRows, field: str, value: Any
) -> None:
    response = await editor.post(PAGES, json={"title": "Fine", field: value})

    assert response.status_code == 422
    assert [error["loc"] for error in response.json()["errors"]] == [["body", field]]
    if isinstance(value, str) and len(value) > 3:
        assert value not in response.text
    assert await count_rows() == 0


@pytest.mark.attack("A12")
@pytest.mark.parametrize(
    "field", ["id", "created_at", "updated_at", "version", "tags", "excerpt", "author", "x"]
)
async def test_a_field_that_is_not_a_clients_to_write_is_refused(
    editor: AsyncClient, count_rows: CountRows, field: str
) -> None:
    response = await editor.post(PAGES, json={"title": "Fine", field: None})

    assert response.status_code == 422
    assert [error["loc"] for error in response.json()["errors"]] == [["body", field]]
    assert await count_rows() == 0


async def test_a_refused_replacement_changes_nothing(
    editor: AsyncClient, save: Save, find_row: FindRow
) -> None:
    await save(PageFactory.build(slug="about"))
    before = await find_row("about")

    for payload in ({}, {"title": ""}, {"title": "New", "id": None}, {"title": "x", "slug": "A"}):
        assert (await editor.put(f"{PAGES}/about", json=payload)).status_code == 422

    assert await find_row("about") == before


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", "🎉" * 200),
        ("slug", "a" * 200),
        ("meta_title", "é" * 200),
        ("meta_title", ""),
        ("meta_title", None),
        ("meta_description", "é" * 1000),
        ("meta_description", None),
        ("og_image_url", "/images/a.jpg"),
        ("og_image_url", "https://example.com/a.jpg"),
        ("og_image_url", None),
        ("body", "x" * 256 * 1024),
        ("title", "<b>Q&A</b>"),
        ("meta_title", "<b>Q&A</b>"),
        ("meta_description", "<b>Q&A</b>"),
    ],
    ids=short,
)
async def test_a_value_within_the_rules_is_kept_as_it_is(
    editor: AsyncClient, field: str, value: object
) -> None:
    response = await editor.post(PAGES, json={"title": "Fine", field: value})

    assert response.status_code == 201
    read = await editor.get(response.headers["location"] + "?status=all")
    assert read.json()[field] == value


@pytest.mark.parametrize("field", ["title", "meta_title", "meta_description"])
async def test_text_is_trimmed_on_the_outside_only(editor: AsyncClient, field: str) -> None:
    response = await editor.post(PAGES, json={"title": "Fine", field: " \n a  b\u00a0"})

    assert response.json()[field] == "a  b"
