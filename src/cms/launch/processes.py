"""Child processes that never outlive the launcher."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from time import monotonic, sleep

from cms.kernel.config import ROOT

SERVE = (sys.executable, "-m", "cms.launch.serve")

_POLL_SECONDS = 0.05


@cache
def _setpriv() -> str | None:
    """util-linux's setpriv; BusyBox has a smaller one of the same name."""
    found = shutil.which("setpriv")
    if found is None:
        return None
    probe = subprocess.run((found, "--pdeathsig=TERM", "true"), check=False, capture_output=True)
    return found if probe.returncode == 0 else None


def dying_with_parent(signal_name: str) -> tuple[str, ...]:
    """A command prefix: the kernel sends that signal when the launcher dies, even by SIGKILL."""
    setpriv = _setpriv()
    return (setpriv, f"--pdeathsig={signal_name}", "--") if setpriv else ()


def python(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, *arguments)


def environment(**values: str) -> dict[str, str]:
    """Ours with some values set, for a child that finds the code from wherever we were started."""
    return os.environ | {"PYTHONPATH": str(ROOT / "src")} | values


def run_to_end(
    command: Sequence[str], environment: Mapping[str, str], check: Callable[[], None]
) -> tuple[int, str]:
    """Runs a child to its end, calling `check` meanwhile; returns its exit code and output."""
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            (*dying_with_parent("TERM"), *command),
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            while process.poll() is None:
                check()
                sleep(_POLL_SECONDS)
        finally:
            terminate(process, ((signal.SIGTERM, 3.0), (signal.SIGKILL, 3.0)))
        output.seek(0)
        return process.returncode, output.read().decode(errors="replace")


def terminate(
    process: subprocess.Popen[bytes],
    escalation: Sequence[tuple[signal.Signals, float]],
    is_urgent: Callable[[], bool] = lambda: False,
) -> None:
    """Sends each signal in turn, waiting so many seconds after it, until the child has ended."""
    for number, seconds in escalation:
        if process.poll() is not None:
            return
        if number is signal.SIGKILL:
            os.killpg(process.pid, number)  # with the workers, which nobody else would end
        else:
            process.send_signal(number)
        deadline = monotonic() + seconds
        while process.poll() is None and monotonic() < deadline:
            if is_urgent() and number is not escalation[-1][0]:
                break
            sleep(_POLL_SECONDS)
