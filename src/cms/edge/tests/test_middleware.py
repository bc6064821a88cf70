import re
from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI
from httpx import AsyncClient, Response
from pydantic import ValidationError

from cms.kernel import Database, Settings
from tests.fixtures import make_client, make_settings
from tests.probe import make_probe
from tests.problems import assert_problem

PROBE = "/api/v1/probe"
ORIGIN = "https://admin.example.com"  # as in tests.fixtures
PREFLIGHT = {
    "Origin": ORIGIN,
    "Access-Control-Request-Method": "PUT",
    "Access-Control-Request-Headers": "authorization,content-type,if-match",
}


def is_shared_with(response: Response, origin: str | None) -> bool:
    return response.headers.get("Access-Control-Allow-Origin") == origin


# What every response carries


@pytest.mark.attack("D6")
@pytest.mark.parametrize(
    "path", [PROBE, f"{PROBE}/fail", "/nowhere", "/healthz", "/docs", "/docs/assets/swagger-ui.css"]
)
async def test_every_response_is_taken_for_what_it_says_it_is(
    probe: AsyncClient, path: str
) -> None:
    response = await probe.get(path)

    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["X-Request-ID"]
    assert "server" not in response.headers
    assert "x-powered-by" not in response.headers


@pytest.mark.parametrize("path", [PROBE, "/healthz", "/openapi.json"])
async def test_json_names_its_charset(probe: AsyncClient, path: str) -> None:
    response = await probe.get(path)

    assert response.headers["Content-Type"] == "application/json; charset=utf-8"


@pytest.mark.parametrize(
    "given", ["a", "0" * 64, "Az09._-", "550e8400-e29b-41d4-a716-446655440000"]
)
async def test_a_clients_request_id_is_kept(probe: AsyncClient, given: str) -> None:
    response = await probe.get(PROBE, headers={"X-Request-ID": given})

    assert response.headers["X-Request-ID"] == given


@pytest.mark.parametrize("given", [None, "", "0" * 65, "a b", "a\tb", "a\nb", "ü", "a/b", "<x>"])
async def test_any_other_request_id_is_replaced_by_a_new_one(
    probe: AsyncClient, given: str | None
) -> None:
    headers = {} if given is None else {"X-Request-ID": given.encode()}

    ids = {(await probe.get(PROBE, headers=headers)).headers["X-Request-ID"] for _ in range(2)}

    assert len(ids) == 2
    assert all(re.fullmatch("[0-9a-f]{32}", made) for made in ids)


# HEAD


@pytest.mark.attack("I19")
@pytest.mark.parametrize(
    "path",
    [
        PROBE,
        f"{PROBE}?page=0",
        f"{PROBE}/fail",
        "/nowhere",
        "/healthz",
        "/readyz",
        "/openapi.json",
        "/docs",
        "/redoc",
        "/docs/assets/favicon.png",
    ],
)
async def test_head_has_the_headers_of_get_and_no_content(probe: AsyncClient, path: str) -> None:
    headers = {"X-Request-ID": "same"}
    get = await probe.get(path, headers=headers)
    head = await probe.head(path, headers=headers)

    assert head.status_code == get.status_code
    assert head.headers == get.headers
    assert not head.content


# The size of a request's head


@pytest.mark.attack("I20")
async def test_a_header_of_100_kb_is_too_large(probe: AsyncClient) -> None:
    assert_problem(await probe.get(PROBE, headers={"X-Large": "x" * 100_000}), 431)


@pytest.mark.attack("I20")
async def test_500_headers_are_too_many(probe: AsyncClient) -> None:
    headers = [(f"X-{number}", "x") for number in range(500)]

    assert_problem(await probe.get(PROBE, headers=headers), 431)


@pytest.mark.attack("I20")
@pytest.mark.parametrize("path", [f"{PROBE}/{'x' * 9_000}", f"{PROBE}?tag={'x' * 9_000}"])
async def test_an_address_of_9_kb_is_too_long(probe: AsyncClient, path: str) -> None:
    assert_problem(await probe.get(path), 414)


async def test_the_headers_of_a_browser_behind_proxies_are_not_too_large(
    probe: AsyncClient,
) -> None:
    headers = [("Cookie", "x" * 8_000), *((f"X-Proxy-{number}", "x" * 50) for number in range(60))]

    assert (await probe.get(PROBE, headers=headers)).status_code == 200


