"""`make bench`: what the API does in a second, beside two yardsticks in the same run.

A bare ASGI app sends the same bytes and does nothing else; `plain.py` does the same work the way the
frameworks' tutorials write it. Each runs on one uvicorn worker pinned to one core; `wrk` (with
PostgreSQL) has the other. Read the ratios: the absolute figures are this machine's of this minute.
"""

import argparse
import json
import os
import platform
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from cms import demo
from cms.kernel.config import ROOT
from cms.launch.embedded import EmbeddedPostgres

API_PORT, BARE_PORT, MISS_PORT, PLAIN_PORT = 8711, 8712, 8713, 8714
CONNECTIONS = 16
EMAIL, PASSWORD = "admin@example.com", "correct horse battery staple"
UNLIMITED = "1000000/second"


@dataclass(frozen=True)
class Case:
    """One request, sent again and again. `key` is what the bare app knows it by."""

    name: str
    method: str
    path: str
    headers: dict[str, str]
    body: str = ""
    unique: bool = False
    status: int = 200
    connections: int = CONNECTIONS

    @property
    def key(self) -> str:
        suffix = " 304" if "If-None-Match" in self.headers else ""
        return f"{self.method} {self.path.partition('?')[0]}{suffix}"


@dataclass(frozen=True)
class Reading:
    rate: float
    p50_ms: float
    p99_ms: float


def environment(**extra: str) -> dict[str, str]:
    return os.environ | {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"} | extra


@contextmanager
def server(target: str, port: int, core: int, env: dict[str, str]) -> Iterator[psutil.Process]:
    """One uvicorn worker on one core, with the flags that the launcher gives it."""
    flags = ["--no-access-log", "--no-server-header", "--no-proxy-headers"]
    flags += ["--log-level", "warning", "--loop", "uvloop", "--http", "httptools"]
    command = [sys.executable, "-m", "uvicorn", *target.split(), "--port", str(port), *flags]
    process = subprocess.Popen(command, env=env, cwd=ROOT)
    try:
        psutil.Process(process.pid).cpu_affinity([core])
        wait_for(port, process)
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait()


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    while process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise SystemExit("The server to measure did not start.")


def send(port: int, case: Case) -> dict[str, Any]:
    """Sends a case once and gives what came back, to be replayed by the bare app."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{case.path}",
        method=case.method,
        headers=case.headers,
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


def script(case: Case) -> str:
    """The case in wrk's Lua; a unique title each time where two may not be the same."""
    headers = "".join(
        f"wrk.headers[{json.dumps(k)}] = {json.dumps(v)}\n" for k, v in case.headers.items()
    )
    body = f"[==[{case.body}]==]"
    if case.unique:
        return (
            f"{headers}local n, body = 0, {body}\n"
            "local seed = tostring({}):gsub('%W', ''):lower() .. os.time()\n"
            "request = function() n = n + 1\n"
            f"  return wrk.format('{case.method}', nil, nil,"
            " (body:gsub('UNIQUE', seed .. 'x' .. n))) end\n"
        )
    return f"wrk.method = '{case.method}'\n{headers}wrk.body = {body if case.body else 'nil'}\n"


def measure(port: int, case: Case, core: int, seconds: int) -> Reading:
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as lua:
        lua.write(script(case))
        lua.flush()
        url = f"http://127.0.0.1:{port}{case.path}"
        wrk = [
            "wrk",
            "-t1",
            f"-c{case.connections}",
            f"-d{seconds}s",
            "--latency",
            "-s",
            lua.name,
            url,
        ]
        result = subprocess.run(
            ["taskset", "-c", str(core), *wrk], capture_output=True, text=True, check=True
        )
    output = result.stdout
    if "Non-2xx" in output and case.status < 300:
        raise SystemExit(f"{case.name}: some answers were errors:\n{output}")
    return Reading(
        rate=float(re.search(r"Requests/sec:\s+([\d.]+)", output)[1]),
        p50_ms=milliseconds(output, "50%"),
        p99_ms=milliseconds(output, "99%"),
    )


def milliseconds(output: str, percentile: str) -> float:
    number, unit = re.search(rf"{percentile}\s+([\d.]+)(us|ms|s)\b", output).groups()
    return float(number) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[unit]


def median(readings: list[Reading]) -> Reading:
    return Reading(
        *(statistics.median(getattr(r, f) for r in readings) for f in ("rate", "p50_ms", "p99_ms"))
    )


def cases(port: int) -> list[Case]:
    """What is measured; some of it needs a token or an ETag of this very database."""
    json_type = {"Content-Type": "application/json"}
    login = Case(
        "login",
        "POST",
        "/api/v1/auth/login",
        json_type,
        json.dumps({"email": EMAIL, "password": PASSWORD}),
        connections=1,  # it is bcrypt that is measured, not the queue for it
    )
    token = json.loads(send(port, login)["body"])["access_token"]
    listing = Case("post list", "GET", "/api/v1/posts", {})
    slug = json.loads(send(port, listing)["body"])["items"][0]["slug"]
    one = Case("one post", "GET", f"/api/v1/posts/{slug}", {})
    etag = dict(send(port, one)["headers"])["etag"]
    body = max((post["body"] for post in demo.load().posts), key=len)
    create = Case(
        "create",
        "POST",
        "/api/v1/posts",
        json_type | {"Authorization": f"Bearer {token}"},
        json.dumps({"title": "Benchmark UNIQUE", "slug": "bench-UNIQUE", "body": body}),
        unique=True,
        status=201,
    )
    not_modified = Case("304", "GET", one.path, {"If-None-Match": etag}, status=304)
    return [listing, one, not_modified, create, login]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=4, help="a reading")
    parser.add_argument("--runs", type=int, default=3, help="readings a case")
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        raise SystemExit("The load generator is missing: install the package wrk.")
    cores = sorted(psutil.Process().cpu_affinity())
    server_core, load_core = cores[0], cores[-1]
    psutil.Process().cpu_affinity([load_core])  # PostgreSQL inherits it
    with EmbeddedPostgres.throwaway() as postgres, tempfile.TemporaryDirectory() as folder:
        env = environment(
            DATABASE_URL=postgres.url(),
            JWT_SECRET="k" * 40,
            LOG_LEVEL="warning",
            AUTH_RATE_LIMIT=UNLIMITED,
            ADMIN_EMAIL=EMAIL,
            ADMIN_PASSWORD=PASSWORD,
        )
        for step in (["-m", "alembic", "upgrade", "head"], ["seed.py"]):
            subprocess.run(
                [sys.executable, *step], env=env, cwd=ROOT, check=True, capture_output=True
            )
        recorded = Path(folder) / "responses.json"
        uncached = env | {"CACHE_MAX_BYTES": "0"}
        plain = environment(DATABASE_URL=postgres.url())
        bare = environment(BARE_RESPONSES=str(recorded))
        with (
            server("--factory cms.main:build", API_PORT, server_core, env) as api,
            server("--factory cms.main:build", MISS_PORT, server_core, uncached),
            server("benchmarks.plain:app", PLAIN_PORT, server_core, plain),
        ):
            fresh = api.memory_info().rss
            measured = cases(API_PORT)
            recorded.write_text(json.dumps({c.key: send(API_PORT, unique(c)) for c in measured}))
            with server("benchmarks.bare:app", BARE_PORT, server_core, bare):
                rows = [
                    (case, compare(case, load_core, options.seconds, options.runs))
                    for case in measured
                ]
            report(rows, fresh, api.memory_info().rss, options)


