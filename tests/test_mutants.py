"""Whether the list of faults that `make mutants` plants is one of this code still."""

from pathlib import Path

from cms.kernel import ROOT
from tests.attack_lines import LINES
from tests.mutants import read_faults

FAULTS = list(read_faults())


def test_each_fault_can_be_planted_in_one_place() -> None:
    for fault in FAULTS:
        fault.planted_in((ROOT / fault.file).read_text())


def test_those_who_ought_to_notice_are_there() -> None:
    for fault in FAULTS:
        for test in fault.tests:
            file, _, name = test.partition("::")
            path = ROOT / file
            assert path.is_dir() or f"def {name}(" in path.read_text() or not name, test
        assert fault.tests or fault.lines or fault.equivalent, fault


def test_every_room_and_every_line_that_is_attacked_has_its_faults() -> None:
    rooms = {Path(fault.file).parts[2] for fault in FAULTS if fault.file.startswith("src/cms/")}
    folders = {each.name for each in (ROOT / "src" / "cms").iterdir() if each.is_dir()}
    assert folders - rooms <= {"demo", "__pycache__"}
    tried = {line for fault in FAULTS if not fault.equivalent for line in fault.lines}
    assert LINES.keys() - tried == set()
