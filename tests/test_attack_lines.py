"""Whether each attack and fault that the system is held to has a test that is marked with it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from cms.kernel import ROOT
from tests.attack_lines import LINES


def lines_tried(*folders: Path) -> dict[str, list[str]]:
    """The tests below the folders by the lines that they are marked with: `@pytest.mark.attack("T1")`."""
    found: dict[str, list[str]] = {}
    for folder in folders:
        for file in sorted(folder.rglob("test_*.py")):
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                    for line in _lines_of(node):
                        found.setdefault(line, []).append(node.name)
    return found


def _lines_of(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    for decorator in node.decorator_list:
        match decorator:
            case ast.Call(func=ast.Attribute(attr="attack"), args=arguments):
                yield from (str(ast.literal_eval(each)) for each in arguments)


TESTS = lines_tried(ROOT / "src", ROOT / "tests")


def test_each_line_has_a_test() -> None:
    missing = {line: LINES[line].tried for line in LINES if line not in TESTS}
    assert missing == {}, "nothing tries these"


def test_no_test_is_marked_with_a_line_that_there_is_not() -> None:
    assert {line: names for line, names in TESTS.items() if line not in LINES} == {}


def test_lines_are_numbered_without_a_gap_and_requirements_are_numbers() -> None:
    series: dict[str, list[int]] = {}
    for line in LINES:
        series.setdefault(line[0], []).append(int(line[1:]))
    assert all(numbers == [*range(1, len(numbers) + 1)] for numbers in series.values())
    for line in LINES.values():
        assert line.asvs is None or re.fullmatch(r"\d{1,2}\.\d{1,2}\.\d{1,2}", line.asvs)


def test_marks_are_found_wherever_a_test_stands(tmp_path: Path) -> None:
    (tmp_path / "test_some.py").write_text(
        'class TestInside:\n    @pytest.mark.attack("Z9", "T1")\n    async def test_x(self): ...\n'
        "def test_t2_y(): ...\n"
    )

    assert lines_tried(tmp_path) == {"Z9": ["test_x"], "T1": ["test_x"]}
