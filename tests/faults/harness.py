"""The production system as processes of its own, to be stopped, cut and killed from outside."""

import asyncio
import inspect
import os
import signal
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic

import httpx
import psutil

from cms.identity.tests.factories import PASSWORD, UserFactory
from cms.kernel.database import Database
from cms.launch.address import free_address
from cms.launch.processes import dying_with_parent, python
from dev.embedded import EmbeddedPostgres
from tests.fixtures import make_settings

PATIENCE_SECONDS = 30.0
"""For what is only waited for; what is promised has its own limit in its test."""

START_SECONDS = 120.0
"""Eight processes that start beside another suite have taken more than 30."""

PATIENT = {f"{wait}_TIMEOUT_SECONDS": "15" for wait in ("DATABASE", "STATEMENT", "LOCK")}
"""Settings for a test that is not about time: a busy machine may take its own."""

ADMIN = "admin@faults.test"
JWT_SECRET = "a signing key for nothing but tests, of many different characters"


async def eventually(
    condition: Callable[[], object | Awaitable[object]], seconds: float = PATIENCE_SECONDS
) -> float:
    """Waits for something that announces itself to nobody; returns after how many seconds."""
    began = monotonic()
    while True:
        result = condition()
        if inspect.isawaitable(result):
            result = await result
        if result:
            return monotonic() - began
        assert monotonic() - began < seconds, f"not within {seconds} s"
        await asyncio.sleep(0.02)


def kill_family(parent: psutil.Process) -> None:
    """SIGKILL for a process and all below it, none of which gets to notice that of another."""
    parent.suspend()  # so that it starts no further child meanwhile
    family = [*parent.children(recursive=True), parent]
    for process in family:
        process.kill()
    psutil.wait_procs(family[:-1], timeout=PATIENCE_SECONDS)


class DurablePostgres(EmbeddedPostgres):
    """Survives being killed. Its methods block: call them with `asyncio.to_thread`.

    The kernel ends PostgreSQL with the thread that started it, so that is one which stays.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, durable=True)
        self._thread = ThreadPoolExecutor(1)

    def start(self, check: Callable[[], None] = lambda: None) -> None:
        self._thread.submit(super().start, check).result()

    def restart(self) -> None:
        self.stop()
        self.start()

    def crash(self) -> None:
        """Everything of it gone at once, as with the machine's power."""
        assert self.pid is not None
        kill_family(psutil.Process(self.pid))
        self.kill()


def dsn(database_url: str) -> str:
    """The URL as asyncpg itself takes it."""
    return database_url.replace("+asyncpg", "")


_ANY_NUMBER = httpx.Limits()
ONE_CONNECTION = httpx.Limits(max_connections=1, keepalive_expiry=None)
"""Of a client that stays with the worker which it has met, however long it does not ask."""


def process_of(answer: httpx.Response) -> str:
    """What all request ids have in common that one process makes."""
    return answer.headers["X-Request-ID"][:24]


class _Transport(httpx.AsyncHTTPTransport):
    def __init__(self, limits: httpx.Limits) -> None:
        # Without TLS there is nothing to verify, and to read all authorities takes a while.
        super().__init__(verify=False, trust_env=False, limits=limits)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        try:
            return await super().handle_async_request(request)
        except AttributeError as error:
            # anyio's word for a connection that has ended as soon as it was made.
            raise httpx.ConnectError("ended before anything was sent") from error


_ITS_OWN = {"PORT", "WEB_CONCURRENCY"}


