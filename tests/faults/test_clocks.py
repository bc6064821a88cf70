"""F10: replicas whose clocks are wrong, each by a minute."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
from jose import jwt

from cms.identity.tokens import LIFETIME_SECONDS, sign_access_token
from tests.faults.harness import JWT_SECRET, PATIENT, Server, running

pytestmark = pytest.mark.faults

ME = "/api/v1/users/me"
OFF = (-60, 0, 60)
"""Seconds."""


@pytest.fixture(scope="module")
def faketime() -> Path:
    """The library that Debian's package of that name has."""
    libraries = sorted(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
    if not libraries:
        pytest.skip("faketime is not installed")
    return libraries[0]


@pytest.fixture(scope="module")
async def replicas(checkout: Path, site_url: str, faketime: Path) -> AsyncIterator[list[Server]]:
    clocks = [
        {
            "LD_PRELOAD": str(faketime),
            "FAKETIME": f"{seconds:+}s",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }
        for seconds in OFF
    ]
    servers = [Server(checkout, site_url, workers=1, **clock, **PATIENT) for clock in clocks]
    async with running(*servers):
        for server, seconds in zip(servers, OFF, strict=True):
            async with server.client() as client:
                date = (await client.get("/healthz")).headers["Date"]
            off = (parsedate_to_datetime(date) - datetime.now(UTC)).total_seconds()
            assert abs(off - seconds) < 10
        yield servers
    assert [server.faults for server in servers] == [[], [], []]


async def statuses(servers: list[Server], token: str) -> list[int]:
    answers = []
    for server in servers:
        async with server.client(token) as client:
            answers.append((await client.get(ME)).status_code)
    return answers


@pytest.mark.attack("F10")
async def test_a_token_of_any_replica_is_good_in_all_of_them(replicas: list[Server]) -> None:
    for replica in replicas:
        token = await replica.log_in()

        assert await statuses(replicas, token) == [200] * 3
        issued_at = jwt.get_unverified_claims(token)["iat"]
        assert abs(issued_at - datetime.now(UTC).timestamp()) < 10


@pytest.mark.attack("F10")
@pytest.mark.parametrize(("left", "status"), [(30, 200), (-30, 401)])
async def test_a_token_ends_by_the_clock_of_the_database_in_every_replica(
    replicas: list[Server], left: int, status: int
) -> None:
    claims = jwt.get_unverified_claims(await replicas[0].log_in())
    issued_at = datetime.now(UTC) + timedelta(seconds=left - LIFETIME_SECONDS)
    token = sign_access_token(claims["sub"], claims["sid"], issued_at, JWT_SECRET)

    assert await statuses(replicas, token) == [status] * 3


@pytest.mark.attack("F10")
async def test_the_rate_limit_and_its_wait_do_not_depend_on_a_clock_that_is_wrong(
    checkout: Path, site_url: str, replicas: list[Server]
) -> None:
    wrong = {"email": "nobody@faults.test", "password": "not the password of anyone"}
    limited = [replica.like(AUTH_RATE_LIMIT="5/minute") for replica in replicas]
    answers = []
    async with running(*limited):
        for number in range(9):
            async with limited[number % 3].client() as client:
                answers.append(await client.post("/api/v1/auth/login", json=wrong))

    assert [answer.status_code for answer in answers] == [401] * 5 + [429] * 4
    for answer in answers[5:]:
        assert 30 < int(answer.headers["Retry-After"]) <= 60
