"""Which of many tests are asked first: those whose names speak of what a fault says."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.mutants import Fault

_TEST = re.compile(r"^(?:async )?def (test_\w+)", re.MULTILINE)
_STEM_LENGTH = 5


def likely_first(fault: Fault, tests: Sequence[str], tree: Path) -> list[str]:
    """The same tests, of each file and folder all that it has; files are not mixed."""
    every = [each for test in tests for each in _each(test, tree)]
    stems = {test: _stems(test.partition("::")[2]) for test in every}
    known = Counter(stem for words in stems.values() for stem in words)
    about = _stems(fault.says)
    scores = {test: sum(1 / known[stem] for stem in stems[test] & about) for test in every}
    of_file: dict[str, float] = {}
    for test, score in scores.items():
        file = test.partition("::")[0]
        of_file[file] = max(score, of_file.get(file, 0.0))
    return sorted(
        dict.fromkeys(every),
        key=lambda test: (-of_file[(file := test.partition("::")[0])], file, -scores[test]),
    )


def _each(test: str, tree: Path) -> Iterator[str]:
    path = tree / test
    if "::" in test:
        yield test
        return
    for file in sorted(path.rglob("test_*.py")) if path.is_dir() else [path]:
        for name in _TEST.findall(file.read_text()):
            yield f"{file.relative_to(tree)}::{name}"


def _stems(text: str) -> frozenset[str]:
    return frozenset(word[:_STEM_LENGTH] for word in re.findall(r"[a-z0-9]+", text.lower()))
