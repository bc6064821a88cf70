import pytest
from httpx import AsyncClient
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from cms.settings.tests.conftest import ReadRow

SETTINGS = "/api/v1/settings"
WHOLE = {
    "site_name": "Fernhollow",
    "tagline": "Quiet machines",
    "logo_url": "/images/logo.svg",
    "footer_text": "<p>Made in Malmö.</p>",
    "social_links": {
        "mastodon": "https://mastodon.example/@fernhollow",
        "Email us": "mailto:hello@example.com",
        "rss": "/feed.xml",
    },
}


async def test_every_field_is_replaced(client: AsyncClient, editor: AsyncClient) -> None:
    response = await editor.put(SETTINGS, json=WHOLE)

    assert response.status_code == 200
    assert {name: response.json()[name] for name in WHOLE} == WHOLE
    assert set(response.json()) == {*WHOLE, "updated_at"}
    read = await client.get(SETTINGS)
    assert read.json() == response.json()
    assert read.headers["etag"] == response.headers["etag"]


async def test_what_is_left_out_goes_back_to_its_default(editor: AsyncClient) -> None:
    await editor.put(SETTINGS, json=WHOLE)

    settings = (await editor.put(SETTINGS, json={"site_name": "Bare"})).json()

    del settings["updated_at"]
    assert settings == {
        "site_name": "Bare",
        "tagline": None,
        "logo_url": None,
        "footer_text": "",
        "social_links": {},
    }


async def test_an_admin_replaces_them_too(admin: AsyncClient) -> None:
    assert (await admin.put(SETTINGS, json=WHOLE)).status_code == 200


async def test_a_change_moves_version_and_update_and_nothing_else(
    editor: AsyncClient, read_row: ReadRow
) -> None:
    await editor.put(SETTINGS, json=WHOLE)
    before = await read_row()

    await editor.put(SETTINGS, json=WHOLE | {"site_name": "Other"})

    after = await read_row()
    assert after.pop("updated_at") > before.pop("updated_at")
    assert after == before | {"site_name": "Other", "version": before["version"] + 1}


async def test_a_put_of_what_was_read_changes_nothing(
    client: AsyncClient, editor: AsyncClient, read_row: ReadRow
) -> None:
    await editor.put(SETTINGS, json=WHOLE)
    read = await client.get(SETTINGS)
    before = await read_row()
    payload = {k: v for k, v in read.json().items() if k != "updated_at"}

    response = await editor.put(SETTINGS, json=payload)

    assert response.json() == read.json()
    assert response.headers["etag"] == read.headers["etag"]
    assert await read_row() == before


@pytest.mark.parametrize(
    "changes",
    [
        {"site_name": "Other"},
        {"tagline": None},
        {"logo_url": "/other.svg"},
        {"footer_text": ""},
        {"social_links": {}},
        {"social_links": {**WHOLE["social_links"], "rss": "/other.xml"}},
    ],
    ids=str,
)
async def test_every_change_changes_the_etag(
    client: AsyncClient, editor: AsyncClient, changes: dict[str, object]
) -> None:
    before = (await editor.put(SETTINGS, json=WHOLE)).headers["etag"]

    after = (await editor.put(SETTINGS, json=WHOLE | changes)).headers["etag"]

    assert after != before
    read = await client.get(SETTINGS, headers={"If-None-Match": before})
    assert read.status_code == 200
    assert read.headers["etag"] == after


async def test_a_change_behind_the_applications_back_changes_the_etag(
    client: AsyncClient, connection: AsyncConnection
) -> None:
    before = await client.get(SETTINGS)

    await connection.execute(text("UPDATE site_settings SET tagline = 'Other'"))

    after = await client.get(SETTINGS)
    assert after.headers["etag"] != before.headers["etag"]
    assert after.json()["updated_at"] > before.json()["updated_at"]


async def test_a_statement_that_changes_nothing_leaves_the_etag(
    client: AsyncClient, connection: AsyncConnection
) -> None:
    before = await client.get(SETTINGS)

    await connection.execute(text("UPDATE site_settings SET tagline = tagline"))

    assert (await client.get(SETTINGS)).headers["etag"] == before.headers["etag"]


async def test_html_is_cleaned_before_it_is_stored(editor: AsyncClient, read_row: ReadRow) -> None:
    footer = '<p onclick=x>Hello<script>x</script><a href="javascript:x">y</a></p>'

    response = await editor.put(SETTINGS, json={"site_name": "x", "footer_text": footer})

    cleaned = '<p>Hello<a rel="noopener noreferrer">y</a></p>'
    assert response.json()["footer_text"] == cleaned
    assert (await read_row())["footer_text"] == cleaned


@pytest.mark.attack("A1")
@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer garbage"}], ids=["none", "bad"])
@pytest.mark.parametrize("payload", [WHOLE, {}], ids=["good", "empty"])
async def test_without_a_good_token_nothing_is_replaced(
    client: AsyncClient, read_row: ReadRow, payload: dict[str, object], header: dict[str, str]
) -> None:
    before = await read_row()

    response = await client.put(SETTINGS, json=payload, headers=header)

    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"
    assert await read_row() == before


@pytest.mark.parametrize("condition", ["{etag}", "W/{etag}", '"other", {etag}', "*"])
async def test_a_write_over_the_version_that_was_seen_goes_through(
    client: AsyncClient, editor: AsyncClient, condition: str
) -> None:
    etag = (await client.get(SETTINGS)).headers["etag"]
    headers = {"If-Match": condition.format(etag=etag)}

    assert (await editor.put(SETTINGS, json=WHOLE, headers=headers)).status_code == 200


@pytest.mark.parametrize("condition", ['"other"', 'W/"other"'])
async def test_a_write_over_another_version_is_412_and_changes_nothing(
    client: AsyncClient, editor: AsyncClient, read_row: ReadRow, condition: str
) -> None:
    etag = (await client.get(SETTINGS)).headers["etag"]
    before = await read_row()

    headers = {"If-Match": condition.format(etag=etag)}
    response = await editor.put(SETTINGS, json=WHOLE, headers=headers)

    assert response.status_code == 412
    assert response.json()["current_etag"] == etag
    assert await read_row() == before


async def test_of_two_who_saw_one_version_the_second_is_stopped(editor: AsyncClient) -> None:
    headers = {"If-Match": (await editor.get(SETTINGS)).headers["etag"]}

    first = await editor.put(SETTINGS, json={"site_name": "One"}, headers=headers)
    second = await editor.put(SETTINGS, json={"site_name": "Two"}, headers=headers)

    assert (first.status_code, second.status_code) == (200, 412)
    assert second.json()["current_etag"] == first.headers["etag"]
    assert (await editor.get(SETTINGS)).json()["site_name"] == "One"
