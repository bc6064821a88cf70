"""Which origins may read an answer, and what a preflight allows."""

from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI
from httpx import AsyncClient, Response
from pydantic import ValidationError

from cms.kernel import Database, Settings
from tests.fixtures import connected, make_client, make_settings
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


@pytest.mark.attack("C1")
async def test_an_allowed_origin_is_echoed_exactly(probe: AsyncClient) -> None:
    response = await probe.get(PROBE, headers={"Origin": ORIGIN})

    assert is_shared_with(response, ORIGIN)
    assert "Origin" in response.headers["Vary"]
    assert response.headers["Access-Control-Allow-Credentials"] == "true"
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
    needed = ("authorization", "content-type", "if-match", "x-session")
    assert all(name in allowed for name in needed)
    assert response.headers["Access-Control-Allow-Credentials"] == "true"


async def test_a_preflight_allows_what_tracing_in_a_browser_adds(probe: AsyncClient) -> None:
    asked = "baggage,sentry-trace,traceparent,tracestate"

    response = await probe.options(
        PROBE, headers=PREFLIGHT | {"Access-Control-Request-Headers": asked}
    )

    assert response.status_code == 200
    assert is_shared_with(response, ORIGIN)


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
    nowhere = make_settings("postgresql://nobody@/nothing?host=/nonexistent")
    async with (
        connected(nowhere) as database,
        make_client(make_probe(settings, database)) as client,
    ):
        yield client


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
        "https://admin.example.com:99999",
        "https://ad min.example.com",
        "https://xn--a",
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


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("https://Admin.Example.com", "https://admin.example.com"),
        ("HTTPS://admin.example.com:443", "https://admin.example.com"),
        ("http://admin.example.com:80", "http://admin.example.com"),
        ("http://admin.example.com:443", "http://admin.example.com:443"),
        ("https://Bücher.example", "https://xn--bcher-kva.example"),
        ("http://[0:0::1]:3000", "http://[::1]:3000"),
    ],
)
async def test_an_origin_is_known_as_browsers_send_it(
    settings: Settings, database: Database, written: str, sent: str
) -> None:
    known = make_settings(settings.database_url, allowed_origins=written)
    async with make_client(make_probe(known, database)) as client:
        response = await client.options(PROBE, headers=PREFLIGHT | {"Origin": sent})

    assert response.status_code == 200
    assert is_shared_with(response, sent)


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
