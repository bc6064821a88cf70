"""A migrated and seeded database, and the servers to be measured on it."""

import json
import os
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter, sleep
from typing import Any, ClassVar, Self

import psutil

from cms.kernel import ROOT
from cms.launch.address import free_address
from dev.embedded import EmbeddedPostgres

EMAIL, PASSWORD = "admin@example.com", "correct horse battery staple"
JSON_TYPE = {"Content-Type": "application/json"}
_START_SECONDS = 30
# The flags that the API itself gives to uvicorn.
_FLAGS = "--no-access-log --no-server-header --no-proxy-headers --log-level warning --loop uvloop --http httptools"


@dataclass(frozen=True)
class Case:
    """One request, sent again and again; `UNIQUE` in its body is another word each time."""

    name: str
    path: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    status: int = 200

    @property
    def key(self) -> str:
        """What the bare app knows its answer by."""
        condition = " 304" if "If-None-Match" in self.headers else ""
        return f"{self.method} {self.path.partition('?')[0]}{condition}"


class Server:
    """A running server, which may have workers."""

    def __init__(self, port: int, process: subprocess.Popen[bytes]) -> None:
        self.port = port
        self._parent = psutil.Process(process.pid)

    @property
    def processes(self) -> list[psutil.Process]:
        return [self._parent, *self._parent.children(recursive=True)]

    def cpu_seconds(self) -> float:
        times = [process.cpu_times() for process in self.processes]
        return sum(each.user + each.system for each in times)

    def resident_bytes(self) -> int:
        return self._parent.memory_info().rss

    def send(self, case: Case) -> dict[str, Any]:
        """Sends a case once and gives what came back, to be replayed by the bare app."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{case.path}",
            method=case.method,
            headers=dict(case.headers),
            data=case.body.encode() or None,
        )
        try:
            with urllib.request.urlopen(request) as response:
                status, headers, body = response.status, response.getheaders(), response.read()
        except urllib.error.HTTPError as error:
            status, headers, body = error.code, list(error.headers.items()), error.read()
        if status != case.status:
            raise SystemExit(f"{case.name}: expected {case.status}, got {status}: {body!r}")
        # `Connection: close` answered urllib's own; the server itself adds the date.
        dropped = {"connection", "date"}
        kept = [(name.lower(), value) for name, value in headers if name.lower() not in dropped]
        return {"status": status, "headers": kept, "body": body.decode()}

    def seconds_for(self, case: Case) -> float:
        began = perf_counter()
        self.send(case)
        return perf_counter() - began


class Site:
    """Where everything is measured."""

    CORES: ClassVar[list[int]] = sorted(os.sched_getaffinity(0))
    SERVER_CORE: ClassVar[int] = CORES[0]
    LOAD_CORE: ClassVar[int] = CORES[-1]

    def __init__(self, postgres: EmbeddedPostgres, folder: Path) -> None:
        self.postgres = postgres
        self._folder = folder
        self.settings = {
            "ENVIRONMENT": "production",
            "DATABASE_URL": postgres.url(),
            "JWT_SECRET": "0123 a signing key of the benchmark, many letters long",
            "ALLOWED_ORIGINS": "https://www.site.test",
            "AUTH_RATE_LIMIT": "1000000/second",
            "LOG_LEVEL": "warning",
        }

    @classmethod
    @contextmanager
    def running(cls) -> Iterator[Self]:
        with EmbeddedPostgres.throwaway() as postgres, tempfile.TemporaryDirectory() as folder:
            site = cls(postgres, Path(folder))
            site.make_database("cms")
            yield site

    def make_database(self, name: str) -> None:
        """Migrated and seeded; `cms` is the one that is used where no other is named."""
        self.postgres.create_database(name)
        admin = {"ADMIN_EMAIL": EMAIL, "ADMIN_PASSWORD": PASSWORD}
        url = {"DATABASE_URL": self.postgres.url(name)}
        for step in (["-m", "alembic", "upgrade", "head"], ["seed.py"]):
            subprocess.run(
                [sys.executable, *step],
                env=self.environment(ENVIRONMENT="development", **admin, **url),
                cwd=ROOT,
                check=True,
                capture_output=True,
            )

    def environment(self, **settings: str) -> dict[str, str]:
        python_path = {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"}
        return os.environ | python_path | self.settings | settings

    @contextmanager
    def api(self, *, pinned: bool = True, **settings: str) -> Iterator[Server]:
        """The API as it is deployed, its log in a file."""
        port = free_address("127.0.0.1", 0).port
        with self._serving(
            [sys.executable, "-m", "cms.launch.serve"],
            port,
            self.environment(PORT=str(port), **settings),
            pinned=pinned,
        ) as server:
            server.send(Case("first", "/api/v1/posts"))
            yield server

    @contextmanager
    def plain(self) -> Iterator[Server]:
        with self._uvicorn("benchmarks.plain:app") as server:
            yield server

    @contextmanager
    def bare(
        self, answers: Mapping[str, dict[str, Any]], *, pinned: bool = True
    ) -> Iterator[Server]:
        """Sends these answers, by the key of their case."""
        recorded = self._folder / "answers.json"
        recorded.write_text(json.dumps(answers))
        with self._uvicorn(
            "benchmarks.bare:app", pinned=pinned, BARE_RESPONSES=str(recorded)
        ) as server:
            yield server

    @contextmanager
    def _uvicorn(self, app: str, *, pinned: bool = True, **settings: str) -> Iterator[Server]:
        port = free_address("127.0.0.1", 0).port
        command = [sys.executable, "-m", "uvicorn", app, "--port", str(port), *_FLAGS.split()]
        with self._serving(command, port, self.environment(**settings), pinned=pinned) as server:
            yield server

    @contextmanager
    def _serving(
        self, command: list[str], port: int, environment: dict[str, str], *, pinned: bool
    ) -> Iterator[Server]:
        cores = [self.SERVER_CORE] if pinned else self.CORES
        with (self._folder / f"{port}.log").open("wb") as log:
            process = subprocess.Popen(
                [*on(cores), *command],
                env=environment,
                cwd=self._folder,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            server = Server(port, process)
            wait_for(port, process)
            yield server
        finally:
            process.terminate()
            process.wait()


def on(cores: list[int]) -> list[str]:
    """A prefix that keeps a command on these cores."""
    return ["taskset", "--cpu-list", ",".join(map(str, cores))]


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    """Returns once it answers `/healthz`, or (the yardsticks) anything at all."""
    deadline = perf_counter() + _START_SECONDS
    while process.poll() is None and perf_counter() < deadline:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5).close()
        except urllib.error.HTTPError:
            return
        except OSError:
            sleep(0.01)
        else:
            return
    raise SystemExit("The server to measure did not start.")