@pytest.mark.attack("A14")
async def test_what_a_proxy_or_framework_might_obey_changes_nothing(
    probe: AsyncClient,
) -> None:
    plain = await probe.get(PROBE, headers={"X-Request-ID": "same"})

    dressed_up = await probe.get(
        PROBE,
        headers={
            "X-Request-ID": "same",
            "X-HTTP-Method-Override": "DELETE",
            "X-HTTP-Method": "DELETE",
            "X-Method-Override": "DELETE",
            "X-Forwarded-Host": "evil.example",
            "X-Forwarded-Proto": "gopher",
            "X-Forwarded-Prefix": "/evil",
            "X-Original-URL": "/nowhere",
            "X-Rewrite-URL": "/nowhere",
            "Forwarded": "host=evil.example",
            "X-Host": "evil.example",
            "Accept": "text/html",
            "Accept-Language": "xx",
            "Range": "bytes=0-0",
            "Cookie": "status=all; access_token=x",
        },
    )

    assert dressed_up.status_code == 200
    assert dressed_up.headers == plain.headers
    assert dressed_up.content == plain.content


@pytest.mark.attack("A14")
async def test_a_method_in_the_query_changes_nothing(probe: AsyncClient) -> None:
    assert_problem(await probe.get(PROBE, params={"_method": "DELETE"}), 422, unsaid="DELETE")


# CORS


@pytest.mark.attack("C1")
async def test_an_allowed_origin_is_echoed_exactly(probe: AsyncClient) -> None:
    response = await probe.get(PROBE, headers={"Origin": ORIGIN})

    assert is_shared_with(response, ORIGIN)
    assert "Origin" in response.headers["Vary"]
    assert "Access-Control-Allow-Credentials" not in response.headers
    assert {
        name.strip() for name in response.headers["Access-Control-Expose-Headers"].split(",")
    } == {
        "ETag",
        "Location",
        "Retry-After",
        "X-Request-ID",
    }


STRANGERS = [
    "null",
    "http://admin.example.com",
    "https://admin.example.com:443",
    "https://admin.example.com:8443",
    "https://admin.example.com.",
    "https://admin.example.com/",
    "https://admin.example.com.evil.example",
    "https://evil-admin.example.com",
    "https://adminxexample.com",
    "https://example.com",
    "https://ADMIN.example.com",
    "https://admin.example.com, https://evil.example",
    "*",
    "",
]


@pytest.mark.attack("C2")
@pytest.mark.parametrize("origin", STRANGERS)
async def test_another_origin_is_not_shared_with(probe: AsyncClient, origin: str) -> None:
    response = await probe.get(PROBE, headers={"Origin": origin})

    assert response.status_code == 200
    assert is_shared_with(response, None)


@pytest.mark.attack("C2")
@pytest.mark.parametrize("origin", STRANGERS)
async def test_another_origins_preflight_is_refused(probe: AsyncClient, origin: str) -> None:
    response = await probe.options(PROBE, headers=PREFLIGHT | {"Origin": origin})

    assert_problem(response, 400)
    assert not [name for name in response.headers if name.startswith("access-control-")]


@pytest.mark.attack("C3")
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
async def test_a_preflight_allows_what_the_admin_app_needs(probe: AsyncClient, method: str) -> None:
    response = await probe.options(
        PROBE, headers=PREFLIGHT | {"Access-Control-Request-Method": method}
    )

    assert response.status_code == 200
    assert is_shared_with(response, ORIGIN)
    assert method in response.headers["Access-Control-Allow-Methods"]
    allowed = response.headers["Access-Control-Allow-Headers"].lower()
    assert all(name in allowed for name in ("authorization", "content-type", "if-match"))
    assert "Access-Control-Allow-Credentials" not in response.headers


@pytest.mark.attack("C3")
@pytest.mark.parametrize(
    "asked",
    [
        {"Access-Control-Request-Headers": "x-http-method-override"},
        {"Access-Control-Request-Headers": "authorization, x-evil"},
        {"Access-Control-Request-Method": "TRACE"},
        {"Access-Control-Request-Method": "put"},
    ],
)
async def test_a_preflight_allows_nothing_else(probe: AsyncClient, asked: dict[str, str]) -> None:
    response = await probe.options(PROBE, headers=PREFLIGHT | asked)

    assert_problem(response, 400)
    assert is_shared_with(response, None)


