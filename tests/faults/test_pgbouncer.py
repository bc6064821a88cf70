"""F8: PgBouncer between the API and PostgreSQL, lending a connection for a transaction at a time."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url

from cms.launch.facts import Facts, read_facts
from tests.faults.backends import query
from tests.faults.crowd import Crowd
from tests.faults.harness import PATIENT, DurablePostgres, Server, eventually, running
from tests.faults.pooler import pooler

pytestmark = pytest.mark.faults

API = "/api/v1"
SERVERS = 3
"""Connections to PostgreSQL: far fewer than the API's, so that it never has one to itself."""


@pytest.fixture(scope="module")
def let_in(postgres: DurablePostgres) -> Iterator[None]:
    """PostgreSQL admits by the name of the operating system's user, which is another here."""
    names = postgres.folder / "data" / "pg_ident.conf"
    before = names.read_text()
    names.write_text(before + 'launcher "nobody" postgres\n')
    yield
    names.write_text(before)


@pytest.fixture(scope="module")
async def pooled_url(
    postgres: DurablePostgres,
    let_in: None,
    site_url: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[str]:
    await query(site_url, "SELECT pg_reload_conf()")
    database = str(make_url(site_url).database)
    with pooler(postgres, database, tmp_path_factory.mktemp("pooler"), SERVERS) as url:
        yield url


@pytest.fixture(scope="module")
async def server(checkout: Path, site_url: str, pooled_url: str) -> AsyncIterator[Server]:
    server = Server(
        checkout,
        pooled_url,
        workers=2,
        DATABASE_BEHIND_POOLER="true",
        LISTEN_DATABASE_URL=site_url,
        **PATIENT,
    )
    async with running(server):
        yield server
        assert server.faults == []


@pytest.mark.attack("F8")
async def test_everything_works_behind_pgbouncer(server: Server, site_url: str) -> None:
    async with server.client(await server.log_in()) as editor:
        document = {"title": "Über uns", "tags": ["a"], "published": True}
        created = await editor.post(f"{API}/posts", json=document)
        statuses = [
            created.status_code,
            *[
                (await editor.request(method, API + path, json=body)).status_code
                for method, path, body in (
                    ("GET", "/posts/uber-uns", None),
                    ("GET", "/posts?tag=a&per_page=1", None),
                    ("GET", "/posts?status=all", None),
                    ("PUT", "/posts/uber-uns", document | {"title": "Über alle"}),
                    ("PUT", "/settings", {"site_name": "x", "social_links": {"a": "/a"}}),
                    ("GET", "/settings", None),
                    ("POST", "/posts", document | {"slug": "uber-uns"}),
                    ("GET", "/users/me/sessions", None),
                    ("DELETE", "/posts/uber-uns", None),
                    ("GET", "/posts/uber-uns", None),
                )
            ],
        ]
        assert (await editor.get(f"{API}/settings")).json()["social_links"] == {"a": "/a"}
        assert (await editor.get("/readyz")).status_code == 200

    assert statuses == [201, 200, 200, 200, 200, 200, 200, 409, 200, 204, 404]
    pooled = await query(
        site_url,
        "SELECT FROM pg_stat_activity WHERE datname = current_database() "
        "AND application_name = 'cms' AND client_addr IS NULL AND backend_type = 'client backend'",
    )
    assert len(pooled) <= SERVERS


@pytest.mark.attack("F8")
async def test_many_at_once_take_turns_and_each_gets_its_own_answer(server: Server) -> None:
    async with Crowd.of(server, token=await server.log_in()) as crowd:

        async def write_and_read(number: int) -> list[int]:
            path = f"{API}/pages/page-{number}"
            document = {"title": f"Page {number}", "slug": f"page-{number}", "published": True}
            answers = [await crowd.ask("POST", f"{API}/pages", json=document)]
            answers.append(await crowd.ask("GET", f"{path}?status=all"))
            answers.append(await crowd.ask("PUT", path, json=document | {"title": f"New {number}"}))
            answers.append(await crowd.ask("GET", f"{path}?status=published"))
            titles = [answer.json().get("title") for answer in answers]
            assert titles == [f"Page {number}"] * 2 + [f"New {number}"] * 2
            return [answer.status_code for answer in answers]

        for first in range(0, 120, 12):
            done = await asyncio.gather(*(write_and_read(first + n) for n in range(12)))
            assert Counter(tuple(each) for each in done) == {(201, 200, 200, 200): 12}


@pytest.mark.attack("F8")
async def test_visitors_at_once_each_get_what_they_asked_for(server: Server) -> None:
    async with Crowd.of(server, token=await server.log_in()) as crowd:
        slugs = [f"asked-for-{number}" for number in range(60)]
        for slug in slugs:
            document = {"title": slug, "slug": slug, "published": True}
            assert (await crowd.ask("POST", f"{API}/posts", json=document)).status_code == 201

        async def read(slug: str, size: int) -> None:
            one = await crowd.ask("GET", f"{API}/posts/{slug}")
            page = await crowd.ask("GET", f"{API}/posts?per_page={size}")
            assert one.json()["title"] == slug
            assert len(page.json()["items"]) == page.json()["per_page"] == size

        async def write(slug: str) -> None:
            document = {"title": slug, "slug": slug, "published": True}
            answer = await crowd.ask("PUT", f"{API}/posts/{slug}", json=document | {"tags": ["x"]})
            assert answer.status_code == 200

        await asyncio.gather(
            *(read(slug, size) for size, slug in enumerate(slugs, 1)),
            *(write(slug) for slug in slugs),
        )


@pytest.mark.attack("F8")
async def test_every_worker_hears_of_a_change_past_the_pooler(server: Server) -> None:
    async with Crowd.of(server, token=await server.log_in()) as crowd:
        document = {"title": "Known", "slug": "heard", "published": True}
        await crowd.ask("POST", f"{API}/posts", json=document)
        await crowd.all_workers(f"{API}/posts/heard")
        await crowd.ask("PUT", f"{API}/posts/heard", json=document | {"title": "Changed"})

        await asyncio.sleep(1)  # what is promised

        answers = await crowd.all_workers(f"{API}/posts/heard")
        assert {answer.json()["title"] for answer in answers} == {"Changed"}


@pytest.mark.attack("F8")
async def test_the_rate_limit_holds_behind_the_pooler(
    checkout: Path, site_url: str, pooled_url: str
) -> None:
    limited = Server(
        checkout,
        pooled_url,
        workers=2,
        AUTH_RATE_LIMIT="5/minute",
        DATABASE_BEHIND_POOLER="true",
        LISTEN_DATABASE_URL=site_url,
        **PATIENT,
    )
    wrong = {"email": "nobody@faults.test", "password": "not the password of anyone"}
    async with running(limited), Crowd.of(limited) as crowd:
        answers = await crowd.at_once(20, "POST", f"{API}/auth/login", json=wrong)

    assert Counter(answer.status_code for answer in answers) == {401: 5, 429: 15}


@pytest.mark.attack("F8")
async def test_a_listener_that_reaches_a_pooler_is_told_and_nothing_is_remembered(
    checkout: Path, site_url: str, pooled_url: str
) -> None:
    mistaken = Server(
        checkout,
        pooled_url,
        workers=1,
        DATABASE_BEHIND_POOLER="true",
        LISTEN_DATABASE_URL=pooled_url,
        **PATIENT,
    )
    async with running(mistaken), mistaken.client(await mistaken.log_in()) as editor:
        document = {"title": "0", "slug": "unheard", "published": True}
        await editor.post(f"{API}/posts", json=document)
        await eventually(lambda: "LISTEN_DATABASE_URL leads to a pooler" in mistaken.output)
        for version in range(1, 20):  # any of the pooler's connections may be lent to the listener
            await editor.get(f"{API}/posts/unheard")
            await query(
                site_url, "UPDATE posts SET title = $1 WHERE slug = 'unheard'", f"{version}"
            )
            seen = await editor.get(f"{API}/posts/unheard")
            assert seen.json()["title"] == f"{version}"

    assert mistaken.output.count("LISTEN_DATABASE_URL") == 1
    assert mistaken.faults == []


async def test_the_doctor_sees_what_leads_to_pgbouncer(pooled_url: str, site_url: str) -> None:
    for listen_url, is_pooler in ((site_url, False), (pooled_url, True)):
        facts = await asyncio.to_thread(read_facts, pooled_url, listen_url)

        assert isinstance(facts, Facts), facts
        assert (facts.is_pooler, facts.listener_is_pooler) == (True, is_pooler)
