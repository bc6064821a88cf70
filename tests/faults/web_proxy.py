"""The reverse proxies of Debian in front of the API, configured as their manuals and most sites do."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from cms.launch.address import free_address
from tests.checkout import eventually

_NGINX = """
daemon off;
{user}
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
  access_log off;
  client_body_temp_path {folder}/bodies;
  proxy_temp_path {folder}/proxied;
  fastcgi_temp_path {folder}/unused1;
  uwsgi_temp_path {folder}/unused2;
  scgi_temp_path {folder}/unused3;
  map $http_upgrade $connection_upgrade {{ default upgrade; '' ''; }}
  upstream api {{ server 127.0.0.1:{upstream}; keepalive 16; }}
  server {{
    listen 127.0.0.1:{port};
    location {below}/ {{
      proxy_pass {target};
      {lines}
    }}
  }}
}}
"""

_UPGRADE = "proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade;"

_HAPROXY = """
global
  nbthread 1
defaults
  mode http
  timeout connect 5s
  timeout client 50s
  timeout server 50s
  {lines}
frontend front
  bind 127.0.0.1:{port}
  default_backend api
backend api
  server api 127.0.0.1:{upstream}
"""

_CADDY = """
{{
  admin off
  auto_https off
}}
http://127.0.0.1:{port} {{
  reverse_proxy 127.0.0.1:{upstream} {lines}
}}
"""

type Configuration = tuple[str, str]
"""The program, and the lines of its configuration that differ."""

CONFIGURATIONS: dict[str, Configuration] = {
    "nginx, proxy_pass": ("nginx", ""),
    "nginx, keepalive": ("nginx", 'proxy_http_version 1.1; proxy_set_header Connection "";'),
    "nginx, WebSocket": ("nginx", f'{_UPGRADE} proxy_set_header Connection "upgrade";'),
    "nginx, WebSocket by map": (
        "nginx",
        f"{_UPGRADE} proxy_set_header Connection $connection_upgrade;",
    ),
    "nginx, WebSocket unbuffered": (
        "nginx",
        f'{_UPGRADE} proxy_set_header Connection "upgrade"; proxy_request_buffering off;',
    ),
    "Caddy, reverse_proxy": ("caddy", ""),
    "HAProxy, http": ("haproxy", ""),
    "HAProxy, http-reuse always": ("haproxy", "http-reuse always"),
}


def _command(
    program: str, lines: str, port: int, upstream: int, folder: Path, below: str, remains: str
) -> list[str]:
    """Skips the test where the program is not installed."""
    found = shutil.which(program, path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
    if found is None:
        pytest.skip(f"{program} is not installed")
    configuration = folder / f"{program}.conf"
    texts = {"nginx": _NGINX, "haproxy": _HAPROXY, "caddy": _CADDY}
    configuration.write_text(
        texts[program].format(
            folder=folder,
            lines=lines,
            port=port,
            upstream=upstream,
            # Its plain form names the server itself, and then keeps no connection to it.
            target=("http://api" if lines else f"http://127.0.0.1:{upstream}") + remains,
            below=below,
            # Its workers could not write where another user's tests may.
            user="user root;" if os.geteuid() == 0 else "",
        )
    )
    return {
        "nginx": [found, "-p", str(folder), "-e", str(folder / "error.log"), "-c"],
        "haproxy": [found, "-db", "-f"],
        "caddy": [found, "run", "--adapter", "caddyfile", "--config"],
    }[program] + [str(configuration)]


@contextmanager
def web_proxy(
    configuration: Configuration, upstream: int, folder: Path, below: str = "", remains: str = ""
) -> Iterator[int]:
    """The port of a proxy in front of the server at port `upstream`.

    nginx may have it `below` a path: with `remains`, that takes the place of the path and its slash.
    """
    port = free_address("127.0.0.1", 0).port
    command = _command(*configuration, port, upstream, folder, below, remains)
    log = folder / "proxy.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            env=os.environ | {"XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )

    def listens() -> bool:
        assert process.poll() is None, log.read_text()
        with suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)):
            return True
        return False

    try:
        eventually(listens)
        yield port
    finally:
        process.terminate()
        process.wait(10)
