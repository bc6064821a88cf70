"""The file in which a PostgreSQL server says that it runs."""

import os
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

from cms.launch.processes import escalate

# A fast shutdown, then PostgreSQL's emergency stop, which the next start recovers from.
_ESCALATION = ((signal.SIGINT, 5.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0))


class Postmaster:
    """`postmaster.pid`: its first line is the process, its eighth the state."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._file = data / "postmaster.pid"

    def is_ready(self, pid: int) -> bool:
        lines = self._lines()
        return lines[:1] == [str(pid)] and "ready" in lines[7:]

    def end_orphan(self) -> None:
        """Ends the server of an earlier run. Call it with the lock of the folder held.

        The file is removed if its process number now belongs to a stranger, whom PostgreSQL would
        take for a server. It must stay if nobody has the number: PostgreSQL learns from it whether
        parts of that server still live.
        """
        lines = self._lines()
        if not lines or not lines[0].isdigit():
            return
        pid = int(lines[0])

        def send(number: signal.Signals) -> None:
            with suppress(ProcessLookupError):
                os.kill(pid, number)

        if self._is_server(pid):
            escalate(send, lambda: not self._is_server(pid), _ESCALATION)
        elif _command_line(pid):
            self._file.unlink(missing_ok=True)

    def _lines(self) -> list[str]:
        with suppress(FileNotFoundError):
            return [line.strip() for line in self._file.read_text().splitlines()]
        return []

    def _is_server(self, pid: int) -> bool:
        return f"/postgres -D {self._data} " in _command_line(pid)


def _command_line(pid: int) -> str:
    """Its words with a space after each; empty if there is no such process."""
    if Path("/proc/self/cmdline").exists():
        with suppress(OSError):
            return Path(f"/proc/{pid}/cmdline").read_text(errors="replace").replace("\0", " ")
        return ""
    command = ("/bin/ps", "-o", "args=", "-p", str(pid))
    return subprocess.run(command, check=False, capture_output=True, text=True).stdout
