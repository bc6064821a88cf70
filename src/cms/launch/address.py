"""Where the server listens."""

import errno
import socket
from dataclasses import dataclass
from time import monotonic, sleep

from cms.launch.problems import LaunchError

# A server that was killed a moment ago may take this long to let go of its port.
_PATIENCE_SECONDS = 1.5


@dataclass(frozen=True)
class Address:
    host: str
    port: int

    @property
    def reachable(self) -> tuple[str, int]:
        """Where a client on this machine finds it."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104 (compared, not bound)
        return host, self.port

    @property
    def url(self) -> str:
        host, port = self.reachable
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def free_address(host: str, port: int) -> Address:
    """Port 0 stands for any free one. Raises `LaunchError` when the server could not listen."""
    deadline = monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            return Address(host, _bindable_port(host, port))
        except PermissionError:
            raise LaunchError(f"Port {port} needs more rights: set PORT to 1024 or more.") from None
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise LaunchError(f"HOST {host!r} is no address of this machine.") from None
            if monotonic() > deadline:
                raise LaunchError(
                    f"Port {port} on {host} is taken: stop what listens there, or set another PORT."
                ) from None
            sleep(0.1)


def _bindable_port(host: str, port: int) -> int:
    """Raises `OSError` unless every address of the host lets us listen on the port."""
    for family, kind, protocol, _, place in socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    ):
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            probe.bind((place[0], port, *place[2:]))
            port = int(probe.getsockname()[1])
    return port
