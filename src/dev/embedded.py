"""A PostgreSQL of our own, for development and tests, reached through a Unix socket alone."""

import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic, sleep
from types import TracebackType
from typing import Self

from cms.launch.problems import LaunchError
from cms.launch.processes import terminate
from dev import cluster
from dev.folders import lock, private_folder, socket_folder

_START_SECONDS = 60.0
_OPTIONS = ("max_connections=200", "timezone=UTC", "log_timezone=UTC")
_THROWAWAY = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
_ESCALATION = ((signal.SIGINT, 3.0), (signal.SIGQUIT, 0.5), (signal.SIGKILL, 0.5))


def _never() -> bool:
    return False


class EmbeddedPostgres:
    """A server whose data, log and lock lie in `folder`, its socket where its path is short.

    Use it as a context manager, or call `start` and `stop`. Whatever an earlier run left behind
    is cleared up by `start`. Raises `LaunchError` when it cannot start.
    """

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        self.folder = folder.absolute()
        self.log = self.folder / "server.log"
        self._data = self.folder / "data"
        self._options = _OPTIONS if durable else _OPTIONS + _THROWAWAY
        self._sockets: Path | None = None
        self._lock: int | None = None
        self._process: subprocess.Popen[bytes] | None = None

    @classmethod
    @contextmanager
    def throwaway(cls) -> Generator[Self]:
        """A running server with fast, unsafe writes; its folder is removed with it."""
        with (
            TemporaryDirectory(prefix="cms-postgres-", ignore_cleanup_errors=True) as folder,
            cls(Path(folder), durable=False) as server,
        ):
            yield server

    @property
    def pid(self) -> int | None:
        """Its process while it runs."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def url(self, database: str = "cms") -> str:
        """Where SQLAlchemy finds a database of this server, as its administrator."""
        return f"postgresql+asyncpg://postgres@/{database}?host={self._sockets}&port=5432"

    def start(self, check: Callable[[], None] = lambda: None) -> None:
        """Returns once it answers and has a database named `cms`; calls `check` while it waits."""
        for name in [name for name in os.environ if name.startswith("PG")]:
            del os.environ[name]  # they are meant for another server: PGSSLMODE, PGPASSFILE...
        private_folder(self.folder)
        self._lock = lock(self.folder / "lock")
        try:
            cluster.end_orphan(self._data)
            if not self._data.exists():
                cluster.create(self._data)
            self._sockets = socket_folder(self.folder)
            self._serve(check)
            self.create_database("cms")
        except BaseException:
            self.stop()
            raise

    def create_database(self, name: str) -> None:
        """Makes an empty database, unless there is one of that name."""
        cluster.create_database(str(self._sockets), name)

    def stop(self, is_urgent: Callable[[], bool] = _never) -> None:
        """Ends every connection, writes what is to be written, and stops."""
        if self._process is not None:
            terminate(self._process, _ESCALATION, is_urgent)
        self._release()

    def kill(self) -> None:
        """Ends it as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._release()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def _serve(self, check: Callable[[], None]) -> None:
        account = cluster.account_of(self._data)
        command = [*account.prefix, cluster.program("postgres"), "-D", str(self._data)]
        command += ["-k", str(self._sockets), "-c", "listen_addresses="]
        command += [word for option in self._options for word in ("-c", option)]
        deadline = monotonic() + _START_SECONDS
        while not self._attempt(command, deadline, check):
            # Processes of a killed server may hold its memory for some moments more.
            reason = cluster.last_words(self.log)
            if "pre-existing shared memory" not in reason or monotonic() > deadline:
                raise LaunchError(f"PostgreSQL did not start: {reason} (see {self.log}).")
            sleep(0.2)

    def _attempt(self, command: list[str], deadline: float, check: Callable[[], None]) -> bool:
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                command,
                cwd=self.folder,
                env=cluster.environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        while self._process.poll() is None and monotonic() < deadline:
            check()
            if cluster.is_ready(self._data, self._process.pid):
                return True
            sleep(0.02)
        return False

    def _release(self) -> None:
        self._process = None
        if self._sockets is not None:
            shutil.rmtree(self._sockets, ignore_errors=True)
        self._sockets = None
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None
