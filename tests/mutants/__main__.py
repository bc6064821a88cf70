"""Plants each fault in a copy of the tree, and prints which of them no test notices.

`make mutants ARGS="cache T4"` takes those whose line holds one of the words.
"""

import os
import re
import shutil
import subprocess
import sys
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Queue
from tempfile import TemporaryDirectory
from time import monotonic

from cms.kernel import ROOT
from tests.attack_lines import marked_tests
from tests.mutants import Fault, read_faults

# What hangs is noticed too: whoever runs the suite would see it.
_SECONDS = 600
_OF_LINES = marked_tests(ROOT)


def tests_of(fault: Fault) -> list[list[str]]:
    """The groups of tests of which each has to notice the fault."""
    groups = [_quick(_OF_LINES[line]) for line in fault.lines]
    return [*groups, list(fault.tests)] if fault.tests else groups


def _quick(tests: Sequence[str]) -> list[str]:
    """Those that need no minutes and no browser, if there are any."""
    quick = [each for each in tests if not each.startswith(("tests/faults", "tests/browser"))]
    return quick or list(tests)


def copy_tree(to: Path) -> Path:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True)
    for name in listed.stdout.decode().splitlines():
        if not name.startswith("src/web") and (ROOT / name).is_file():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, to / name)
    return to


def run_tests(tree: Path, tests: Sequence[str]) -> tuple[bool, str]:
    """Whether they pass, and who does not."""
    slow = all(each.startswith("tests/faults") for each in tests)
    command = [sys.executable, "-m", "pytest", "-x", "-q", "--tb=no", "-p", "no:cacheprovider"]
    command += ["-m", "faults" if slow else "not faults and not browser", *tests]
    environment = os.environ | {"PYTHONPATH": str(tree / "src")}
    try:
        done = subprocess.run(
            command,
            cwd=tree,
            env=environment,
            check=False,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
        )
    except subprocess.TimeoutExpired:
        return False, "it hangs"
    if done.returncode not in {0, 1, 2, 3}:
        raise SystemExit(f"these tests cannot be run: {' '.join(tests)}\n{done.stdout[-2000:]}")
    failed = re.search(r"^(?:FAILED|ERROR) (?:\S+::)?(\S+)", done.stdout, re.MULTILINE)
    return done.returncode == 0, failed[1] if failed else ""


def verdict(fault: Fault, tree: Path) -> tuple[str, str]:
    """`noticed`, `equivalent` or `SURVIVED`, and by whom, or in spite of whom."""
    if fault.equivalent:
        return "equivalent", fault.equivalent
    file = tree / fault.file
    sound = file.read_text()
    file.write_text(fault.planted_in(sound))
    noticed_by: list[str] = []
    try:
        for tests in tests_of(fault):
            passed, who = run_tests(tree, tests)
            if passed:
                return "SURVIVED", f"{len(tests)} tests: {' '.join(tests[:3])}"
            noticed_by.append(who)
    finally:
        file.write_text(sound)
    return "noticed", ", ".join(noticed_by)


def main() -> int:
    parser = ArgumentParser(prog="mutants")
    parser.add_argument("words", nargs="*", help="of the faults to plant; all of them without any")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    faults = [
        fault
        for fault in read_faults()
        if not options.words
        or any(word in str(fault) or word in fault.lines for word in options.words)
    ]
    counts: Counter[str] = Counter()
    with (
        TemporaryDirectory(prefix="mutants-") as folder,
        ThreadPoolExecutor(options.jobs) as pool,
    ):
        trees: Queue[Path] = Queue()
        for number in range(options.jobs):
            trees.put(copy_tree(Path(folder) / str(number)))
        sound = {test for fault in faults for tests in tests_of(fault) for test in tests}
        tree = trees.get()
        for slow in (True, False):
            group = sorted(test for test in sound if test.startswith("tests/faults") is slow)
            passed, who = run_tests(tree, group) if group else (True, "")
            if not passed:
                raise SystemExit(f"without any fault {who} fails already")
        trees.put(tree)

        def plant(fault: Fault) -> None:
            tree, began = trees.get(), monotonic()
            try:
                said, who = verdict(fault, tree)
            finally:
                trees.put(tree)
            counts[said] += 1
            lines = " ".join(fault.lines)
            print(f"{said:10} {monotonic() - began:4.0f} s  {lines:4} {fault} ({who})", flush=True)

        list(pool.map(plant, faults))
    print(
        f"{len(faults)} planted: {counts['noticed']} noticed, {counts['equivalent']} equivalent, "
        f"{counts['SURVIVED']} survived"
    )
    return 1 if counts["SURVIVED"] else 0


if __name__ == "__main__":
    sys.exit(main())
