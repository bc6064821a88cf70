"""What a worker holds: fresh, and after a great many different requests."""

import argparse
from itertools import count

from benchmarks.load import load
from benchmarks.serving import Case, Site

_TURN_SECONDS = 10


def measure(site: Site, options: argparse.Namespace) -> None:
    print("\n### Resident memory of a worker (CACHE_MAX_BYTES is 64 MiB)\n")
    print("| after | MB |")
    print("|---|---:|")
    with site.api() as api:
        print(f"| its start | {api.resident_bytes() / 2**20:.0f} |")
        asked = 0
        quarters = [options.requests * quarter // 4 for quarter in (1, 2, 3, 4)]
        for turn in count(100):
            # Each of these is a list of its own: no two begin with the same three digits and number.
            case = Case("different", f"/api/v1/posts?per_page={turn % 100 + 1}&page={turn}UNIQUE")
            asked += int(load(api, case, _TURN_SECONDS).rate * _TURN_SECONDS)
            if asked >= quarters[0]:
                megabytes = api.resident_bytes() / 2**20
                print(f"| {asked:,} different requests | {megabytes:.0f} |", flush=True)
                quarters = [quarter for quarter in quarters if quarter > asked]
            if not quarters:
                return
