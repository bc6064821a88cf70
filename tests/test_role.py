"""The system with the database role that `compose.yaml` has made: it owns its database and nothing else."""

import re
from asyncio import to_thread
from collections.abc import AsyncIterator, Iterator
from typing import Any

import asyncpg
import pytest
from httpx import AsyncClient
from sqlalchemy import text

from cms.identity.tests.factories import PASSWORD, UserFactory
from cms.kernel import ROOT, Database
from cms.main import assemble
from dev.embedded import EmbeddedPostgres
from tests.fixtures import connected, make_client, make_settings, migrate, running

ROLE = "cms"
API = "/api/v1"
# psql's own words, and what it puts in for them, are not PostgreSQL's.
SCRIPT = re.sub(r"(?m)^(--|\\).*\n", "", (ROOT / "compose.database.sql").read_text())
STATEMENTS = SCRIPT.replace(":'password'", "'a password'").strip().split(";\n")


async def as_administrator(postgres: EmbeddedPostgres, *statements: str) -> Any:
    """Returns the one value that the last of them gives."""
    connection = await asyncpg.connect(postgres.url("postgres").replace("+asyncpg", ""))
    try:
        return [await connection.fetchval(statement) for statement in statements][-1]
    finally:
        await connection.close()


@pytest.fixture(scope="module")
def let_in(postgres: EmbeddedPostgres) -> Iterator[None]:
    """The embedded server admits its administrator alone."""
    rules, names = (postgres.folder / "data" / f"pg_{file}.conf" for file in ("hba", "ident"))
    before = rules.read_text(), names.read_text()
    rules.write_text(before[0] + before[0].replace("postgres", ROLE))
    names.write_text(before[1] + before[1].replace("postgres", ROLE))
    yield
    rules.write_text(before[0])
    names.write_text(before[1])


@pytest.fixture
async def url(postgres: EmbeddedPostgres, let_in: None) -> str:
    await as_administrator(
        postgres,
        "SELECT pg_reload_conf()",
        f"DROP DATABASE IF EXISTS {ROLE}",
        f"DROP ROLE IF EXISTS {ROLE}",
        "ALTER ROLE postgres PASSWORD 'a password'",  # as the image does
        *STATEMENTS,
    )
    return postgres.url(ROLE).replace("postgres@", f"{ROLE}@")


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    await to_thread(migrate, url)
    async with connected(make_settings(url)) as database:
        async with database.session() as session:
            session.add(UserFactory.build(email="admin@example.com", role="admin"))
        yield database


@pytest.fixture
async def client(url: str, database: Database) -> AsyncIterator[AsyncClient]:
    app = assemble(make_settings(url), database=database)
    async with running(app), make_client(app) as client:
        yield client


@pytest.mark.attack("D9")
async def test_everything_works_with_a_role_that_is_no_superuser(
    client: AsyncClient, database: Database
) -> None:
    powers = "rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls"
    [role] = await database.read(
        text(f"SELECT {powers} FROM pg_roles WHERE rolname = current_user")
    )
    assert not any(role)

    assert (await client.get("/readyz")).status_code == 200
    login = {"email": "admin@example.com", "password": PASSWORD}
    pair = (await client.post(f"{API}/auth/login", json=login)).json()
    client.headers["Authorization"] = f"Bearer {pair['access_token']}"
    statuses = [
        (await client.request(method, API + path, json=body)).status_code
        for method, path, body in (
            ("POST", "/pages", {"title": "About", "published": True}),
            ("GET", "/pages/about", None),
            ("PUT", "/pages/about", {"title": "About us", "published": True}),
            ("DELETE", "/pages/about", None),
            ("GET", "/pages/about", None),
            ("POST", "/posts", {"title": "News", "tags": ["a"], "published": True}),
            ("GET", "/posts?tag=a", None),
            ("PUT", "/settings", {"site_name": "Ours"}),
            ("GET", "/settings", None),
            ("POST", "/users", {"email": "second@example.com", "password": PASSWORD}),
            ("GET", "/users/me/sessions", None),
            ("POST", "/auth/refresh", {"refresh_token": pair["refresh_token"]}),
            ("POST", "/auth/logout", {"refresh_token": pair["refresh_token"]}),
        )
    ]
    assert statuses == [201, 200, 200, 204, 404, 201, 200, 200, 200, 201, 200, 200, 204]


@pytest.mark.attack("D9")
async def test_no_password_is_that_of_the_superuser(postgres: EmbeddedPostgres, url: str) -> None:
    known = "SELECT string_agg(rolname, ' ') FROM pg_authid WHERE rolpassword IS NOT NULL AND rolname IN "

    assert await as_administrator(postgres, f"{known} ('postgres', '{ROLE}')") == ROLE


@pytest.mark.attack("D9")
async def test_the_way_back_needs_no_superuser_either(url: str) -> None:
    await to_thread(migrate, url)
    await to_thread(migrate, url, "base")
    await to_thread(migrate, url)
