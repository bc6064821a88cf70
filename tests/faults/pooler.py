"""PgBouncer as Debian installs it, in front of a PostgreSQL, and lending by the transaction."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import make_url

from cms.launch.address import free_address
from dev.account import accounts
from dev.embedded import EmbeddedPostgres
from tests.checkout import eventually

_CONFIGURATION = """
[databases]
* = host={sockets} port=5432 user=postgres

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = {servers}
max_client_conn = 500
server_round_robin = 1
"""


def _program() -> str:
    """Skips the test where there is none."""
    found = shutil.which("pgbouncer", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
    if found is None:
        pytest.skip("pgbouncer is not installed")
    return found


@contextmanager
def pooler(postgres: EmbeddedPostgres, database: str, folder: Path, servers: int) -> Iterator[str]:
    """The URL of a database through a pooler with so many connections to the server.

    In turn, so that two messages of one client meet the same connection by no accident.
    """
    port = free_address("127.0.0.1", 0).port
    sockets = str(make_url(postgres.url(database)).query["host"])
    configuration = folder / "pgbouncer.ini"
    text = _CONFIGURATION.format(sockets=sockets, port=port, servers=servers)
    configuration.write_text(text)
    folder.chmod(0o755)
    log = folder / "pgbouncer.log"
    with log.open("wb") as output:
        # As the user that PostgreSQL runs as: pgbouncer, too, refuses to be root.
        process = subprocess.Popen(
            [*accounts()[0].prefix, _program(), str(configuration)],
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
        )
    try:
        eventually(lambda: "process up" in log.read_text() or process.poll() is not None)
        assert process.poll() is None, log.read_text()
        yield f"postgresql://postgres@127.0.0.1:{port}/{database}"
    finally:
        process.terminate()
        process.wait(10)
