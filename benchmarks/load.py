"""Load from `wrk`, and what came of it."""

import json
import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks.serving import Case, Server, Site, on

CONNECTIONS = 16


@dataclass(frozen=True)
class Reading:
    """`cpu_us`: processor time of the server for one request; milliseconds as clients see them."""

    rate: float
    p50_ms: float
    p99_ms: float
    cpu_us: float


def load(
    server: Server, case: Case, seconds: int, *, connections: int = CONNECTIONS, pinned: bool = True
) -> Reading:
    """Sends the case over and over for that long. Ends the benchmark at an answer it is not for."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as lua:
        lua.write(_script(case))
        lua.flush()
        wrk = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-s", lua.name]
        cores = [Site.LOAD_CORE] if pinned else Site.CORES
        before = server.cpu_seconds()
        result = subprocess.run(
            [*on(cores), *wrk, f"http://127.0.0.1:{server.port}{case.path}"],
            capture_output=True,
            text=True,
            check=True,
        )
        spent = server.cpu_seconds() - before
    output = result.stdout
    if "Non-2xx" in output and case.status < 300:
        raise SystemExit(f"{case.name}: some answers were errors:\n{output}")
    answered = int(re.search(r"(\d+) requests in", output)[1])
    return Reading(
        rate=float(re.search(r"Requests/sec:\s+([\d.]+)", output)[1]),
        p50_ms=_milliseconds(output, "50%"),
        p99_ms=_milliseconds(output, "99%"),
        cpu_us=spent / answered * 1e6,
    )


def in_turns(
    case: Case, servers: Mapping[str, Server], seconds: int, runs: int, **options: bool | int
) -> dict[str, list[Reading]]:
    """The readings of each server by its name, one of each in every round."""
    readings: dict[str, list[Reading]] = {name: [] for name in servers}
    for _ in range(runs):
        for name, server in servers.items():
            readings[name].append(load(server, case, seconds, **options))
    print(f"  measured: {case.name}", file=sys.stderr)
    return readings


def head(title: str, ratio: str) -> None:
    print(f"\n### {title}\n")
    print(f"| request | answered by | requests/s | spread | p50 ms | p99 ms | CPU us | {ratio} |")
    print("|---|---|---:|---:|---:|---:|---:|---:|")


def rows(
    case: Case, readings: Mapping[str, list[Reading]], yardstick: str, figure: str = "rate"
) -> None:
    """A line for each server; the ratio is that of a figure to the yardstick's of the same round."""
    for name, taken in readings.items():
        ratios = [
            getattr(mine, figure) / getattr(its, figure)
            for mine, its in zip(taken, readings[yardstick], strict=True)
        ]
        rates = [reading.rate for reading in taken]
        middle = {
            field: statistics.median(getattr(reading, field) for reading in taken)
            for field in ("rate", "p50_ms", "p99_ms", "cpu_us")
        }
        print(
            f"| {case.name} | {name} | {middle['rate']:,.0f} | {(max(rates) - min(rates)) / middle['rate']:.0%} "
            f"| {middle['p50_ms']:.2f} | {middle['p99_ms']:.2f} | {middle['cpu_us']:,.0f} "
            f"| {statistics.median(ratios):.2f} |",
            flush=True,
        )


def _script(case: Case) -> str:
    """The case in wrk's Lua."""
    headers = "".join(
        f"wrk.headers[{json.dumps(k)}] = {json.dumps(v)}\n" for k, v in case.headers.items()
    )
    body = f"[==[{case.body}]==]"
    if "UNIQUE" in case.path:
        return (
            f"{headers}local n = 0\n"
            f"local path = {json.dumps(case.path)}\n"
            "request = function() n = n + 1\n"
            f"  return wrk.format('{case.method}', (path:gsub('UNIQUE', n))) end\n"
        )
    if "UNIQUE" in case.body:
        return (
            f"{headers}local n, body = 0, {body}\n"
            "local seed = tostring({}):gsub('%W', ''):lower() .. os.time()\n"
            "request = function() n = n + 1\n"
            f"  return wrk.format('{case.method}', nil, nil,"
            " (body:gsub('UNIQUE', seed .. 'x' .. n))) end\n"
        )
    return f"wrk.method = '{case.method}'\n{headers}wrk.body = {body if case.body else 'nil'}\n"


def _milliseconds(output: str, percentile: str) -> float:
    number, unit = re.search(rf"{percentile}\s+([\d.]+)(us|ms|s)\b", output).groups()
    return float(number) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[unit]
