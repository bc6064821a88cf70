"""What a visitor's miss waits while editors save long texts, all at once."""

import argparse
import http.client
import json
import statistics
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from threading import Barrier, Event
from typing import Any

from benchmarks.load import Reading, load
from benchmarks.serving import EMAIL, JSON_TYPE, PASSWORD, Case, Server, Site
from benchmarks.throughput import LIST, long_body

WRITERS = 24
BODY_LENGTH = 200_000


def measure(site: Site, options: argparse.Namespace) -> None:
    """Each round without writers, then with them; no memory, so that each read is a miss."""
    with site.api(CACHE_MAX_BYTES="0") as api:
        login = Case(
            "login", "/api/v1/auth/login", "POST", JSON_TYPE,
            json.dumps({"email": EMAIL, "password": PASSWORD}),
        )  # fmt: skip
        token = json.loads(api.send(login)["body"])["access_token"]
        slug = json.loads(api.send(LIST)["body"])["items"][0]["slug"]
        miss = Case("one post", f"/api/v1/posts/{slug}")
        writers = _Writers(api, token)
        alone: list[Reading] = []
        crowded: list[Reading] = []
        for _ in range(options.runs):
            alone.append(load(api, miss, options.seconds))
            with writers.at_work():
                crowded.append(load(api, miss, options.seconds))
        print("  measured: a miss in a crowd", file=sys.stderr)
    print(f"\n### A miss during {WRITERS} concurrent writes of {BODY_LENGTH // 1000} KB\n")
    print("| writes | requests/s | p50 ms | p99 ms | p99 to none |\n|---|---:|---:|---:|---:|")
    for name, taken in (("none", alone), (f"{WRITERS} at once", crowded)):
        ratio = statistics.median(
            with_.p99_ms / without.p99_ms for with_, without in zip(taken, alone, strict=True)
        )
        rate, p50, p99 = (
            statistics.median(getattr(reading, field) for reading in taken)
            for field in ("rate", "p50_ms", "p99_ms")
        )
        print(f"| {name} | {rate:,.0f} | {p50:.2f} | {p99:.2f} | {ratio:.1f} |", flush=True)
    told = ", ".join(f"{number:,} x {status}" for status, number in sorted(writers.done.items()))
    print(f"\nThe writes were answered with {told}.")


class _Writers:
    """Each replaces a post of its own again and again, until they are stopped."""

    def __init__(self, api: Server, token: str) -> None:
        self.done = Counter[int]()
        """How many of their writes were answered with which status."""
        self._port = api.port
        self._headers = {**JSON_TYPE, "Authorization": f"Bearer {token}"}
        self._body = long_body(BODY_LENGTH)
        self._stop = Event()

    @contextmanager
    def at_work(self) -> Iterator[None]:
        self._stop.clear()
        begun = Barrier(WRITERS + 1)
        with ThreadPoolExecutor(WRITERS) as threads:
            writing = [threads.submit(self._write, number, begun) for number in range(WRITERS)]
            begun.wait()
            try:
                yield
            finally:
                self._stop.set()
        for each in writing:
            each.result()

    def _write(self, number: int, begun: Barrier) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port)
        slug = f"crowd-{number}"
        self._send(connection, "POST", "/api/v1/posts", {"slug": slug, "title": "Crowd"})
        begun.wait()
        for edit in count():
            if self._stop.is_set():
                break
            content = {"title": f"Crowd {edit}", "body": self._body}
            self.done[self._send(connection, "PUT", f"/api/v1/posts/{slug}", content)] += 1
        connection.close()

    def _send(
        self, connection: http.client.HTTPConnection, method: str, path: str, content: Any
    ) -> int:
        connection.request(method, path, json.dumps(content), self._headers)
        response = connection.getresponse()
        response.read()
        return response.status
