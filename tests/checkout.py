"""A copy of the code to start the system from, as a person would: real processes, real output."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from urllib.request import urlopen

from cms.kernel import ROOT

PATIENCE_SECONDS = 60
_REFUSALS = """
import contextlib, io, json, os, sys
from cms.launch.__main__ import _SIGNALS, run, start

said = []
for environment in json.load(sys.stdin):
    os.environ.clear()
    os.environ.update(environment)
    with (
        contextlib.redirect_stdout(io.StringIO()) as output,
        contextlib.redirect_stderr(io.StringIO()) as error,
    ):
        code = run(start, _SIGNALS)
    said.append((code, output.getvalue(), error.getvalue()))
json.dump(said, sys.stdout)
"""
BANNER = "Ctrl-C stops everything."


def eventually(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


@dataclass
class Start:
    """One start of the system."""

    process: subprocess.Popen[bytes]
    file: Path

    @property
    def output(self) -> str:
        return self.file.read_text()

    @property
    def url(self) -> str:
        match = re.search(r"http://[\d.:]+", self.output)
        assert match, self.output
        return match[0]

    def wait_for(self, text: str) -> None:
        eventually(lambda: text in self.output or self.process.poll() is not None)
        assert text in self.output

    def stop(self, number: signal.Signals) -> float:
        """Returns the seconds it took."""
        started = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(PATIENCE_SECONDS)
        return time.monotonic() - started


@dataclass
class Checkout:
    """A copy of the code, whose `.env` and data are nobody else's."""

    root: Path
    module: str
    """What starts the system."""

    @property
    def data(self) -> Path:
        return self.root / ".data"

    def environment(self, **settings: str) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        return {**kept, "PYTHONPATH": str(self.root / "src"), "PORT": "0", **settings}

    def command(self, **settings: str) -> dict[str, object]:
        return {
            "args": [sys.executable, "-m", self.module],
            "cwd": self.root,
            "env": self.environment(**settings),
        }

    def start(self, name: str, **settings: str) -> Start:
        file = self.root / f"{name}.txt"
        with file.open("wb") as output:
            process = subprocess.Popen(
                **self.command(**settings), stdout=output, stderr=subprocess.STDOUT
            )
        return Start(process, file)

    def refusal(self, **settings: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            **self.command(**settings),
            check=False,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
        )

    def refusals(self, given: list[dict[str, str]]) -> list[tuple[int, str, str]]:
        """The exit code and output of production's command, asked with each of these settings."""
        asked = subprocess.run(
            [sys.executable, "-c", _REFUSALS],
            cwd=self.root,
            env=self.environment(),
            input=json.dumps([self.environment(**settings) for settings in given]),
            check=True,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
        )
        return [(code, output, error) for code, output, error in json.loads(asked.stdout)]

    def processes(self) -> list[str]:
        """Whatever runs for this checkout."""
        found: list[str] = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                where = str((process / "cwd").readlink())
                name = (process / "comm").read_text().strip()
            except OSError:
                continue
            if where.startswith(str(self.root)):
                found.append(name)
        return found


def copy_checkout(root: Path) -> Checkout:
    """What a person clones; they start it with `make run`."""
    shutil.copytree(ROOT / "src" / "dev", root / "src" / "dev")
    return Checkout(_copy_image(root), "dev")


def copy_image(root: Path) -> Checkout:
    """What is in the container, with the container's command."""
    return Checkout(_copy_image(root), "cms.launch")


def _copy_image(root: Path) -> Path:
    for folder in ("src/cms", "migrations"):
        shutil.copytree(ROOT / folder, root / folder)
    for file in ("alembic.ini", "seed.py"):
        shutil.copy(ROOT / file, root)
    return root


def is_healthy(url: str) -> bool:
    try:
        with urlopen(f"{url}/healthz") as response:
            return response.status == HTTPStatus.OK
    except OSError:
        return False
