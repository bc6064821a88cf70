"""Runs pytest in forks of a process that has imported other people's code, and none of ours.

Beginning anew, with a PostgreSQL of its own, would cost each fault four times what it costs so.
"""

import asyncio
import gc
import importlib
import os
import re
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, Never

ROOT = Path(__file__).parents[2]
FORKS = get_context("fork")
_LIBRARIES = (
    *("pytest", "hypothesis", "schemathesis.pytest.plugin", "faker.contrib.pytest.plugin"),
    *(
        "fastapi.openapi.utils",
        "fastapi_offline",
        "uvicorn",
        "uvloop",
        "httpx",
        "pydantic_settings",
    ),
    *("sqlalchemy.ext.asyncio", "sqlalchemy.dialects.postgresql.asyncpg", "asyncpg"),
    *("alembic.command", "jose.jwt", "passlib.hash", "limits.aio.strategies", "slugify", "nh3"),
    *("factory", "psutil", "bleach", "html5lib"),
)
# A test of the server itself, or that kills it, needs one of its own.
_TAKES_SERVER = re.compile(r"\bpostgres\.(?!url|create_database)|EmbeddedPostgres\(")
_LEFT_BEHIND = """
SELECT format('DROP DATABASE %I WITH (FORCE)', datname) FROM pg_database
WHERE NOT datistemplate AND datname NOT IN ('postgres', 'cms', $1)
UNION ALL SELECT format('DROP ROLE %I', rolname) FROM pg_roles WHERE rolname !~ '^(pg_|postgres$)'
ORDER BY 1
"""


def import_libraries() -> None:
    for name in _LIBRARIES:
        importlib.import_module(name)
    gc.freeze()  # no fork need look through it, nor copy its pages


class Server:
    """A migrated PostgreSQL that lives on from run to run, each of which finds it as new."""

    def __init__(self, tree: Path) -> None:
        self._keeper, theirs = FORKS.Pipe()
        FORKS.Process(target=_keep_server, args=(tree, theirs, self._keeper), daemon=True).start()
        theirs.close()
        self._sockets: str = self._keeper.recv()
        self._is_sound = True

    def lend(self, *, migrated: bool) -> str:
        """The folder of its socket. Unless it is to be `migrated`, the tests see to that."""
        self._keeper.send(migrated and self._is_sound)
        self._keeper.recv()
        self._is_sound = migrated
        return self._sockets


def may_share(tree: Path, tests: Sequence[str]) -> bool:
    paths = {tree / test.partition("::")[0] for test in tests}
    files = {file for path in paths for file in (path.rglob("*.py") if path.is_dir() else [path])}
    return not any(_TAKES_SERVER.search(file.read_text()) for file in files)


def run_pytest(
    tree: Path, arguments: Sequence[str], seconds: float, sockets: str | None
) -> tuple[int | None, str]:
    """Its exit code and what it said, of that copy of the tree; no code where it took too long."""
    with NamedTemporaryFile(prefix="mutants-") as output:
        told = (tree, arguments, output.fileno(), sockets)
        child = FORKS.Process(target=_run_pytest, args=told)
        child.start()
        child.join(seconds)
        if child.is_alive():
            child.kill()
            child.join()
            return None, ""
        return child.exitcode, Path(output.name).read_text()


def _run_pytest(tree: Path, arguments: Sequence[str], output: int, sockets: str | None) -> Never:
    import pytest  # noqa: PLC0415 -- only the fork may begin with it

    for stream in (1, 2):
        os.dup2(output, stream)
    _move_into(tree)
    if sockets is not None:
        _use_server(Path(sockets))
    # What cannot be rewritten now are the libraries' helpers, whose assertions are not ours.
    code = pytest.main(["-W", "ignore::pytest.PytestAssertRewriteWarning", *arguments])
    sys.stdout.flush()
    os._exit(code)


def _move_into(tree: Path) -> None:
    ours = {"", str(ROOT), str(ROOT / "src")}
    sys.path[:] = [str(tree / "src"), str(tree), *(each for each in sys.path if each not in ours)]
    for name in [name for name in sys.modules if name.partition(".")[0] in {"tests", "cms", "dev"}]:
        del sys.modules[name]
    os.environ["PYTHONPATH"] = str(tree / "src")
    os.chdir(tree)


def _use_server(sockets: Path) -> None:
    from dev.embedded import EmbeddedPostgres  # noqa: PLC0415 -- the copy's

    @contextmanager
    def lent() -> Iterator[EmbeddedPostgres]:
        server = EmbeddedPostgres(sockets)
        server._sockets = sockets
        yield server

    EmbeddedPostgres.throwaway = staticmethod(lent)  # type: ignore[method-assign, assignment]


def _keep_server(tree: Path, worker: Connection, theirs: Connection) -> None:
    theirs.close()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    _move_into(tree)
    from dev.embedded import EmbeddedPostgres  # noqa: PLC0415 -- the copy's
    from tests.fixtures import migrate  # noqa: PLC0415

    with EmbeddedPostgres.throwaway() as server:
        server.create_database("template")
        migrate(server.url("template"))
        worker.send(str(server._sockets))
        while True:
            try:
                keeps = "template" if worker.recv() else ""
            except EOFError:
                return
            asyncio.run(_clear(server.url("postgres").replace("+asyncpg", ""), keeps))
            worker.send(None)


async def _clear(url: str, keeps: str) -> None:
    import asyncpg  # noqa: PLC0415 -- it has been imported already

    connection: Any = await asyncpg.connect(url)
    try:
        for (statement,) in await connection.fetch(_LEFT_BEHIND, keeps):
            await connection.execute(statement)
    finally:
        await connection.close()
