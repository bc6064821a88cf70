"""What is the settings' own; what they share with every document type is in `tests/documents`."""

import pytest
from httpx import AsyncClient
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.problems import assert_problem

SETTINGS = "/api/v1/settings"


async def test_settings_exist_from_the_first_migration_on(client: AsyncClient) -> None:
    response = await client.get(SETTINGS)

    assert response.status_code == 200
    settings = response.json()
    assert settings.pop("updated_at").endswith("Z")
    assert settings == {
        "site_name": "My website",
        "tagline": None,
        "logo_url": None,
        "footer_text": "",
        "social_links": {},
    }


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO site_settings (slug, published, site_name, footer_text, social_links)"
        " VALUES ('site', true, 'Two', '', '{}')",
        "INSERT INTO site_settings (slug, published, site_name, footer_text, social_links)"
        " VALUES ('other', true, 'Two', '', '{}')",
        "UPDATE site_settings SET slug = 'other'",
        "UPDATE site_settings SET published = false",
    ],
    ids=["a second row", "another slug", "a renamed row", "a draft"],
)
async def test_the_database_holds_settings_to_one_published_row(
    connection: AsyncConnection, statement: str
) -> None:
    with pytest.raises(IntegrityError):
        await connection.execute(text(statement))


@pytest.mark.parametrize("method", ["POST", "DELETE"])
async def test_settings_can_only_be_read_and_changed(editor: AsyncClient, method: str) -> None:
    response = await editor.request(method, SETTINGS, json={"site_name": "x"})

    assert response.status_code == 405
    assert response.headers["allow"] == "GET, HEAD, PATCH, PUT"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("site_name", "x" * 201),
        ("tagline", "x" * 201),
        ("footer_text", "x" * (16 * 1024 + 1)),
        ("logo_url", "mailto:a@example.com"),
    ],
)
async def test_each_field_keeps_to_its_rule(editor: AsyncClient, field: str, value: str) -> None:
    response = await editor.put(SETTINGS, json={"site_name": "Fine", field: value})

    [error] = assert_problem(response, 422, unsaid=value)["errors"]
    assert error["loc"] == ["body", field]
    if value[0] == "x":
        longest = await editor.put(SETTINGS, json={"site_name": "Fine", field: value[1:]})
        assert longest.json()[field] == value[1:]
