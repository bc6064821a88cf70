"""A database that takes connections over TLS only, as hosters have them."""

import asyncio
import os
import re
import secrets
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from urllib.request import urlopen

import pytest
from sqlalchemy import text

from cms.kernel import ROOT
from cms.postgres import Changes, EngineOptions, make_engine, make_single_engine
from dev.embedded import EmbeddedPostgres
from tests.checkout import eventually
from tests.tls_endpoint import OTHER_HOST, THIS_HOST, Authority, tls_endpoint


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "authority")


async def program(url: str) -> None:
    """As Alembic, the launcher and seed.py connect."""
    engine = make_single_engine(url, 5)
    try:
        async with engine.connect() as connection:
            assert await connection.scalar(text("SELECT 1")) == 1
    finally:
        await engine.dispose()


async def server(url: str) -> None:
    engine = make_engine(EngineOptions(url, 1, 5, 5, 5))
    try:
        async with engine.connect() as connection:
            assert await connection.scalar(text("SELECT 1")) == 1
    finally:
        await engine.dispose()


async def listener(url: str) -> None:
    """Raises what kept it from listening."""
    changes = Changes(url, 5)
    with suppress(TimeoutError):
        async with asyncio.timeout(10):
            listening = asyncio.create_task(changes._listen())
            waiting = asyncio.create_task(changes.listening.wait())
            await asyncio.wait([listening, waiting], return_when=asyncio.FIRST_COMPLETED)
            for task in (listening, waiting):
                task.cancel()
            if not changes.listening.is_set():
                await listening
    await asyncio.gather(listening, waiting, return_exceptions=True)


connecting = pytest.mark.parametrize("connect", [program, server, listener])
type Connect = Callable[[str], Awaitable[None]]


@connecting
@pytest.mark.parametrize(
    "query", ["sslmode=require", "sslmode=require&channel_binding=require", "ssl=require", ""]
)
async def test_a_connection_string_as_hosters_hand_it_out_connects_over_tls(
    database_url: str, authority: Authority, connect: Connect, query: str
) -> None:
    async with tls_endpoint(database_url, authority.server(OTHER_HOST)) as place:
        await connect(f"postgres://{place}?{query}")


@connecting
async def test_no_connection_goes_without_tls(
    database_url: str, authority: Authority, connect: Connect
) -> None:
    async with tls_endpoint(database_url, authority.server(THIS_HOST)) as place:
        with pytest.raises(Exception, match="over TLS only"):
            await connect(f"postgresql://{place}?sslmode=disable")


@connecting
async def test_verify_full_takes_the_certificate_of_that_host(
    database_url: str, authority: Authority, connect: Connect
) -> None:
    async with tls_endpoint(database_url, authority.server(THIS_HOST)) as place:
        await connect(f"postgresql://{place}?sslmode=verify-full&sslrootcert={authority.file}")


@connecting
async def test_verify_full_refuses_the_certificate_of_another_host(
    database_url: str, authority: Authority, connect: Connect
) -> None:
    trust = f"sslrootcert={authority.file}"
    async with tls_endpoint(database_url, authority.server(OTHER_HOST)) as place:
        await connect(f"postgresql://{place}?sslmode=verify-ca&{trust}")
        with pytest.raises(Exception, match="IP address mismatch"):
            await connect(f"postgresql://{place}?sslmode=verify-full&{trust}")


@connecting
@pytest.mark.parametrize("query", ["sslmode=verify-full&sslrootcert={ca}", "sslrootcert=system"])
async def test_a_certificate_of_another_authority_is_refused(
    database_url: str, authority: Authority, tmp_path: Path, connect: Connect, query: str
) -> None:
    stranger = Authority(tmp_path / "stranger", "another authority")
    async with tls_endpoint(database_url, stranger.server(THIS_HOST)) as place:
        with pytest.raises(Exception, match="CERTIFICATE_VERIFY_FAILED"):
            await connect(f"postgresql://{place}?{query.format(ca=authority.file)}")


@asynccontextmanager
async def production(url: str, log: Path) -> AsyncIterator[Callable[[], str]]:
    values = {
        "ENVIRONMENT": "production",
        "DATABASE_URL": url,
        "ALLOWED_ORIGINS": "https://www.example.com",
        "JWT_SECRET": secrets.token_urlsafe(),
        "ADMIN_EMAIL": "first@ours.test",
        "ADMIN_PASSWORD": secrets.token_urlsafe(),
        "PYTHONPATH": str(ROOT / "src"),
        "PORT": "0",
    }
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "cms.launch",
            cwd=ROOT,
            env=os.environ | values,
            stdout=output,
            stderr=output,
        )
    try:
        yield log.read_text
    finally:
        process.terminate()
        await process.wait()


def is_ready(log: str) -> bool:
    address = re.search(r"http://[0-9.:]+", log)
    try:
        with urlopen(f"{address[0]}/readyz" if address else "http://") as response:
            return bool(response.status == 200)
    except OSError:
        return False


def count(url: str, query: str) -> int:
    async def answer() -> int:
        engine = make_single_engine(url)
        try:
            async with engine.connect() as connection:
                return await connection.scalar(text(query)) or 0
        finally:
            await engine.dispose()

    return asyncio.run(answer())


async def test_production_migrates_seeds_serves_and_listens_over_tls(
    postgres: EmbeddedPostgres, authority: Authority, tmp_path: Path
) -> None:
    postgres.create_database("tls")
    url = postgres.url("tls")
    query = f"sslmode=verify-full&sslrootcert={authority.file}&channel_binding=require"
    async with (
        tls_endpoint(url, authority.server(THIS_HOST)) as place,
        production(f"postgres://{place}?{query}", tmp_path / "log") as log,
    ):
        await asyncio.to_thread(eventually, lambda: is_ready(log()))
        assert await asyncio.to_thread(count, url, "SELECT count(*) FROM users") == 1
        listeners = (
            "SELECT count(*) FROM pg_stat_activity "
            "WHERE application_name = 'cms listener' AND datname = current_database()"
        )
        await asyncio.to_thread(eventually, lambda: count(url, listeners) == 1)
