"""The limit of `/auth/*`, met on purpose; what a window is, the kernel's tests say."""

import asyncio
from contextlib import AsyncExitStack
from typing import Any

import pytest
from fastapi import FastAPI
from httpx import AsyncClient, Response

from cms.identity import passwords
from cms.identity.model import User
from cms.identity.tests.calls import API, Tokens, bearer
from cms.identity.tests.conftest import Arena, MakeApp
from cms.identity.tests.factories import PASSWORD
from tests.fixtures import make_client, make_settings

CLIENT = "203.0.113.9"
WRONG = {"email": "nobody@example.com", "password": "not the password of anyone"}
BODIES: dict[str, dict[str, Any]] = {
    "/auth/login": WRONG,
    "/auth/refresh": {"refresh_token": "unknown"},
    "/auth/logout": {"refresh_token": "unknown"},
}


async def post(app: FastAPI, route: str, address: str = CLIENT, **options: Any) -> Response:
    async with make_client(app, address) as client:
        return await client.post(API + route, **({"json": BODIES[route]} | options))


async def use_up(app: FastAPI, route: str = "/auth/login", address: str = CLIENT) -> None:
    for _ in range(5):
        assert (await post(app, route, address)).status_code != 429


async def is_limited(app: FastAPI, route: str = "/auth/login", **options: Any) -> bool:
    return (await post(app, route, **options)).status_code == 429


@pytest.mark.attack("R1")
@pytest.mark.parametrize("route", BODIES)
async def test_the_sixth_request_within_a_minute_is_refused(app: FastAPI, route: str) -> None:
    await use_up(app, route)

    response = await post(app, route)

    assert response.status_code == 429
    assert 1 <= int(response.headers["retry-after"]) <= 60
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["cache-control"] == "no-store"
    assert response.json()["title"] == "Too Many Requests"


@pytest.mark.attack("R1")
async def test_a_login_that_succeeds_counts_too(app: FastAPI, user: User) -> None:
    right = {"email": user.email, "password": PASSWORD}

    answers = [await post(app, "/auth/login", json=right) for _ in range(6)]

    assert [answer.status_code for answer in answers] == [200] * 5 + [429]


@pytest.mark.attack("R7")
@pytest.mark.parametrize(
    ("route", "body"),
    [
        ("/auth/login", {}),
        ("/auth/login", []),
        ("/auth/login", WRONG | {"password": "x" * 73}),
        ("/auth/login", WRONG | {"x": 1}),
        ("/auth/refresh", {}),
        ("/auth/refresh", None),
        ("/auth/refresh", [{"refresh_token": "x"}]),
        ("/auth/refresh", {"refresh_token": ["x"]}),
        ("/auth/refresh", {"refresh_token": "x", "y": 1}),
    ],
    ids=str,
)
async def test_what_is_not_valid_counts_too(app: FastAPI, route: str, body: Any) -> None:
    answers = [await post(app, route, json=body) for _ in range(6)]

    assert [answer.status_code for answer in answers] == [422] * 5 + [429]


@pytest.mark.parametrize("route", BODIES)
async def test_each_route_has_its_own_count(app: FastAPI, route: str) -> None:
    await use_up(app, route)

    assert [other for other in BODIES if await is_limited(app, other)] == [route]


@pytest.mark.attack("R7")
async def test_nothing_in_a_request_makes_another_client_of_it(app: FastAPI) -> None:
    await use_up(app)

    for options in (
        {"json": WRONG | {"email": "somebody@example.com"}},
        {"json": WRONG | {"email": "NOBODY@example.com"}},
        {"json": {}},
        {"params": {"a": "1"}},
        {"params": {"email": "nobody@example.com"}},
        {"headers": {"User-Agent": "another"}},
        {"headers": {"Cookie": "a=1"}},
        {"headers": {"Authorization": "Bearer x"}},
        {"headers": {"Host": "another.example.com"}},
        {"headers": {"X-Request-ID": "another"}},
        {"headers": {"Origin": "https://admin.example.com"}},
    ):
        assert await is_limited(app, **options), options


@pytest.mark.attack("R7")
async def test_another_spelling_of_the_path_is_no_way_in(app: FastAPI, user: User) -> None:
    right = {"email": user.email, "password": PASSWORD}
    async with make_client(app, CLIENT) as client:
        for path in [
            "/auth/login/",
            "/auth//login",
            "//auth/login",
            "/Auth/Login",
            "/auth/login%2f",
        ]:
            assert (await client.post(API + path, json=right)).status_code == 404, path


@pytest.mark.attack("R2")
async def test_a_client_cannot_say_that_it_is_another(app: FastAPI) -> None:
    names = ("X-Forwarded-For", "Forwarded", "X-Real-IP", "CF-Connecting-IP", "True-Client-IP")
    for number, name in enumerate(names):
        assert not await is_limited(app, headers={name: f"198.51.100.{number}"})

    for name in names:
        assert await is_limited(app, headers={name: "198.51.100.99"}), name


