"""The launcher in production, where nothing is made up and nothing unsafe is tolerated."""

import secrets
import signal
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from http import HTTPStatus
from pathlib import Path
from urllib.request import urlopen

import psutil
import pytest

from cms.kernel.revision import head_revision
from dev.embedded import EmbeddedPostgres
from tests.checkout import (
    Checkout,
    Start,
    copy_checkout,
    copy_image,
    eventually,
    is_healthy,
)
from tests.fixtures import ask, migrate

SETTINGS = {
    "ENVIRONMENT": "production",
    "DATABASE_URL": "postgresql://cms@127.0.0.1:1/cms",
    "ALLOWED_ORIGINS": "https://www.example.com",
    "JWT_SECRET": secrets.token_urlsafe(),
}


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    return copy_image(tmp_path_factory.mktemp("production") / "image")


GOOD = {"ADMIN_EMAIL": "first@ours.test", "ADMIN_PASSWORD": secrets.token_urlsafe()}
REFUSED: list[tuple[dict[str, str], str]] = [
    ({"ENVIRONMENT": "development"}, "ENVIRONMENT is not production"),
    ({"DATABASE_URL": ""}, "DATABASE_URL is required in production"),
    ({"PORT": "99999"}, "PORT is not valid: input should be less than or equal to 65535"),
    (
        {"DATABASE_URL": "postgresql://cms@db/cms?pgbouncer=true"},
        "DATABASE_URL is not valid: its parameter pgbouncer is not supported\n",
    ),
    (
        {"DATABASE_URL": "postgresql://u:hid@den/wo#rd@h/db"},
        "DATABASE_URL is not valid: it cannot be read: ",
    ),
    ({"ALLOWED_ORIGINS": ""}, "ALLOWED_ORIGINS is"),
    ({"ALLOWED_ORIGINS": "*"}, "ALLOWED_ORIGINS is"),
    ({"JWT_SECRET": ""}, "JWT_SECRET must have 32 bytes or more"),
    ({"JWT_SECRET": "change-me"}, "JWT_SECRET must have 32 bytes or more"),
    ({"JWT_SECRET": "change-me-" * 4}, "JWT_SECRET looks like a placeholder"),
    ({"ADMIN_PASSWORD": "admin"}, "ADMIN_PASSWORD must have 12 bytes or more"),
    ({"ADMIN_PASSWORD": "change-me-now"}, "ADMIN_PASSWORD looks like a placeholder"),
    ({"ADMIN_PASSWORD": "first@ours.test"}, "ADMIN_PASSWORD looks like a placeholder"),
]


@pytest.mark.attack("C5")
@pytest.mark.attack("D1")
@pytest.mark.attack("D2")
def test_unusable_settings_are_refused_in_one_sentence_that_repeats_no_secret(
    checkout: Checkout,
) -> None:
    """All by one process, one after the other: what takes time is its imports."""
    both = {"PORT": "none", "WEB_CONCURRENCY": "none"}
    *said, (_, _, of_both) = checkout.refusals(
        [SETTINGS | GOOD | settings for settings in (*(each for each, _ in REFUSED), both)]
    )

    assert sorted(line.split()[0] for line in of_both.splitlines()) == ["PORT", "WEB_CONCURRENCY"]
    for (settings, sentence), (code, output, error) in zip(REFUSED, said, strict=True):
        assert (code, output) == (2, ""), settings
        assert error.startswith(sentence), error
        assert error.count("\n") == 1
        hidden = {settings.get(name) for name in ("JWT_SECRET", "ADMIN_PASSWORD")} - {None, ""}
        for secret in (*hidden, "hid", "wo#", "rd@"):
            assert secret not in error


def assert_database_refused(checkout: Checkout, url: str, sentence: str) -> None:
    refused = checkout.refusal(**(SETTINGS | {"DATABASE_URL": url}))

    assert (refused.returncode, refused.stderr) == (1, f"{sentence}\n")


def test_an_older_postgresql_is_told(checkout: Checkout, postgres: EmbeddedPostgres) -> None:
    url = url_of(postgres, "older")
    ask(url, "CREATE SCHEMA old")
    ask(
        url,
        "CREATE FUNCTION old.current_setting(text) RETURNS text LANGUAGE sql RETURN "
        "CASE $1 WHEN 'server_version_num' THEN '140022' ELSE pg_catalog.current_setting($1) END",
    )
    ask(url, "ALTER DATABASE older SET search_path = old, pg_catalog, public")

    assert_database_refused(
        checkout,
        url,
        "The database postgres@/older is PostgreSQL 14: 15 or newer is needed.",
    )


def test_a_user_who_may_not_create_tables_is_told(
    checkout: Checkout, postgres: EmbeddedPostgres
) -> None:
    url = url_of(postgres, "closed")
    ask(url, "CREATE ROLE visitor")
    ask(url, "GRANT visitor TO postgres")
    ask(url, "ALTER DATABASE closed SET role = visitor")

    assert_database_refused(
        checkout,
        url,
        "The database postgres@/closed cannot be migrated: "
        "the user may not create tables in its schema public.",
    )


def url_of(postgres: EmbeddedPostgres, name: str) -> str:
    postgres.create_database(name)
    return postgres.url(name)


