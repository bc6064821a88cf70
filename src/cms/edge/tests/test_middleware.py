"""What every answer has in common."""

import re

import pytest
from httpx import AsyncClient

from cms.cache import PublicCache
from tests.problems import assert_problem
from tests.raw import content_of, messages_of

PROBE = "/api/v1/probe"


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
    assert response.headers["Cache-Control"] == "no-store" or path.startswith("/docs")
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
async def test_head_has_the_headers_of_get(probe: AsyncClient, path: str) -> None:
    headers = {"X-Request-ID": "same"}
    get = await probe.get(path, headers=headers)
    head = await probe.head(path, headers=headers)

    assert head.status_code == get.status_code
    assert head.headers == get.headers


@pytest.mark.attack("I19")
async def test_head_has_no_content(probe_app: PublicCache) -> None:
    for path in (PROBE, "/nowhere", "/docs", "/docs/assets/favicon.png"):
        assert content_of(await messages_of(probe_app, "GET", path))
        assert not content_of(await messages_of(probe_app, "HEAD", path)), path


@pytest.mark.attack("I20")
async def test_a_header_of_100_kb_is_too_large(probe: AsyncClient) -> None:
    assert_problem(await probe.get(PROBE, headers={"X-Large": "x" * 100_000}), 431)


@pytest.mark.attack("I20")
async def test_500_headers_are_too_many(probe: AsyncClient) -> None:
    headers = [(f"X-{number}", "x") for number in range(500)]

    assert_problem(await probe.get(PROBE, headers=headers), 431)


@pytest.mark.attack("I20")
async def test_the_names_of_headers_are_as_large_as_their_values(probe: AsyncClient) -> None:
    headers = [(f"X-{number}-{'x' * 400}", "") for number in range(90)]

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
