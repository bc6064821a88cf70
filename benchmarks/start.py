"""How long a production process takes to its first answer, its database up and migrated."""

import argparse
import statistics
import subprocess
import sys
from time import perf_counter

from benchmarks.serving import Case, Server, Site, wait_for
from cms.launch.address import free_address


def measure(site: Site, options: argparse.Namespace) -> None:
    print("\n### Start, to the first 200 of the post list\n")
    print("| started | median s | slowest s |")
    print("|---|---:|---:|")
    for name, module in (
        ("the container's command (it looks for migrations and the first admin)", "cms.launch"),
        ("the server alone", "cms.launch.serve"),
    ):
        taken = [_seconds(site, module) for _ in range(options.runs + 1)][1:]
        print(f"| {name} | {statistics.median(taken):.2f} | {max(taken):.2f} |", flush=True)


def _seconds(site: Site, module: str) -> float:
    port = free_address("127.0.0.1", 0).port
    began = perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", module],
        env=site.environment(PORT=str(port)),
        stdout=subprocess.DEVNULL,
    )
    try:
        wait_for(port, process)
        Server(port, process).send(Case("first", "/api/v1/posts"))
        return perf_counter() - began
    finally:
        process.terminate()
        process.wait()
