"""What is a page's own. What pages share with every document type is tried in `tests/documents`."""

import pytest
from httpx import AsyncClient

from cms.pages.tests.factories import PageFactory
from tests.fixtures import Save
from tests.problems import assert_problem

PAGES = "/api/v1/pages"
WHOLE = {
    "slug": "about",
    "title": "About us",
    "body": "<p>At length.</p>",
    "meta_title": "About",
    "meta_description": "Who we are.",
    "og_image_url": "https://example.com/team.jpg",
    "published": True,
}


async def test_a_page_has_these_fields(client: AsyncClient, editor: AsyncClient) -> None:
    await editor.post(PAGES, json=WHOLE)

    page = (await client.get(f"{PAGES}/about")).json()
    assert page.keys() == {*WHOLE, "id", "created_at", "updated_at", "published_at"}
    assert page | WHOLE == page


async def test_a_hundred_pages_come_at_once_unless_asked_otherwise(
    client: AsyncClient, save: Save
) -> None:
    await save(*PageFactory.build_batch(101))

    envelope = (await client.get(PAGES)).json()

    assert len(envelope.pop("items")) == 100
    assert envelope == {"page": 1, "per_page": 100, "total": 101, "total_pages": 2}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", "x" * 201),
        ("body", "x" * (256 * 1024 + 1)),
        ("meta_title", "x" * 201),
        ("meta_description", "x" * 1001),
        ("og_image_url", "mailto:a@example.com"),
    ],
)
async def test_each_field_keeps_to_its_rule(editor: AsyncClient, field: str, value: str) -> None:
    response = await editor.post(PAGES, json={"title": "Fine", field: value})

    [error] = assert_problem(response, 422, unsaid=value)["errors"]
    assert error["loc"] == ["body", field]
    if value[0] == "x":
        longest = await editor.post(PAGES, json={"title": "Fine", field: value[1:]})
        assert longest.json()[field] == value[1:]
