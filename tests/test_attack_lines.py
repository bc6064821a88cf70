"""Whether each attack and fault that the system is held to has a test of its name."""

import ast
import re
from pathlib import Path

import pytest

from cms.kernel import ROOT
from tests.attack_lines import LINES

_LINE = re.compile(r"test_([a-z]\d+)_")


def names_by_line(*folders: Path) -> dict[str, list[str]]:
    """The names of all tests below the folders that begin with the number of a line."""
    found: dict[str, list[str]] = {}
    for folder in folders:
        for file in sorted(folder.rglob("test_*.py")):
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (
                    line := _LINE.match(node.name)
                ):
                    found.setdefault(line[1], []).append(node.name)
    return found


TESTS = names_by_line(ROOT / "src", ROOT / "tests")


@pytest.mark.parametrize("line", LINES)
def test_each_line_has_a_test(line: str) -> None:
    assert TESTS.get(line), f"nothing tries {line.upper()}: {LINES[line].tried}"


def test_no_test_names_a_line_that_there_is_not() -> None:
    assert {line: names for line, names in TESTS.items() if line not in LINES} == {}


def test_a_test_names_one_line() -> None:
    names = [name for names in TESTS.values() for name in names]
    assert [name for name in names if re.match(r"test_[a-z]\d+_[a-z]\d+_", name)] == []


def test_lines_are_numbered_without_a_gap_and_requirements_are_numbers() -> None:
    series: dict[str, list[int]] = {}
    for line in LINES:
        series.setdefault(line[0], []).append(int(line[1:]))
    assert all(numbers == [*range(1, len(numbers) + 1)] for numbers in series.values())
    for line in LINES.values():
        assert line.asvs is None or re.fullmatch(r"\d{1,2}\.\d{1,2}\.\d{1,2}", line.asvs)


def test_a_missing_line_and_an_unknown_one_are_noticed(tmp_path: Path) -> None:
    (tmp_path / "test_some.py").write_text(
        "class TestInside:\n    async def test_z9_x(self): ...\ndef test_t1x_y(): ...\n"
    )

    assert names_by_line(tmp_path) == {"z9": ["test_z9_x"]}
