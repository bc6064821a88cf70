"""What holds over four workers of each of two replicas, and not only inside of one process."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from time import monotonic
from uuid import uuid4

import httpx
import pytest

from cms.identity.tests.factories import PASSWORD
from tests.faults.backends import query
from tests.faults.crowd import Crowd
from tests.faults.harness import ADMIN, PATIENT, Server, process_of, running

pytestmark = pytest.mark.faults

API = "/api/v1"
WRITES = 20
KINDS = pytest.mark.parametrize("kind", ["pages", "posts"])


@pytest.fixture(scope="module")
async def replicas(checkout: Path, site_url: str) -> AsyncIterator[tuple[Server, Server]]:
    first, second = (Server(checkout, site_url, workers=4, **PATIENT) for _ in range(2))
    async with running(first, second):
        yield first, second
        assert first.faults == second.faults == []


@pytest.fixture
async def crowd(replicas: tuple[Server, Server]) -> AsyncIterator[Crowd]:
    """Editors all over the place."""
    async with Crowd.of(*replicas, token=await replicas[0].log_in()) as crowd:
        yield crowd


def statuses(answers: list[httpx.Response]) -> dict[int, int]:
    return dict(Counter(answer.status_code for answer in answers))


async def log_in(crowd: Crowd) -> dict[str, str]:
    login = {"email": ADMIN, "password": PASSWORD}
    answer = await crowd.ask("POST", f"{API}/auth/login", json=login)
    pair: dict[str, str] = answer.json()
    return pair


@pytest.mark.attack("R6")
async def test_of_fifty_logins_at_once_over_all_processes_exactly_five_pass(
    checkout: Path, site_url: str
) -> None:
    settings = {"AUTH_RATE_LIMIT": "5/minute", **PATIENT}
    limited = [Server(checkout, site_url, workers=4, **settings) for _ in range(2)]
    wrong = {"email": ADMIN, "password": "not the password of anyone"}
    async with running(*limited), Crowd.of(*limited) as crowd:
        answers = await crowd.at_once(50, "POST", f"{API}/auth/login", json=wrong)

        assert statuses(answers) == {401: 5, 429: 45}
        assert len({process_of(answer) for answer in answers}) == crowd.processes
        for answer in answers:
            if answer.status_code == 429:
                assert 1 <= int(answer.headers["Retry-After"]) <= 60


@pytest.mark.attack("T15")
async def test_fifty_refreshes_at_once_over_all_processes_give_one_successor(
    crowd: Crowd, site_url: str
) -> None:
    pair = await log_in(crowd)
    before = await query(site_url, "SELECT count(*) FROM refresh_tokens WHERE spent_at IS NULL")
    token = {"refresh_token": pair["refresh_token"]}

    answers = await crowd.at_once(50, "POST", f"{API}/auth/refresh", json=token)

    assert statuses(answers) == {200: 50}
    assert len({process_of(answer) for answer in answers}) == crowd.processes
    assert len({answer.json()["refresh_token"] for answer in answers}) == 1
    after = await query(site_url, "SELECT count(*) FROM refresh_tokens WHERE spent_at IS NULL")
    assert after == before  # one was spent, and one made


@pytest.mark.attack("A11")
@KINDS
async def test_what_is_no_longer_published_is_gone_from_every_process_within_a_second(
    crowd: Crowd, replicas: tuple[Server, Server], kind: str
) -> None:
    slug = f"withdrawn-{uuid4()}"
    path = f"{API}/{kind}/{slug}"
    document = {"title": "Soon gone", "slug": slug, "published": True}
    assert (await crowd.ask("POST", f"{API}/{kind}", json=document)).status_code == 201
    known = await crowd.all_workers(path)
    [etag] = {answer.headers["ETag"] for answer in known if answer.status_code == 200}
    await crowd.all_workers(f"{API}/{kind}")
    async with replicas[0].client(await replicas[0].log_in()) as editor:
        hidden = await editor.put(path, json=document | {"published": False})
        assert hidden.status_code == 200
        # The process that wrote knows at once.
        assert (await editor.get(path, headers={"If-None-Match": etag})).status_code == 404

    await asyncio.sleep(1)  # what is promised

    for headers in ({}, {"If-None-Match": etag}, {"If-None-Match": "*"}):
        answers = await crowd.all_workers(path, headers=headers)
        assert set(statuses(answers)) == {404}
        assert not [answer for answer in answers if "ETag" in answer.headers]
    lists = await crowd.all_workers(f"{API}/{kind}")
    assert not [answer for answer in lists if slug in answer.text]


@pytest.mark.attack("K1")
@KINDS
async def test_of_twenty_creates_of_one_slug_over_all_processes_one_succeeds(
    crowd: Crowd, kind: str
) -> None:
    document = {"title": "One of many", "slug": f"race-{uuid4()}"}

    answers = await crowd.at_once(20, "POST", f"{API}/{kind}", json=document)

    assert statuses(answers) == {201: 1, 409: 19}


@pytest.mark.attack("K2")
@KINDS
async def test_of_two_writes_over_one_version_in_two_replicas_one_succeeds(
    crowd: Crowd, kind: str
) -> None:
    for _ in range(5):
        slug = f"race-{uuid4()}"
        created = await crowd.ask("POST", f"{API}/{kind}", json={"title": "x", "slug": slug})
        seen = {"If-Match": created.headers["ETag"]}

        answers = await crowd.at_once(
            2, "PUT", f"{API}/{kind}/{slug}", json={"title": "y"}, headers=seen
        )

        assert statuses(answers) == {200: 1, 412: 1}


@pytest.mark.attack("K4")
async def test_twenty_writes_of_the_settings_over_all_processes_leave_one_row(
    crowd: Crowd, site_url: str
) -> None:
    answers = await crowd.at_once(20, "PUT", f"{API}/settings", json={"site_name": "One"})

    assert statuses(answers) == {200: 20}
    assert len(await query(site_url, "SELECT FROM site_settings")) == 1


@pytest.mark.attack("K5")
async def test_logouts_and_refreshes_at_once_over_all_processes_leave_no_session(
    crowd: Crowd, site_url: str
) -> None:
    pairs = [await log_in(crowd) for _ in range(5)]
    before = await query(site_url, "SELECT count(*) FROM auth_sessions")

    asked = [
        crowd.ask("POST", f"{API}/auth/{what}", json={"refresh_token": pair["refresh_token"]})
        for pair in pairs
        for what in ("refresh", "logout", "refresh")
    ]
    answers = await asyncio.gather(*asked)

    assert set(statuses(list(answers))) <= {200, 204, 401}
    after = await query(site_url, "SELECT count(*) FROM auth_sessions")
    assert after[0][0] == before[0][0] - len(pairs)


@pytest.mark.attack("K3")
@KINDS
async def test_a_write_in_one_replica_does_not_bring_back_what_another_deletes(
    crowd: Crowd, kind: str
) -> None:
    for _ in range(5):
        slug = f"race-{uuid4()}"
        path = f"{API}/{kind}/{slug}"
        document = {"title": "x", "slug": slug, "published": True}
        assert (await crowd.ask("POST", f"{API}/{kind}", json=document)).status_code == 201

        *written, deleted = await asyncio.gather(
            *(crowd.ask("PUT", path, json=document | {"title": f"{n}"}) for n in range(3)),
            crowd.ask("DELETE", path),
        )

        assert set(statuses(written)) <= {200, 404}
        assert deleted.status_code == 204
        assert (await crowd.ask("GET", f"{path}?status=all")).status_code == 404


@pytest.mark.attack("K6")
async def test_after_a_deactivation_in_one_replica_no_process_takes_a_write(
    crowd: Crowd, replicas: tuple[Server, Server]
) -> None:
    account = {"email": f"{uuid4()}@faults.test", "password": PASSWORD}
    created = await crowd.ask("POST", f"{API}/users", json=account)
    login = await crowd.ask("POST", f"{API}/auth/login", json=account)
    token = {"Authorization": f"Bearer {login.json()['access_token']}"}
    written, over = asyncio.Event(), asyncio.Event()

    async def write(number: int) -> list[tuple[float, int]]:
        """The moment that each was sent, and its status."""
        done = []
        finished = False
        while not finished:
            finished = over.is_set() and len(done) >= WRITES
            began = monotonic()
            document = {"title": f"{number} {len(done)}"}
            answer = await crowd.ask("POST", f"{API}/posts", json=document, headers=token)
            done.append((began, answer.status_code))
            written.set()
        return done

    async with asyncio.TaskGroup() as group:
        writers = [group.create_task(write(number)) for number in range(8)]
        await written.wait()
        change = f"{API}/users/{created.json()['id']}"
        deactivated = await crowd.ask("PATCH", change, json={"is_active": False})
        acknowledged = monotonic()
        over.set()

    writes = [each for writer in writers for each in writer.result()]
    assert deactivated.status_code == 200
    assert {status for _, status in writes} == {201, 401}
    assert {status for began, status in writes if began >= acknowledged} == {401}