@contextmanager
def serving(checkout: Checkout, name: str, url: str, **settings: str) -> Iterator[Start]:
    start = checkout.start(name, **(SETTINGS | {"DATABASE_URL": url} | settings))
    try:
        start.wait_for("Starting the API")
        eventually(lambda: is_healthy(start.url) or start.process.poll() is not None)
        yield start
    finally:
        start.stop(signal.SIGTERM)
    assert start.process.returncode == 0


@pytest.fixture(scope="module", autouse=True)
def stalled(checkout: Checkout, postgres: EmbeddedPostgres) -> Iterator[tuple[Start, float]]:
    """A server that was asked to stop in the midst of a request, and when. It has time meanwhile."""
    start = checkout.start("stalled", **(SETTINGS | {"DATABASE_URL": url_of(postgres, "stalled")}))
    try:
        start.wait_for("Starting the API")
        eventually(lambda: is_healthy(start.url))
        host, _, port = start.url.removeprefix("http://").partition(":")
        with socket.create_connection((host, int(port))) as client:
            client.sendall(
                b"POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
                b"Content-Type: application/json\r\nContent-Length: 9\r\n\r\n"
            )
            assert b"100 Continue" in client.recv(100)  # the request has begun
            start.process.terminate()
            yield start, time.monotonic()
    finally:
        start.process.kill()
        start.process.wait()


def outlives(process: psutil.Process, seconds: float) -> bool:
    """Whether it is there after being stopped for so long; then it goes on."""
    process.suspend()
    with suppress(psutil.TimeoutExpired):
        process.wait(seconds)
    is_there = process.is_running()
    with suppress(psutil.NoSuchProcess):
        process.resume()
    return is_there


@pytest.fixture(scope="module", autouse=True)
def paused(
    checkout: Checkout, postgres: EmbeddedPostgres, stalled: tuple[Start, float]
) -> Iterator[Future[bool]]:
    """Whether one process of two outlived that it got no processor. The other tests run meanwhile."""
    assert stalled
    url = postgres.url("stalled")
    with (
        serving(checkout, "paused", url, WEB_CONCURRENCY="2") as start,
        ThreadPoolExecutor(1) as watcher,
    ):
        children = psutil.Process(start.process.pid).children()
        one = next(each for each in children if "--multiprocessing-fork" in each.cmdline())
        yield watcher.submit(outlives, one, 8)


@pytest.mark.parametrize("copy", [copy_image, copy_checkout])
def test_in_production_one_process_does_everything(
    tmp_path: Path, postgres: EmbeddedPostgres, copy: Callable[[Path], Checkout]
) -> None:
    checkout = copy(tmp_path / "of its own")
    with serving(checkout, "production", url_of(postgres, "production")) as start:
        process = Path(f"/proc/{start.process.pid}/comm")
        assert checkout.processes() == [process.read_text().strip()]


def test_what_is_there_already_is_not_made_again(
    checkout: Checkout, postgres: EmbeddedPostgres
) -> None:
    url = url_of(postgres, "again")
    admin = {"ADMIN_EMAIL": "first@ours.test", "ADMIN_PASSWORD": secrets.token_urlsafe()}
    with serving(checkout, "making", url, **admin) as first:
        pass
    with serving(checkout, "again", url, **admin) as second:
        pass

    assert "Migrating the database" in first.output
    assert "Making the first administrator" in first.output
    assert admin["ADMIN_PASSWORD"] not in first.output
    assert second.output.startswith("Starting the API")
    [made] = ask(url, "SELECT email, role FROM users")
    assert tuple(made) == ("first@ours.test", "admin")
    assert ask(url, "SELECT FROM pages") == ask(url, "SELECT FROM posts") == []


def test_an_administrator_is_made_only_if_one_is_named(
    checkout: Checkout, postgres: EmbeddedPostgres
) -> None:
    url = url_of(postgres, "unnamed")
    with serving(checkout, "unnamed", url, ADMIN_PASSWORD=secrets.token_urlsafe()):
        assert ask(url, "SELECT FROM users") == []


def test_after_an_upgrade_the_last_version_can_start_again(
    checkout: Checkout, postgres: EmbeddedPostgres
) -> None:
    url = url_of(postgres, "upgraded")
    migrate(url)
    ask(url, "UPDATE alembic_version SET version_num = '99990101_01_tomorrow'")
    with serving(checkout, "last", url) as start:
        with urlopen(f"{start.url}/readyz") as response:
            assert response.status == HTTPStatus.OK
        assert start.output.startswith(
            "The database is at revision 99990101_01_tomorrow, newer than "
            f"{head_revision()}: left as it is.\nStarting the API"
        )
    [revision] = ask(url, "SELECT version_num FROM alembic_version")
    assert revision["version_num"] == "99990101_01_tomorrow"


def test_a_client_that_stalls_does_not_keep_the_server_from_stopping(
    stalled: tuple[Start, float],
) -> None:
    start, asked = stalled
    start.process.wait(max(0.1, asked + 12 - time.monotonic()))
    assert start.process.returncode == 0


def test_a_process_that_waits_for_its_processor_is_not_replaced(paused: Future[bool]) -> None:
    assert paused.result()