class Server:
    """`python -m cms.launch.serve` in production, from `checkout`, which holds no `.env`."""

    def __init__(
        self, checkout: Path, database_url: str, *, workers: int = 4, **settings: str
    ) -> None:
        self._checkout = checkout
        self._port = free_address("127.0.0.1", 0).port
        self.url = f"http://127.0.0.1:{self._port}"
        self.address = ("127.0.0.1", self._port)
        self.log = checkout.parent / f"server-{self._port}.log"
        self.concurrency = workers
        self.settings = {
            "ENVIRONMENT": "production",
            "DATABASE_URL": database_url,
            "JWT_SECRET": JWT_SECRET,
            "ALLOWED_ORIGINS": "https://admin.example.com",
            "AUTH_RATE_LIMIT": "100000/minute",
            "BCRYPT_ROUNDS": "4",
            "LOG_LEVEL": "warning",
            "HOST": "127.0.0.1",
            "PORT": str(self._port),
            "WEB_CONCURRENCY": str(workers),
            **settings,
        }
        self.process: subprocess.Popen[bytes] | None = None

    def like(self, **settings: str) -> "Server":
        """Another one, with other settings in part."""
        given = {name: value for name, value in self.settings.items() if name not in _ITS_OWN}
        url = given.pop("DATABASE_URL")
        return Server(self._checkout, url, workers=self.concurrency, **(given | settings))

    def start(self) -> None:
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                (*dying_with_parent("TERM"), *python("-m", "cms.launch.serve")),
                cwd=self._checkout,
                env={**kept, "PYTHONPATH": str(self._checkout / "src"), **self.settings},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    async def answers(
        self, path: str = "/healthz", status: int = 200, seconds: float = PATIENCE_SECONDS
    ) -> None:
        """Returns once that path has that answer."""
        async with self.client() as client:

            async def it_does() -> bool:
                assert self.is_running, self.output
                try:
                    return (await client.get(path)).status_code == status
                except httpx.TransportError:
                    return False

            await eventually(it_does, seconds)

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    @property
    def exit_code(self) -> int | None:
        return None if self.process is None else self.process.returncode

    @property
    def output(self) -> str:
        return self.log.read_text(errors="replace")

    @property
    def faults(self) -> list[str]:
        """What it has logged of faults of its own: behind every 500 there is one.

        Not what uvicorn says of those whom it cuts off when it ends.
        """
        ours = '"level":"error","logger":"cms'
        return [line for line in self.output.splitlines() if ours in line]

    @property
    def workers(self) -> list[psutil.Process]:
        """The processes that serve."""
        assert self.process is not None
        parent = psutil.Process(self.process.pid)
        if self.concurrency == 1:
            return [parent]
        # Python's own helper, the resource tracker, is a child too.
        return [
            child for child in parent.children() if "--multiprocessing-fork" in command_of(child)
        ]

    @property
    def connections(self) -> int:
        """How many clients its workers have not parted with."""
        return sum(
            connection.status == psutil.CONN_ESTABLISHED
            for worker in self.workers
            for connection in worker.net_connections("tcp")
        )

    def kill(self) -> None:
        """Ends the parent and its workers at once, with SIGKILL."""
        if self.process is not None and self.is_running:
            kill_family(psutil.Process(self.process.pid))
            self.process.wait()

    async def stop(self, number: signal.Signals = signal.SIGTERM) -> float:
        """Asks it to end, and returns after how many seconds it has."""
        assert self.process is not None
        self.process.send_signal(number)
        return await eventually(lambda: not self.is_running)

    def client(
        self, token: str | None = None, limits: httpx.Limits = _ANY_NUMBER
    ) -> httpx.AsyncClient:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return httpx.AsyncClient(
            base_url=self.url,
            headers=headers,
            timeout=PATIENCE_SECONDS,
            transport=_Transport(limits),
        )

    async def log_in(self) -> str:
        """An access token of the admin, whom `add_admin` has made."""
        async with self.client() as client:
            response = await client.post(
                "/api/v1/auth/login", json={"email": ADMIN, "password": PASSWORD}
            )
        assert response.status_code == 200, response.text
        token: str = response.json()["access_token"]
        return token


def command_of(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:  # it has just ended
        return []


@asynccontextmanager
async def running(*servers: Server) -> AsyncIterator[None]:
    """The servers, ready to serve; whatever happens, nothing of them is left afterwards."""
    try:
        for server in servers:
            server.start()
        for server in servers:
            await server.answers("/readyz", seconds=START_SECONDS)
        yield
    finally:
        for server in servers:
            server.kill()


async def add_admin(database_url: str) -> None:
    """The account of `Server.log_in`, unless there is one."""
    database = Database.connect(make_settings(database_url))
    try:
        async with database.session() as session:
            session.add(UserFactory.build(email=ADMIN, role="admin"))
    finally:
        await database.close()
