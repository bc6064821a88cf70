"""The server as a child of the launcher."""

import http.client
import signal
import subprocess
from collections.abc import Callable, Mapping
from time import monotonic, sleep

from cms.kernel.config import ROOT
from cms.launch.address import Address
from cms.launch.problems import LaunchError
from cms.launch.processes import SERVE, dying_with_parent, terminate

_START_SECONDS = 60.0
_POLL_SECONDS = 0.1
# Less than in production: PostgreSQL, too, is to have stopped within ten seconds.
_ESCALATION = ((signal.SIGTERM, 6.0), (signal.SIGKILL, 0.5))


class Server:
    """Starts at once, in a session of its own, so that Ctrl-C reaches the launcher alone.

    `stop` it whatever happens.
    """

    def __init__(self, address: Address, environment: Mapping[str, str]) -> None:
        self._address = address
        self._process = subprocess.Popen(
            (*dying_with_parent("TERM"), *SERVE),
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )

    def wait_until_healthy(self, check: Callable[[], None]) -> None:
        deadline = monotonic() + _START_SECONDS
        while not self.answers("/healthz"):
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

    def stop(self, is_urgent: Callable[[], bool]) -> None:
        terminate(self._process, _ESCALATION, is_urgent)

    def answers(self, path: str) -> bool:
        """Whether there is a page at that path."""
        connection = http.client.HTTPConnection(*self._address.reachable, timeout=2)
        try:
            connection.request("GET", path)
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