@pytest.mark.attack("R3")
async def test_what_a_client_wrote_in_front_of_its_proxys_entry_is_not_believed(
    make_app: MakeApp,
) -> None:
    app = make_app(forwarded_allow_ips="192.0.2.0/24")

    async def through_proxies(forwarded: str) -> bool:
        return await is_limited(app, address="192.0.2.1", headers={"X-Forwarded-For": forwarded})

    for number in range(5):
        assert not await through_proxies(f"198.51.100.{number}, {CLIENT}, 192.0.2.2")
    assert await through_proxies(f"198.51.100.99, {CLIENT}")
    assert await is_limited(app, address=CLIENT)
    assert not await through_proxies("203.0.113.10, 192.0.2.2")


@pytest.mark.attack("R3")
async def test_who_trusts_everyone_trusts_the_nearest_entry_alone(make_app: MakeApp) -> None:
    app = make_app(forwarded_allow_ips="*")

    for number in range(5):
        headers = {"X-Forwarded-For": f"198.51.100.{number}, {CLIENT}"}
        assert not await is_limited(app, address=f"192.0.2.{number}", headers=headers)

    assert await is_limited(app, headers={"X-Forwarded-For": CLIENT})


@pytest.mark.attack("R4")
async def test_all_spellings_of_an_address_are_one_client(make_app: MakeApp) -> None:
    app = make_app(forwarded_allow_ips="192.0.2.1")
    spellings = [CLIENT, f"{CLIENT}:80", f"::ffff:{CLIENT}", f"[::ffff:{CLIENT}]:80"]

    for spelling in [*spellings, f" {CLIENT} "]:
        headers = {"X-Forwarded-For": spelling}
        assert not await is_limited(app, address="192.0.2.1", headers=headers)

    assert await is_limited(app, address=f"::ffff:{CLIENT}")


@pytest.mark.attack("R5")
async def test_a_client_that_changes_its_address_within_its_64_is_one_client(
    app: FastAPI,
) -> None:
    for number in range(5):
        assert not await is_limited(app, address=f"2001:db8:1:2:{number}::{number}")

    assert await is_limited(app, address="2001:db8:1:2:ffff::1")
    assert not await is_limited(app, address="2001:db8:1:3::1")


@pytest.mark.attack("R6")
async def test_of_fifty_at_once_over_eight_processes_exactly_five_pass(
    own_database_url: str,
) -> None:
    settings = make_settings(own_database_url, database_pool_size=2)
    async with AsyncExitStack() as stack:
        arenas = [await stack.enter_async_context(Arena.open(settings)) for _ in range(8)]

        for route in BODIES:
            answers = await asyncio.gather(*(post(arenas[n % 8].app, route) for n in range(50)))

            assert [answer.status_code for answer in answers].count(429) == 45
            assert {answer.status_code for answer in answers} <= {204, 401, 429}
            assert [arena.checked_out() for arena in arenas] == [0] * 8


@pytest.mark.attack("R8")
@pytest.mark.parametrize("route", BODIES)
async def test_without_a_database_nobody_gets_through(route: str) -> None:
    async with Arena.open(make_settings("postgresql://u@/gone?host=/nonexistent")) as arena:
        response = await post(arena.app, route)

    assert response.status_code == 503
    assert int(response.headers["retry-after"]) >= 1


@pytest.mark.attack("R9")
async def test_a_refused_request_costs_no_bcrypt(make_app: MakeApp) -> None:
    app = make_app(bcrypt_rounds=5)
    await use_up(app)
    passwords._dummy_hash.cache_clear()

    assert await is_limited(app)

    assert passwords._dummy_hash.cache_info().currsize == 0


@pytest.mark.attack("R10")
async def test_nobody_is_kept_out_by_the_guesses_of_another(app: FastAPI, user: User) -> None:
    guess = {"email": user.email, "password": WRONG["password"]}
    for number in range(20):
        await post(app, "/auth/login", address=f"198.51.100.{number % 4}", json=guess)

    own = await post(app, "/auth/login", json=guess | {"password": PASSWORD})

    assert own.status_code == 200


@pytest.mark.attack("R10")
async def test_who_has_guessed_too_often_is_refused_with_the_right_password_too(
    app: FastAPI, user: User
) -> None:
    await use_up(app)

    assert await is_limited(app, json={"email": user.email, "password": PASSWORD})


async def test_the_limit_is_a_setting(make_app: MakeApp) -> None:
    app = make_app(auth_rate_limit="2/minute")

    assert [await is_limited(app) for _ in range(3)] == [False, False, True]


async def test_nothing_else_is_limited(app: FastAPI, tokens: Tokens) -> None:
    await use_up(app)
    async with make_client(app, CLIENT, headers=bearer(tokens.access)) as client:
        answers = [await client.get(f"{API}/users/me") for _ in range(10)]
        answers += [await client.get("/healthz") for _ in range(10)]

    assert {answer.status_code for answer in answers} == {200}


async def test_another_origin_may_read_how_long_to_wait(app: FastAPI, client: AsyncClient) -> None:
    await use_up(app)

    response = await post(app, "/auth/login", headers={"Origin": "https://admin.example.com"})

    assert response.headers["access-control-allow-origin"] == "https://admin.example.com"
    assert "Retry-After" in response.headers["access-control-expose-headers"]