def unique(case: Case) -> Case:
    return Case(**{**vars(case), "body": case.body.replace("UNIQUE", "recorded")})


def compare(case: Case, core: int, seconds: int, runs: int) -> dict[int, list[Reading]]:
    """The readings of each server that knows the request, taken in turns."""
    readings: dict[int, list[Reading]] = {port: [] for port in ports(case)}
    for _ in range(runs):
        for port, taken in readings.items():
            taken.append(measure(port, case, core, seconds))
    print(f"  measured: {case.name}", file=sys.stderr)
    return readings


def ports(case: Case) -> list[int]:
    """A read has a second life as a miss; the plain way has neither login nor conditions."""
    known = [BARE_PORT, API_PORT]
    if case.name in {"post list", "one post"}:
        known.append(MISS_PORT)
    if case.name not in {"304", "login"}:
        known.append(PLAIN_PORT)
    return known


NAMES = {
    API_PORT: "this API",
    MISS_PORT: "this API, every time a miss",
    PLAIN_PORT: "the plain way",
    BARE_PORT: "bare ASGI",
}


def report(
    rows: list[tuple[Case, dict[int, list[Reading]]]], fresh: int, after: int, options: Any
) -> None:
    print(f"\n{datetime.now(UTC):%Y-%m-%d}, {platform.machine()}, {os.cpu_count()} cores, ", end="")
    print(f"Python {platform.python_version()}; one worker on one core, ", end="")
    print(f"{CONNECTIONS} connections, medians of {options.runs} x {options.seconds} s\n")
    print("| request | answered by | requests/s | spread | p50 ms | p99 ms | to bare ASGI |")
    print("|---|---|---:|---:|---:|---:|---:|")
    for case, readings in rows:
        bare = median(readings[BARE_PORT]).rate
        for port, name in NAMES.items():
            if port in readings:
                rates = [reading.rate for reading in readings[port]]
                middle = median(readings[port])
                spread = (max(rates) - min(rates)) / middle.rate if middle.rate else 0
                print(
                    f"| {case.name} | {name} | {middle.rate:,.0f} | {spread:.0%} "
                    f"| {middle.p50_ms:.2f} | {middle.p99_ms:.2f} | {middle.rate / bare:.3f} |"
                )
    print(f"\nResident memory of a worker: {fresh / 2**20:.0f} MB", end="")
    print(f" fresh, {after / 2**20:.0f} MB afterwards.")


if __name__ == "__main__":
    main()
