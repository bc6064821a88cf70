"""A copy of the code to start the system from, as a person would: real processes, real output."""

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

from cms.kernel.config import ROOT

PATIENCE_SECONDS = 60
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

    @property
    def data(self) -> Path:
        return self.root / ".data"

    def command(self, **settings: str) -> dict[str, object]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        return {
            "args": [sys.executable, "-m", "cms.launch"],
            "cwd": self.root,
            "env": {**kept, "PYTHONPATH": str(self.root / "src"), "PORT": "0", **settings},
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
    for folder in ("src", "migrations"):
        shutil.copytree(ROOT / folder, root / folder, ignore=shutil.ignore_patterns("web"))
    for file in ("alembic.ini", "seed.py"):
        shutil.copy(ROOT / file, root)
    return Checkout(root)


def is_healthy(url: str) -> bool:
    try:
        with urlopen(f"{url}/healthz") as response:
            return response.status == HTTPStatus.OK
    except OSError:
        return False
