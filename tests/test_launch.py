"""The launcher as a person meets it: real processes in a checkout of their own."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from cms.kernel import ROOT, Settings
from cms.launch.address import Address
from cms.launch.processes import terminate
from dev.embedded import EmbeddedPostgres
from tests.checkout import (
    BANNER,
    PATIENCE_SECONDS,
    Checkout,
    Start,
    copy_checkout,
    eventually,
    is_healthy,
)
from tests.fixtures import ask

# They are meant for another server.
OF_LIBPQ = {"PGHOST": "192.0.2.1", "PGPORT": "1", "PGUSER": "someone", "PGDATABASE": "else"}
OF_LIBPQ |= {"PGSSLMODE": "verify-full", "PGSSLROOTCERT": "/none", "PGOPTIONS": "-c nothing=1"}


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    checkout = copy_checkout(tmp_path_factory.mktemp("launch") / "a check-out")
    (checkout.root / ".env").write_text("ADMIN_EMAIL=first@example.com\n")
    return checkout


@pytest.fixture(scope="module")
def first(checkout: Checkout) -> Iterator[Start]:
    """The first start, which somebody has ended with Ctrl-C."""
    start = checkout.start("first", **OF_LIBPQ)
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
    yield from running(checkout.start("second", **OF_LIBPQ))


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
    assert f"{first.url}/admin" not in first.output  # it has not been built in this checkout
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


def test_variables_of_libpq_reach_nothing(second: Start) -> None:
    assert is_healthy(second.url)
    children = psutil.Process(second.process.pid).children(recursive=True)
    assert {"postgres", "python"} <= {child.name().rstrip("0123456789.") for child in children}
    for child in children:
        assert not OF_LIBPQ.keys() & child.environ().keys(), child.name()


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


def test_a_taken_port_is_told_before_anything_starts(checkout: Checkout) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        refused = checkout.refusal(PORT=port)
    assert refused.returncode == 1
    assert refused.stdout == ""
    assert refused.stderr == (
        f"Port {port} on 127.0.0.1 is taken: stop what listens there, or set another PORT.\n"
    )


@pytest.mark.attack("D8")
def test_an_unreachable_database_is_told(checkout: Checkout) -> None:
    refused = checkout.refusal(DATABASE_URL="postgresql://cms:hidden@127.0.0.1:1/cms")
    assert refused.returncode == 1
    assert refused.stderr.startswith("The database cms:***@127.0.0.1:1/cms cannot be reached: ")
    assert refused.stderr.count("\n") == 1


def test_a_database_of_another_history_is_told(
    checkout: Checkout, postgres: EmbeddedPostgres
) -> None:
    postgres.create_database("stranger")
    url = postgres.url("stranger")
    ask(url, "CREATE TABLE alembic_version AS SELECT '20200101_01_elsewhere' AS version_num")

    refused = checkout.refusal(DATABASE_URL=url)

    assert refused.returncode == 1
    assert refused.stderr == (
        "The database is at revision '20200101_01_elsewhere', which this version does not know.\n"
    )


@pytest.mark.parametrize(
    ("host", "url"),
    [("0.0.0.0", "http://127.0.0.1:80"), ("::", "http://[::1]:80"), ("cms", "http://cms:80")],
)
def test_people_are_sent_where_they_can_reach_it(host: str, url: str) -> None:
    assert Address(host, 80).url == url


@pytest.mark.parametrize(
    ("number", "before", "code"),
    [
        ("SIGINT", "default_int_handler", 0),
        ("SIGTERM", "SIG_DFL", 0),
        ("SIGHUP", "SIG_DFL", 0),
        ("SIGHUP", "SIG_IGN", 1),
    ],
)
def test_it_ends_by_itself_when_asked_to_unless_nohup_says_otherwise(
    number: str, before: str, code: int
) -> None:
    asked = f"""
import os, signal, sys
from cms.launch.signals import Interrupted, Signals
signal.signal(signal.{number}, signal.{before})
signals = Signals()
os.kill(os.getpid(), signal.{number})
try:
    signals.check()
except Interrupted:
    sys.exit(0)
sys.exit(1)
"""
    assert subprocess.run([sys.executable, "-c", asked], check=False).returncode == code


def test_with_a_child_that_is_killed_its_own_children_end() -> None:
    family = """
import subprocess, time
print(subprocess.Popen(["sleep", "600"]).pid, flush=True)
time.sleep(600)
"""
    command = (sys.executable, "-c", family)
    with subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True) as process:
        assert process.stdout is not None
        grandchild = psutil.Process(int(process.stdout.readline()))
        terminate(process, ((signal.SIGKILL, 1.0),))
    eventually(lambda: ended(grandchild))


def ended(process: psutil.Process) -> bool:
    """A process that nobody waits for is left as a zombie."""
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def test_garbage_is_looked_for_in_what_requests_leave_and_not_in_the_application() -> None:
    assert_of_a_server(
        """
made = {id(each) for each in gc.get_objects()}
assert gc.isenabled()
assert id(application) not in made
assert gc.get_freeze_count() >= len(made)
"""
    )


def test_a_thread_keeps_the_event_loop_from_running_for_a_millisecond_at_most() -> None:
    assert_of_a_server("assert sys.getswitchinterval() <= 0.001")


def assert_of_a_server(holds: str) -> None:
    """Of the process that serves, before it does."""
    serving = f"import gc, sys\nfrom cms.serving import build\napplication = build()\n{holds}"
    environment = os.environ | {"DATABASE_URL": "postgresql:///none", "JWT_SECRET": "s" * 32}
    serve = subprocess.run([sys.executable, "-c", serving], env=environment, check=False)
    assert serve.returncode == 0


def test_the_example_settings_are_the_defaults(tmp_path: Path) -> None:
    lines = (ROOT / ".env.example").read_text().splitlines()
    settings = [line[1:] for line in lines if re.match(r"#[A-Z_]+=", line)]
    assert {line.partition("=")[0].lower() for line in settings} == set(Settings.model_fields)
    example = tmp_path / ".env"
    example.write_text("\n".join(line for line in settings if not line.startswith("DATA_DIR")))
    assert Settings(_env_file=example) == Settings(_env_file=None)
