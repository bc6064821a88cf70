"""The server as a child of the launcher."""

import signal
from collections.abc import Callable, Mapping
from time import monotonic, sleep

from cms.launch.address import Address
from cms.launch.problems import LaunchError
from cms.launch.processes import end, python, spawn

COMMAND = python("-m", "cms.launch.serve")

_START_SECONDS = 60.0
_POLL_SECONDS = 0.1
# Less than in production: PostgreSQL, too, is to have stopped within ten seconds.
_ESCALATION = ((signal.SIGTERM, 6.0), (signal.SIGKILL, 0.5))


class Server:
    """Starts at once; `stop` it whatever happens."""

    def __init__(self, address: Address, environment: Mapping[str, str]) -> None:
        self._address = address
        self._process = spawn(COMMAND, environment)

    def wait_until_healthy(self, check: Callable[[], None]) -> None:
        deadline = monotonic() + _START_SECONDS
        while not self._address.is_healthy():
            check()
            self.require_alive()
            if monotonic() > deadline:
                raise LaunchError(
                    f"The server was not healthy within {_START_SECONDS:.0f} seconds."
                )
            sleep(_POLL_SECONDS)

    def require_alive(self) -> None:
        code = self._process.poll()
        if code is not None:
            raise LaunchError(f"The server ended by itself (exit code {code}).")

    def stop(self, hurry: Callable[[], bool]) -> None:
        end(self._process, _ESCALATION, hurry)
