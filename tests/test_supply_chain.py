"""What is installed is what is pinned, and what is pinned is hashed."""

import re
from importlib.metadata import distributions
from pathlib import Path

import pytest

from cms.kernel import ROOT

_PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", re.MULTILINE)

# What a virtual environment brings itself.
_OF_THE_VENV = {"pip", "setuptools", "wheel"}


def canonical(name: str) -> str:
    """PEP 503."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(file: Path) -> dict[str, str]:
    return {canonical(name): version for name, version in _PIN.findall(file.read_text())}


def test_the_installed_packages_are_the_pinned_ones() -> None:
    installed = {canonical(each.name): each.version for each in distributions()}

    pinned = pins(ROOT / "requirements-dev.txt")

    assert {n: v for n, v in installed.items() if n not in _OF_THE_VENV} == pinned


def test_production_is_a_part_of_what_is_tested() -> None:
    production, tested = pins(ROOT / "requirements.txt"), pins(ROOT / "requirements-dev.txt")

    assert len(production) > 20
    assert production.items() <= tested.items()


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_pin_has_a_hash_and_names_no_address(name: str) -> None:
    text = (ROOT / name).read_text()
    blocks = re.split(r"\n(?=[A-Za-z0-9])", text.strip())

    assert len(blocks) == len(pins(ROOT / name))
    assert all("--hash=sha256:" in block for block in blocks)
    assert "://" not in text


def test_every_direct_dependency_says_why_it_is_there() -> None:
    lines = (ROOT / "pyproject.toml").read_text().partition("[tool.")[0].splitlines()
    direct = [line for line in lines if re.match(r'  "[a-z]', line)]

    assert len(direct) > 15
    assert [line for line in direct if "#" not in line] == []
