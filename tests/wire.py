"""The production server as a process, and bare sockets to it."""

import json
import os
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest

from cms.kernel.config import ROOT
from tests.fixtures import JWT_SECRET, MakeDatabase


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    content: bytes

    @classmethod
    def parse(cls, received: bytes) -> "Answer":
        head, _, content = received.partition(b"\r\n\r\n")
        status, *lines = head.decode("latin-1").split("\r\n")
        pairs = (line.partition(":") for line in lines)
        headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
        return cls(int(status.split()[1]), headers, content)

    @classmethod
    def read(cls, connection: socket.socket) -> "Answer":
        """One answer of known length, from a connection that stays open."""
        received = b""
        while part := connection.recv(65_536):
            received += part
            if b"\r\n\r\n" in received:
                answer = cls.parse(received)
                if len(answer.content) == int(answer.headers["content-length"]):
                    return answer
        raise AssertionError(received)

    @classmethod
    def sequence(cls, received: bytes, *methods: str) -> list["Answer"]:
        """All that a connection gave, to requests of these methods; the last may be of any."""
        answers: list[Answer] = []
        expected = [*methods]
        while received:
            answer = cls.parse(received)
            head = received[: len(received) - len(answer.content)]
            assert head.endswith(b"\r\n\r\n"), f"cut off: {received!r}"
            is_interim = answer.status < 200
            method = "" if is_interim else expected.pop(0) if expected else "GET"
            has_content = method != "HEAD" and not is_interim and answer.status not in {204, 304}
            length = int(answer.headers["content-length"]) if has_content else 0
            assert len(answer.content) >= length, f"cut off: {received!r}"
            answers.append(cls(answer.status, answer.headers, answer.content[:length]))
            received = answer.content[length:]
        return answers

    @property
    def id(self) -> str:
        return self.headers["x-request-id"]

    @property
    def problem(self) -> dict[str, Any]:
        assert self.headers["content-type"] == "application/problem+json"
        problem: dict[str, Any] = json.loads(self.content)
        assert problem["status"] == self.status
        return problem


class Server:
    """The process that production runs."""

    def __init__(self, database_url: str, log: Path, **settings: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self._log = log
        values = {"DATABASE_URL": database_url, "JWT_SECRET": JWT_SECRET, "PORT": str(self.port)}
        values |= {"PYTHONPATH": str(ROOT / "src"), "LOG_LEVEL": "info", "WEB_CONCURRENCY": "1"}
        values |= {"AUTH_RATE_LIMIT": "1000/second", "ADMIN_APP": "off"}
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "cms.launch.serve"],
                cwd=ROOT,
                env=os.environ | values | settings,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=5)

    def wait(self) -> None:
        deadline = monotonic() + 30
        while monotonic() < deadline and self._process.poll() is None:
            with suppress(ConnectionRefusedError), self.connect():
                return
            sleep(0.05)
        raise AssertionError(self._log.read_text())

    def ask(self, request: bytes) -> Answer:
        """Sends it and reads until the server closes the connection."""
        received = b""
        with self.connect() as connection:
            connection.sendall(request)
            while part := connection.recv(65_536):
                received += part
        return Answer.parse(received)

    def exchange(self, *parts: bytes) -> bytes:
        """Sends each part once all before it have been read, and reads until the end."""
        received = b""
        with self.connect() as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with suppress(ConnectionError):  # it may have closed the connection before all is sent
                for part in parts:
                    connection.sendall(part)
                    self.wait_until_read(connection)
            with suppress(ConnectionError):
                while data := connection.recv(65_536):
                    received += data
            # Thousands of connections that linger would make the kernel's list of them long.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return received

    def wait_until_read(self, connection: socket.socket) -> None:
        ends = (self.port, connection.getsockname()[1])
        deadline = monotonic() + 5
        while unread_bytes(*ends) > 0:
            assert monotonic() < deadline
            sleep(0.001)

    @property
    def memory(self) -> int:
        """Its resident set in bytes."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        (line,) = (line for line in status.splitlines() if line.startswith("VmRSS:"))
        return int(line.split()[1]) * 1024

    @property
    def log(self) -> str:
        return self._log.read_text()

    def log_lines(self, text: str) -> list[str]:
        """The lines that hold a text, once the log's next batch is written."""
        deadline = monotonic() + 5
        while text not in self.log and monotonic() < deadline:
            sleep(0.02)
        return [line for line in self.log.splitlines() if text in line]

    def wait_for_its_end(self) -> int:
        return self._process.wait(30)

    def stop(self) -> int:
        self._process.terminate()
        return self._process.wait(10)


def unread_bytes(local_port: int, remote_port: int) -> int:
    """What the kernel keeps for the process at `local_port`."""
    ends = (f":{local_port:04X}", f":{remote_port:04X}")
    for line in Path("/proc/net/tcp").read_text().splitlines():
        _, local, remote, _, queues, *_ = line.split()
        if local.endswith(ends[0]) and remote.endswith(ends[1]):
            return int(queues.partition(":")[2], 16)
    return 0


@contextmanager
def running(database_url: str, log: Path, **settings: str) -> Iterator[Server]:
    server = Server(database_url, log, **settings)
    try:
        server.wait()
        yield server
    finally:
        code = server.stop()
    assert code == 0


@pytest.fixture(scope="session")
def server(
    copy_database: MakeDatabase, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    with running(copy_database("wire"), tmp_path_factory.mktemp("wire") / "log") as server:
        yield server
