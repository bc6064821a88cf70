"""Single faults of the code, each with the tests that ought to notice it: a list a room, as data.

A list has a table for each file, and in it a table `faults`:

    is          what is wrong then
    old, new    the text that stands in the file exactly once, and what it is replaced with
    lines       lines of `tests/attack_lines.py` whose protection it takes out: of the tests that are
                marked with each, one has to notice
    tests       who else has to notice, where these are not the `tests` of the file
    equivalent  why nobody can notice
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Fault:
    file: str
    says: str
    old: str
    new: str
    lines: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    equivalent: str = ""

    def __str__(self) -> str:
        return f"{self.file}: {self.says}"

    def planted_in(self, text: str) -> str:
        """Raises `ValueError` where its place is not found, or not the only one."""
        if text.count(self.old) != 1 or self.old == self.new:
            raise ValueError(f"{self}: its text stands {text.count(self.old)} times in the file")
        return text.replace(self.old, self.new)


def read_faults() -> Iterator[Fault]:
    for file in sorted(FOLDER.glob("*.toml")):
        for path, table in tomllib.loads(file.read_text()).items():
            for each in table["faults"]:
                values = {name: each[name] for name in each if name != "is"}
                lines = tuple(values.pop("lines", ()))
                tests = tuple(values.pop("tests", () if lines else table["tests"]))
                yield Fault(path, each["is"], lines=lines, tests=tests, **values)
