"""The launcher as a person meets it: real processes in a checkout of their own."""

import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from urllib.request import urlopen

import asyncpg
import pytest

from cms.kernel.config import ROOT, Settings
from cms.launch.embedded import EmbeddedPostgres

PATIENCE_SECONDS = 60
BANNER = "Ctrl-C stops everything."


def eventually(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


@dataclass
class Start:
    """One start of the system."""

    process: subprocess.Popen[bytes]
    file: Path

    @property
    def output(self) -> str:
        return self.file.read_text()

    @property
    def url(self) -> str:
        match = re.search(r"http://[\d.:]+", self.output)
        assert match, self.output
        return match[0]

    def wait_for(self, text: str) -> None:
        eventually(lambda: text in self.output or self.process.poll() is not None)
        assert text in self.output

    def stop(self, number: signal.Signals) -> float:
        """Returns the seconds it took."""
        started = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(PATIENCE_SECONDS)
        return time.monotonic() - started


@dataclass
class Checkout:
    """A copy of the code, whose `.env` and data are nobody else's."""

    root: Path

    @property
    def data(self) -> Path:
        return self.root / ".data"

    def command(self, **settings: str) -> dict[str, object]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        return {
            "args": [sys.executable, "-m", "cms.launch"],
            "cwd": self.root,
            "env": {**kept, "PYTHONPATH": str(self.root / "src"), "PORT": "0", **settings},
        }

    def start(self, name: str, **settings: str) -> Start:
        file = self.root / f"{name}.txt"
        with file.open("wb") as output:
            process = subprocess.Popen(
                **self.command(**settings), stdout=output, stderr=subprocess.STDOUT
            )
        return Start(process, file)

    def refusal(self, **settings: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            **self.command(**settings),
            check=False,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
        )

    def processes(self) -> list[str]:
        """Whatever runs for this checkout."""
        found: list[str] = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                where = str((process / "cwd").readlink())
                name = (process / "comm").read_text().strip()
            except OSError:
                continue
            if where.startswith(str(self.root)):
                found.append(name)
        return found


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    root = tmp_path_factory.mktemp("launch") / "a check-out"
    for folder in ("src", "migrations"):
        shutil.copytree(ROOT / folder, root / folder)
    for file in ("alembic.ini", "seed.py"):
        shutil.copy(ROOT / file, root)
    (root / ".env").write_text("ADMIN_EMAIL=first@example.com\n")
    return Checkout(root)


@pytest.fixture(scope="module")
def first(checkout: Checkout) -> Iterator[Start]:
    """The first start, which somebody has ended with Ctrl-C."""
    start = checkout.start("first")
    try:
        start.wait_for(BANNER)
        assert is_healthy(start.url)
        assert start.stop(signal.SIGINT) < 10
        yield start
    finally:
        start.process.kill()
        start.process.wait()


@pytest.fixture(scope="module")
def second(checkout: Checkout, first: Start) -> Iterator[Start]:
    """A later start, which runs."""
    yield from running(checkout.start("second"))


@pytest.fixture(scope="module")
def third(checkout: Checkout, second: Start) -> Iterator[Start]:
    """A start on the same port after the one before was killed."""
    second.stop(signal.SIGKILL)
    yield from running(checkout.start("third", PORT=second.url.rpartition(":")[2]))


def running(start: Start) -> Iterator[Start]:
    try:
        start.wait_for(BANNER)
        yield start
    finally:
        start.process.terminate()
        start.process.wait(PATIENCE_SECONDS)


def test_the_first_start_says_where_everything_is(first: Start, checkout: Checkout) -> None:
    password = (checkout.data / "admin-password").read_text()
    assert len(password) >= 16
    assert f"{first.url}/api/v1" in first.output
    assert f"{first.url}/docs" in first.output
    assert "first@example.com" in first.output
    assert password in first.output


def test_ctrl_c_ends_everything_well(first: Start, checkout: Checkout) -> None:
    assert first.process.returncode == 0
    assert "Traceback" not in first.output
    assert checkout.processes() == []


def test_what_is_made_up_can_be_read_by_its_owner_alone(first: Start, checkout: Checkout) -> None:
    modes = {path.name: path.stat().st_mode & 0o777 for path in checkout.data.iterdir()}
    assert modes == {"admin-password": 0o600, "jwt-secret": 0o600, "postgres": 0o700}


def test_a_later_start_does_not_show_the_password(second: Start, checkout: Checkout) -> None:
    assert (checkout.data / "admin-password").read_text() not in second.output
    assert str(checkout.data / "admin-password") in second.output


def test_a_data_dir_serves_one_run_at_a_time(second: Start, checkout: Checkout) -> None:
    refused = checkout.refusal()
    assert refused.returncode == 1
    assert refused.stderr.endswith(
        "is in use by another run: stop that one, or set another DATA_DIR.\n"
    )


def test_the_system_starts_again_after_a_kill(second: Start, third: Start) -> None:
    assert third.url == second.url
    assert is_healthy(third.url)


def test_a_second_ctrl_c_leaves_nothing_behind(third: Start, checkout: Checkout) -> None:
    host, _, port = third.url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port))) as stalled:
        stalled.sendall(b"POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n")
        third.process.send_signal(signal.SIGINT)
        third.wait_for("Stopping")
        started = time.monotonic()
        eventually(lambda: interrupted_again(third.process))
    assert time.monotonic() - started < 5
    assert third.process.returncode == 0
    assert checkout.processes() == []


