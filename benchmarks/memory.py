"""What a worker holds: fresh, and after a great many different requests."""

import argparse

from benchmarks.load import load
from benchmarks.serving import Case, Site

_SLICE_SECONDS = 10


def measure(site: Site, options: argparse.Namespace) -> None:
    print("\n### Resident memory of a worker (CACHE_MAX_BYTES is 64 MiB)\n")
    print("| after | MB |")
    print("|---|---:|")
    with site.api() as api:
        print(f"| its start | {api.resident_bytes() / 2**20:.0f} |")
        asked = 0
        shown = options.requests // 4
        while asked < options.requests:
            # Each of these is a list of its own, of no posts or of some.
            case = Case(
                "different", f"/api/v1/posts?per_page={1 + asked % 100}&page=1{asked:07}UNIQUE"
            )
            reading = load(api, case, _SLICE_SECONDS)
            asked += int(reading.rate * _SLICE_SECONDS)
            if asked >= shown:
                print(
                    f"| {asked:,} different requests | {api.resident_bytes() / 2**20:.0f} |",
                    flush=True,
                )
                shown += options.requests // 4
