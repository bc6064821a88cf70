"""The embedded PostgreSQL."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from cms.launch.problems import LaunchError
from dev import cluster
from dev.account import accounts
from dev.embedded import EmbeddedPostgres


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "postgres"


def ask(server: EmbeddedPostgres, query: str, database: str = "cms") -> object:
    """The first value of the first row, or None for a statement that returns no rows."""

    async def answer() -> object:
        durable = {"server_settings": {"synchronous_commit": "on"}}
        engine = create_async_engine(server.url(database), connect_args=durable)
        try:
            async with engine.begin() as connection:
                result = await connection.execute(text(query))
                return result.scalar() if result.returns_rows else None
        finally:
            await engine.dispose()

    return asyncio.run(answer())


def sockets_of(server: EmbeddedPostgres) -> Path:
    return Path(str(make_url(server.url()).query["host"]))


def test_it_answers_in_a_database_of_its_own_beside_others_alone_in_its_folder(
    postgres: EmbeddedPostgres, folder: Path
) -> None:
    with EmbeddedPostgres(folder, durable=False) as server:
        assert ask(server, "SELECT current_database()") == "cms"
        assert ask(server, "SELECT lower('ÄÖÜ')") == "äöü"
        assert ask(server, "SHOW listen_addresses") == ""
        assert ask(postgres, "SELECT current_database()", "postgres") == "postgres"
        with pytest.raises(LaunchError, match="is in use by another run"):
            EmbeddedPostgres(folder, durable=False).start()
        assert ask(server, "SELECT 1") == 1
    assert server.pid is None


def test_a_database_is_made_once(postgres: EmbeddedPostgres) -> None:
    postgres.create_database("more")
    postgres.create_database("more")
    assert ask(postgres, "SELECT current_database()", "more") == "more"


def test_a_server_left_by_a_killed_run_is_replaced(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = (
        "import pathlib, sys; from dev.embedded import EmbeddedPostgres\n"
        "server = EmbeddedPostgres(pathlib.Path(sys.argv[1]), durable=False); server.start()\n"
        "print(server.pid, flush=True); sys.stdin.read()"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        (sys.executable, "-c", script, str(folder)),
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as run:
        assert run.stdout is not None
        left = int(run.stdout.readline())
        os.kill(left, signal.SIGSTOP)  # so that it outlives the run, and only SIGKILL ends it
        run.kill()
    monkeypatch.setattr(cluster, "_STOPS", ((signal.SIGINT, 0.1), (signal.SIGKILL, 5.0)))
    with EmbeddedPostgres(folder, durable=False) as server:
        assert not psutil.pid_exists(left)
        assert ask(server, "SELECT 1") == 1


def test_what_was_written_outlives_a_crash_though_its_process_number_is_used_again(
    folder: Path,
) -> None:
    server = EmbeddedPostgres(folder, durable=False)
    server.start()
    ask(server, "CREATE TABLE kept AS SELECT 42 AS answer")
    server.kill()
    file = folder / "data" / "postmaster.pid"
    file.write_text(file.read_text().replace(file.read_text().split()[0], str(os.getpid()), 1))
    with EmbeddedPostgres(folder, durable=False) as server:
        assert ask(server, "SELECT answer FROM kept") == 42


def test_it_can_lie_where_no_socket_can(tmp_path: Path) -> None:
    name = f"{'long' * 30}, with spaces, at 100%20"
    with EmbeddedPostgres(tmp_path / name, durable=False) as server:
        assert ask(server, "SELECT 1") == 1
        sockets = sockets_of(server)
        assert sockets.stat().st_mode & 0o777 == 0o700
    assert not sockets.exists()


def test_a_folder_open_to_others_is_refused(folder: Path) -> None:
    folder.mkdir()
    folder.chmod(0o755)
    with pytest.raises(LaunchError, match="closed to other users"):
        EmbeddedPostgres(folder).start()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_folder_of_another_user_is_refused(folder: Path) -> None:
    folder.mkdir(mode=0o700)
    os.chown(folder, 65534, 65534)
    with pytest.raises(LaunchError, match="start as that user, or set another DATA_DIR"):
        EmbeddedPostgres(folder).start()


@pytest.mark.skipif(os.geteuid() != 0, reason="PostgreSQL refuses to run as root alone")
def test_root_can_run_it_below_a_closed_home(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    with EmbeddedPostgres(home / "work" / "postgres", durable=False) as server:
        assert ask(server, "SELECT 1") == 1
    assert home.stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
@pytest.mark.parametrize("way", range(2))
def test_nobody_else_on_the_machine_gets_in(
    folder: Path, monkeypatch: pytest.MonkeyPatch, way: int
) -> None:
    account = accounts()[way]
    if subprocess.run([*account.prefix, "true"], check=False, capture_output=True).returncode:
        pytest.skip("this machine does not let us run it so")
    monkeypatch.setattr(cluster, "accounts", lambda: (account,))
    with EmbeddedPostgres(folder, durable=False) as server:
        assert ask(server, "SELECT 1") == 1
        sockets = sockets_of(server)
        sockets.chmod(0o711)  # one lock less
        assert answer_to_user(0, sockets) == b"R"
        assert answer_to_user(1, sockets) == b"E"


def answer_to_user(uid: int, sockets: Path) -> bytes:
    """The kind of message with which PostgreSQL answers him who says that he is `postgres`."""
    asked = b"\0\3\0\0user\0postgres\0database\0cms\0\0"
    with socket.socket(socket.AF_UNIX) as client:
        os.seteuid(uid)
        try:
            client.connect(str(sockets / ".s.PGSQL.5432"))
        finally:
            os.seteuid(0)
        client.sendall((len(asked) + 4).to_bytes(4) + asked)
        return client.recv(1)


@pytest.mark.skipif(os.geteuid() != 0, reason="anybody else runs all of these tests as himself")
def test_an_ordinary_user_can_run_it(folder: Path) -> None:
    ordinary = accounts()[0]
    folder.mkdir(mode=0o700)
    os.chown(folder, ordinary.uid, ordinary.gid)
    script = (
        "import os, pathlib, sys; from dev.embedded import EmbeddedPostgres\n"
        "with EmbeddedPostgres(pathlib.Path(sys.argv[1]), durable=False): print(os.geteuid(), os.getgroups())"
    )
    run = subprocess.run(
        ("setpriv", "--groups=4", *ordinary.prefix, sys.executable, "-c", script, str(folder)),
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        check=True,
        capture_output=True,
        text=True,
    )
    assert run.stdout == f"{ordinary.uid} []\n"


def test_a_throwaway_server_leaves_nothing() -> None:
    with EmbeddedPostgres.throwaway() as server:
        folder = server.folder
        assert folder.exists()
    assert not folder.exists()
