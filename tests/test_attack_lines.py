"""Whether each attack and fault that the system is held to has a test that is marked with it."""

import re
from pathlib import Path

from cms.kernel import ROOT
from tests.attack_lines import LINES, marked_tests

TESTS = marked_tests(ROOT)


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
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_some.py").write_text(
        '@pytest.mark.attack("Z9", "T1")\nasync def test_x(): ...\ndef test_t2_y(): ...\n'
    )

    test = "tests/test_some.py::test_x"
    assert marked_tests(tmp_path) == {"Z9": [test], "T1": [test]}