def interrupted_again(process: subprocess.Popen[bytes]) -> bool:
    """Whether it has ended; asks it to, if not."""
    ended = process.poll() is not None
    if not ended:
        process.send_signal(signal.SIGINT)
    return ended


PRODUCTION = {
    "ENVIRONMENT": "production",
    "DATABASE_URL": "postgresql://cms@127.0.0.1:1/cms",
    "ALLOWED_ORIGINS": "https://www.example.com",
    "JWT_SECRET": secrets.token_urlsafe(),
}


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        (PRODUCTION | {"JWT_SECRET": "short"}, "JWT_SECRET must have 32 bytes or more"),
        (PRODUCTION | {"DATABASE_URL": ""}, "DATABASE_URL is required in production"),
        ({"PORT": "99999"}, "PORT is not valid: input should be less than or equal to 65535"),
    ],
)
def test_unusable_settings_are_refused_in_one_sentence(
    checkout: Checkout, settings: dict[str, str], sentence: str
) -> None:
    refused = checkout.refusal(**settings)
    assert refused.returncode == 2
    assert refused.stderr.startswith(sentence)
    assert refused.stderr.count("\n") == 1


def test_a_taken_port_is_told_before_anything_starts(checkout: Checkout) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        refused = checkout.refusal(PORT=port)
    assert refused.returncode == 1
    assert refused.stdout == ""
    assert refused.stderr == (
        f"Port {port} on 127.0.0.1 is taken: stop what listens there, or set another PORT.\n"
    )


def test_an_unreachable_database_is_told(checkout: Checkout) -> None:
    refused = checkout.refusal(DATABASE_URL="postgresql://cms:hidden@127.0.0.1:1/cms")
    assert refused.returncode == 1
    assert refused.stderr.startswith("The database cms:***@127.0.0.1:1/cms cannot be reached: ")
    assert refused.stderr.count("\n") == 1


async def test_a_database_of_a_newer_version_is_told(
    checkout: Checkout, postgres: EmbeddedPostgres
) -> None:
    postgres.create_database("newer")
    url = postgres.url("newer").replace("+asyncpg", "")
    connection = await asyncpg.connect(url)
    await connection.execute("CREATE TABLE alembic_version (version_num text)")
    await connection.execute("INSERT INTO alembic_version VALUES ('from_tomorrow')")
    await connection.close()
    refused = checkout.refusal(DATABASE_URL=url)
    assert refused.returncode == 1
    assert refused.stderr.startswith("The database is at revision 'from_tomorrow', which this")
    assert refused.stderr.count("\n") == 1


def test_in_production_the_server_takes_the_launchers_place(
    checkout: Checkout, postgres: EmbeddedPostgres
) -> None:
    postgres.create_database("production")
    start = checkout.start(
        "production", **(PRODUCTION | {"DATABASE_URL": postgres.url("production")})
    )
    try:
        start.wait_for("Starting the API")
        process = Path(f"/proc/{start.process.pid}/cmdline")
        eventually(lambda: b"cms.launch.serve" in process.read_bytes())
        eventually(lambda: is_healthy(start.url))
        assert checkout.processes() == [process.with_name("comm").read_text().strip()]
    finally:
        start.stop(signal.SIGTERM)
    assert start.process.returncode == 0


def is_healthy(url: str) -> bool:
    try:
        with urlopen(f"{url}/healthz") as response:
            return response.status == HTTPStatus.OK
    except OSError:
        return False


def test_the_example_settings_are_the_defaults(tmp_path: Path) -> None:
    lines = (ROOT / ".env.example").read_text().splitlines()
    settings = [line[1:] for line in lines if re.match(r"#[A-Z_]+=", line)]
    assert {line.partition("=")[0].lower() for line in settings} == set(Settings.model_fields)
    example = tmp_path / ".env"
    example.write_text("\n".join(line for line in settings if not line.startswith("DATA_DIR")))
    assert Settings(_env_file=example) == Settings(_env_file=None)
