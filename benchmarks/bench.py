"""`make bench`: what the API does in a second, beside two yardsticks in the same run.

A bare ASGI app sends the same bytes with the same headers and does nothing else; `plain.py` does the
same work the way the frameworks' tutorials write it. The API runs as it is deployed, the yardsticks on
the same uvicorn. Whoever is measured has one core; `wrk` and PostgreSQL have the other. Everything
is measured in turns, and each ratio is the median of those of the rounds: read the ratios, for the
absolute figures are this machine's of this minute.
"""

import argparse
import os
import platform
import shutil
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

import psutil

from benchmarks import crowd, growth, history, memory, search, start, throughput
from benchmarks.serving import Site

PARTS: dict[str, Callable[[Site, argparse.Namespace], None]] = {
    "hits": throughput.hits,
    "misses": throughput.misses,
    "writes": throughput.writes,
    "crowd": crowd.measure,
    "workers": throughput.workers,
    "start": start.measure,
    "memory": memory.measure,
    "growth": growth.measure,
    "history": history.measure,
    "search": search.measure,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=int, default=3, help="a reading")
    parser.add_argument("--runs", type=int, default=5, help="readings of each; the median counts")
    parser.add_argument("--posts", type=int, default=1_000_000, help="the largest table")
    parser.add_argument("--texts", type=int, default=100_000, help="posts to search")
    parser.add_argument(
        "--requests", type=int, default=1_000_000, help="different ones, for memory"
    )
    parser.add_argument("parts", nargs="*", metavar="part", help=f"of {', '.join(PARTS)}")
    options = parser.parse_args()
    unknown = set(options.parts) - PARTS.keys()
    if unknown:
        parser.error(f"there is no part {', '.join(sorted(unknown))}")
    if shutil.which("wrk") is None:
        raise SystemExit("The load generator is missing: install the package wrk.")
    print(
        f"{datetime.now(UTC):%Y-%m-%d}, {_processor()}, {len(os.sched_getaffinity(0))} cores, "
        f"Python {platform.python_version()}; medians of {options.runs} x {options.seconds} s"
    )
    began = monotonic()
    psutil.Process().cpu_affinity([Site.LOAD_CORE])  # PostgreSQL inherits it
    with Site.running() as site:
        for name in options.parts or PARTS:
            PARTS[name](site, options)
    print(f"\nMeasured in {monotonic() - began:.0f} s.", file=sys.stderr)


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    models = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(models, platform.machine())


if __name__ == "__main__":
    main()
