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
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing.queues import Queue
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

from tests.attack_lines import marked_tests
from tests.mutants import Fault, read_faults
from tests.mutants.order import likely_first
from tests.mutants.warm import FORKS, ROOT, Server, import_libraries, may_share, run_pytest

# What hangs is noticed too: whoever runs the suite would see it.
_SECONDS = 600.0
_SECONDS_OF_ALL = 7_200.0
_OF_LINES = marked_tests(ROOT)
_tree = Path()
_server: Server | None = None


class UnstartableError(Exception):
    """It is more than one single fault: nothing can be imported, or there is no such test."""


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
        is_browsers = name.startswith("src/web") and "Dockerfile" not in name
        if not is_browsers and (ROOT / name).is_file():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, to / name)
    return to


def run_tests(
    tree: Path, tests: Sequence[str], seconds: float = _SECONDS, sockets: str | None = None
) -> tuple[bool, str]:
    """Whether they pass, and who does not."""
    slow = all(each.startswith("tests/faults") for each in tests)
    arguments = ["-x", "-q", "--tb=no", "-p", "no:cacheprovider"]
    arguments += ["-m", "faults" if slow else "not faults and not browser", *tests]
    code, output = run_pytest(tree, arguments, seconds, sockets)
    if code is None:
        return False, "it hangs"
    failed = re.search(r"^(?:FAILED|ERROR) (?:\S+::)?(\S+)", output, re.MULTILINE)
    if code and not failed:
        raise UnstartableError(f"{' '.join(tests)}\n{output[-2000:]}")
    return code == 0, failed[1] if failed else ""


def verdict(fault: Fault, tree: Path) -> tuple[str, str]:
    """`noticed`, `equivalent` or `SURVIVED`, and by whom, or in spite of whom.

    Raises `UnstartableError`.
    """
    if fault.equivalent:
        return "equivalent", fault.equivalent
    file = tree / fault.file
    sound, times = file.read_text(), file.stat()
    file.write_text(fault.planted_in(sound))
    noticed_by: list[str] = []
    try:
        for tests in tests_of(fault):
            sockets = None
            if may_share(tree, tests):
                sockets = _shared_server(tree).lend(migrated="migrations/" not in fault.file)
            passed, who = run_tests(tree, likely_first(fault, tests, tree), sockets=sockets)
            if passed:
                return "SURVIVED", f"{len(tests)} tests: {' '.join(tests[:3])}"
            noticed_by.append(who)
    finally:
        file.write_text(sound)
        os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
    return "noticed", ", ".join(noticed_by)


def _shared_server(tree: Path) -> Server:
    global _server  # noqa: PLW0603 -- a worker has one
    _server = _server or Server(tree)
    return _server


def copy_sound_tree(to: Path, faults: Sequence[Fault]) -> Path:
    """A copy in which the tests of these faults pass, compiled by their run."""
    tree = copy_tree(to)
    sound = {test for fault in faults for tests in tests_of(fault) for test in tests}
    for slow in (True, False):
        group = sorted(test for test in sound if test.startswith("tests/faults") is slow)
        passed, who = run_tests(tree, group, _SECONDS_OF_ALL) if group else (True, "")
        if not passed:
            raise SystemExit(f"without any fault {who} fails already")
    return tree


def _write_bytecode(writes: bool) -> None:
    """A fault may have the size and the second of what stood there: it must not be compiled."""
    sys.dont_write_bytecode = not writes
    os.environ["PYTHONDONTWRITEBYTECODE"] = "" if writes else "1"


def _take_tree(trees: "Queue[Path]") -> None:
    global _tree  # noqa: PLW0603 -- a worker has one
    _tree = trees.get()


def _plant(fault: Fault) -> tuple[str, str]:
    began = monotonic()
    try:
        said, who = verdict(fault, _tree)
    except UnstartableError as error:
        said, who = "BROKEN", str(error)
    lines = " ".join(fault.lines)
    return said, f"{said:10} {monotonic() - began:4.0f} s  {lines:4} {fault} ({who})"


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
    began, counts = monotonic(), Counter[str]()
    import_libraries()
    with TemporaryDirectory(prefix="mutants-") as folder:
        _write_bytecode(True)
        tree = copy_sound_tree(Path(folder) / "0", [each for each in faults if not each.equivalent])
        _write_bytecode(False)
        trees: Queue[Path] = FORKS.Queue()
        trees.put(tree)
        for number in range(1, options.jobs):
            trees.put(Path(shutil.copytree(tree, Path(folder) / str(number))))
        with ProcessPoolExecutor(options.jobs, FORKS, _take_tree, (trees,)) as workers:
            for done in as_completed([workers.submit(_plant, fault) for fault in faults]):
                said, line = done.result()
                counts[said] += 1
                print(line, flush=True)
    print(
        f"{len(faults)} planted: {counts['noticed']} noticed, {counts['equivalent']} equivalent, "
        f"{counts['SURVIVED']} survived, {counts['BROKEN']} broke everything; {(monotonic() - began) / 60:.0f} minutes"
    )
    return 1 if counts["SURVIVED"] + counts["BROKEN"] else 0


if __name__ == "__main__":
    sys.exit(main())
