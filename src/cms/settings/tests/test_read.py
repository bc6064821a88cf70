import pytest
from httpx import AsyncClient
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from cms.documents.tests.statements import explain, indexes, recorded

SETTINGS = "/api/v1/settings"
SAME_ID = {"X-Request-ID": "one"}


async def test_settings_exist_from_the_first_migration_on(client: AsyncClient) -> None:
    response = await client.get(SETTINGS)

    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json; charset=utf-8"
    settings = response.json()
    assert settings.pop("updated_at").endswith("Z")
    assert settings == {
        "site_name": "My website",
        "tagline": None,
        "logo_url": None,
        "footer_text": "",
        "social_links": {},
    }


async def test_settings_may_be_kept_and_must_be_asked_about(client: AsyncClient) -> None:
    response = await client.get(SETTINGS)

    assert response.headers["etag"].startswith('"')
    assert response.headers["cache-control"] == "public, max-age=0, must-revalidate"
    assert response.headers["vary"] == "Origin"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("condition", ["{etag}", "W/{etag}", "*", '"a", {etag}'])
async def test_a_copy_that_is_current_is_confirmed_with_304(
    client: AsyncClient, method: str, condition: str
) -> None:
    fresh = await client.get(SETTINGS)
    headers = {"If-None-Match": condition.format(etag=fresh.headers["etag"])}

    response = await client.request(method, SETTINGS, headers=headers)

    assert response.status_code == 304
    assert response.content == b""
    for name in ("etag", "cache-control", "vary"):
        assert response.headers[name] == fresh.headers[name]


async def test_a_copy_that_is_not_current_is_replaced(client: AsyncClient) -> None:
    response = await client.get(SETTINGS, headers={"If-None-Match": '"other"'})

    assert response.status_code == 200


@pytest.mark.attack("A7")
async def test_head_has_the_headers_of_get_and_no_body(client: AsyncClient) -> None:
    got = await client.get(SETTINGS, headers=SAME_ID)
    head = await client.head(SETTINGS, headers=SAME_ID)

    assert (head.status_code, head.content) == (200, b"")
    assert head.headers == got.headers


async def test_a_token_changes_nothing_about_the_answer(
    client: AsyncClient, editor: AsyncClient
) -> None:
    plain = await client.get(SETTINGS, headers=SAME_ID)
    good = await editor.get(SETTINGS, headers=SAME_ID)
    bad = await client.get(SETTINGS, headers=SAME_ID | {"Authorization": "Bearer garbage"})

    assert (good.headers, good.content) == (plain.headers, plain.content)
    assert (bad.headers, bad.content) == (plain.headers, plain.content)


@pytest.mark.parametrize("query", ["x=1", "status=all", "page=1", "slug=site"])
async def test_any_query_parameter_is_refused(editor: AsyncClient, query: str) -> None:
    assert (await editor.get(f"{SETTINGS}?{query}")).status_code == 422


async def test_settings_are_one_statement_and_one_look_into_an_index(
    connection: AsyncConnection, engine: AsyncEngine, client: AsyncClient
) -> None:
    with recorded(engine) as statements:
        await client.get(SETTINGS)

    [statement] = statements
    assert indexes(await explain(connection, statement)) == {"uq_site_settings_slug"}


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


@pytest.mark.parametrize("method", ["POST", "DELETE", "PATCH"])
async def test_settings_can_only_be_read_and_replaced(editor: AsyncClient, method: str) -> None:
    response = await editor.request(method, SETTINGS, json={"site_name": "x"})

    assert response.status_code == 405
    assert response.headers["allow"] == "GET, HEAD, PUT"
