"""Serves `GET /metrics` on a port of its own: what all server processes have counted."""

import os
import socket
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Any

from cms.edge.metrics import CONTENT_TYPE, Sample, exposition, load
from cms.edge.scrapes import SOCKETS
from cms.kernel.config import Settings
from cms.launch.problems import LaunchError

# A process that does not answer for so long is told as one that does not.
_PATIENCE_SECONDS = 1.0
_READ_BYTES = 64 * 1024
_MAX_WORKERS_AT_ONCE = 32


@contextmanager
def serving_metrics(settings: Settings) -> Generator[None]:
    """While the server runs, where `METRICS_PORT` is set. Raises `LaunchError` if it is taken."""
    host, port = settings.metrics_host, settings.metrics_port
    if port is None:
        yield
        return
    with TemporaryDirectory(prefix="cms-metrics-") as folder:
        try:
            server = _Server(host, port, Path(folder))
        except OSError as error:
            reason = f"METRICS_HOST {host} and METRICS_PORT {port} cannot be listened on"
            raise LaunchError(f"{reason}: {error.strerror}.") from None
        os.environ[SOCKETS] = folder
        with server:
            Thread(target=server.serve_forever, name="metrics", daemon=True).start()
            try:
                yield
            finally:
                server.shutdown()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, host: str, port: int, folder: Path) -> None:
        self.address_family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        super().__init__((host, port), partial(_Handler, folder))

    def server_bind(self) -> None:
        # Its parent's looks its own name up, which may ask a network.
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)

    def handle_error(self, request: object, client_address: object) -> None:
        """A scraper that has left is no fault of ours."""


class _Handler(BaseHTTPRequestHandler):
    timeout = 5
    server_version, sys_version = "cms", ""

    def __init__(self, folder: Path, *connection: Any) -> None:
        self._folder = folder
        super().__init__(*connection)  # which answers

    def do_GET(self) -> None:
        if self.path.partition("?")[0] != "/metrics":
            self.send_error(404)
            return
        body = exposition(_ask_all(self._folder)).encode()
        self.send_response(200)
        self.send_header("Content-Type", CONTENT_TYPE)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as its parent has it
        """A scrape is no request of anybody's."""


def _ask_all(folder: Path) -> dict[str, list[Sample]]:
    """What each process has counted, by its id."""
    places = sorted(folder.glob("*.sock"))
    with ThreadPoolExecutor(_MAX_WORKERS_AT_ONCE) as threads:
        told = threads.map(_ask, places)
        return {
            place.stem: samples
            for place, samples in zip(places, told, strict=True)
            if samples is not None
        }


def _ask(place: Path) -> list[Sample] | None:
    """None for a process that is there no more."""
    dumped = b""
    with socket.socket(socket.AF_UNIX) as asking:
        asking.settimeout(_PATIENCE_SECONDS)
        try:
            asking.connect(str(place))
            while read := asking.recv(_READ_BYTES):
                dumped += read
        except (ConnectionRefusedError, FileNotFoundError):
            place.unlink(missing_ok=True)
            return None
        except OSError:
            dumped = b""
    samples = load(dumped) if dumped else []
    return [Sample("cms_worker_up", "", {}, bool(samples)), *samples]
