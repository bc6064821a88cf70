"""`make revision NAME=events`: a new migration, written from the models on a database of its own."""

import ast
import re
import subprocess
import sys
from datetime import UTC, datetime

from cms.kernel.config import ROOT
from cms.launch.problems import LaunchError
from cms.launch.processes import environment
from dev.embedded import EmbeddedPostgres

_VERSIONS = ROOT / "migrations" / "versions"


def revise(name: str) -> None:
    """Raises `LaunchError` for a name that no file should have, and where Alembic fails."""
    # Alembic has room for 32 characters, 12 of which are the date and number.
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,19}", name):
        raise LaunchError("Say what it is for, in 20 small letters: make revision NAME=add_events")
    revision = _next_revision(name)
    with EmbeddedPostgres.throwaway() as postgres:
        variables = environment(DATABASE_URL=postgres.url())
        _run("alembic", "upgrade", "head", variables=variables)
        message = name.replace("_", " ").capitalize()
        written = ("--autogenerate", "--rev-id", revision, "-m", message)
        _run("alembic", "revision", *written, variables=variables)
    file = _VERSIONS / f"{revision}.py"
    _run("ruff", "check", "--quiet", "--fix", str(file), variables=variables)
    _run("ruff", "format", "--quiet", str(file), variables=variables)
    print(f"Wrote migrations/versions/{revision}.py: read it before you trust it.")
    if changes_nothing(file.read_text()):
        print(
            "It changes nothing: no model has changed, or its slice is not in src/cms/main.py yet."
        )


def changes_nothing(migration: str) -> bool:
    """Whether the `upgrade` of a migration's source is empty."""
    functions = (each for each in ast.parse(migration).body if isinstance(each, ast.FunctionDef))
    (upgrade,) = (each for each in functions if each.name == "upgrade")
    return all(isinstance(line, ast.Pass) for line in upgrade.body)


def _next_revision(name: str) -> str:
    """Dated and numbered, so that the files' order is the history's."""
    today = f"{datetime.now(UTC):%Y%m%d}"
    number = 1 + len(list(_VERSIONS.glob(f"{today}_*.py")))
    return f"{today}_{number:02}_{name}"


def _run(*words: str, variables: dict[str, str]) -> None:
    command = [sys.executable, "-m", *words]
    result = subprocess.run(
        command, cwd=ROOT, env=variables, check=False, capture_output=True, text=True
    )
    if result.returncode:
        raise LaunchError((result.stderr or result.stdout).strip().splitlines()[-1])


if __name__ == "__main__":
    try:
        revise(sys.argv[1] if len(sys.argv) > 1 else "")
    except LaunchError as error:
        sys.exit(str(error))