@pytest.mark.attack("C4")
@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", f"{PROBE}/private", 401),
        ("GET", f"{PROBE}/refuse/403", 403),
        ("GET", "/nowhere", 404),
        ("PATCH", PROBE, 405),
        ("GET", f"{PROBE}?page=0", 422),
        ("POST", PROBE, 422),
        ("GET", f"{PROBE}/refuse/429", 429),
        ("GET", f"{PROBE}/fail", 500),
    ],
)
async def test_an_allowed_origin_may_read_errors(
    probe: AsyncClient, method: str, path: str, status: int
) -> None:
    response = await probe.request(method, path, headers={"Origin": ORIGIN})

    assert_problem(response, status)
    assert is_shared_with(response, ORIGIN)
    assert "X-Request-ID" in response.headers["Access-Control-Expose-Headers"]


@pytest.mark.attack("C4")
@pytest.mark.parametrize(
    ("headers", "content", "status"),
    [
        ({"Content-Type": "application/json"}, b"{", 400),
        ({"Content-Type": "application/json"}, b" " * (1024 * 1024 + 1), 413),
        ({"Content-Type": "text/plain"}, b"{}", 415),
        ({"X-Large": "x" * 100_000}, b"", 431),
    ],
)
async def test_an_allowed_origin_may_read_why_a_body_is_refused(
    probe: AsyncClient, headers: dict[str, str], content: bytes, status: int
) -> None:
    response = await probe.post(PROBE, content=content, headers=headers | {"Origin": ORIGIN})

    assert_problem(response, status)
    assert is_shared_with(response, ORIGIN)


@pytest.fixture
async def cut_off(settings: Settings) -> AsyncIterator[AsyncClient]:
    """A client of an application that cannot reach its database."""
    database = Database.connect(make_settings("postgresql://nobody@/nothing?host=/nonexistent"))
    async with make_client(make_probe(settings, database)) as client:
        yield client
    await database.close()


@pytest.mark.attack("C4")
async def test_an_allowed_origin_may_read_that_the_database_is_away(
    cut_off: AsyncClient,
) -> None:
    response = await cut_off.get(f"{PROBE}/read/SELECT 1", headers={"Origin": ORIGIN})

    assert_problem(response, 503)
    assert is_shared_with(response, ORIGIN)


@pytest.mark.attack("C5")
@pytest.mark.parametrize(
    "origins",
    [
        "*",
        "",
        " , ",
        "null",
        "admin.example.com",
        "https://*.example.com",
        "https://admin.example.com/",
        "https://admin.example.com/app",
        "https://admin.example.com?x",
        "https://user@admin.example.com",
        "ftp://admin.example.com",
        "https://",
        "https://admin.example.com, *",
    ],
)
def test_production_does_not_start_with_origins_that_are_none(origins: str) -> None:
    with pytest.raises(ValidationError, match=r"(?i)origin|single host"):
        make_settings(
            "postgresql://db/cms",
            environment="production",
            jwt_secret="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b",
            allowed_origins=origins,
        )


@pytest.mark.attack("C6")
@pytest.mark.parametrize("path", [PROBE, "/nowhere", "/healthz", f"{PROBE}/fail"])
async def test_a_copy_made_without_origin_is_not_given_to_a_request_with_one(
    probe: AsyncClient, path: str
) -> None:
    for headers in ({}, {"Origin": ORIGIN}, {"Origin": "https://evil.example"}):
        response = await probe.get(path, headers=headers)

        assert "origin" in response.headers["Vary"].lower()


@pytest.mark.attack("C6")
async def test_without_allowed_origins_nothing_is_shared(
    settings: Settings, database: Database
) -> None:
    app: FastAPI = make_probe(settings.model_copy(update={"allowed_origins": []}), database)
    async with make_client(app) as client:
        response = await client.get(PROBE, headers={"Origin": ORIGIN})

    assert is_shared_with(response, None)
    assert response.headers["Vary"] == "Origin"
