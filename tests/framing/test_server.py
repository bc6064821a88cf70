"""What the server is told by its settings: whom it believes, how long it waits, what it logs."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import pytest

from tests.framing.requests import CACHED, JSON, LAST, SMUGGLED, UNKNOWN, head
from tests.wire import Answer, Server, running

NOBODY = "X-Forwarded-For is believed from nobody"


@pytest.fixture(scope="module")
def production(own_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    log = tmp_path_factory.mktemp("production") / "log"
    settings = {"ENVIRONMENT": "production", "ALLOWED_ORIGINS": "https://www.example.com"}
    with running(own_database_url, log, KEEP_ALIVE_SECONDS="1", **settings) as server:
        yield server


def seconds_open(connection: socket.socket, more: bytes) -> float:
    """How long it takes the server to close it, while `more` is sent four times a second."""
    began = monotonic()
    connection.settimeout(0.25)
    while monotonic() - began < 10:
        try:
            if connection.recv(65_536) == b"":
                break
        except TimeoutError:
            connection.sendall(more)
        except ConnectionError:
            break
    return monotonic() - began


@pytest.mark.attack("S7")
def test_only_a_request_ends_a_pause(production: Server) -> None:
    cut = head("GET", CACHED, JSON, "Content-Length: 1000")
    for request, more in ((head("GET", CACHED), b"\r\n"), (cut, b"x")):
        with production.connect() as connection:
            for _ in range(3):
                connection.sendall(head("GET", UNKNOWN))
                assert Answer.read(connection).status == 404
            connection.sendall(request)
            answer = Answer.read(connection)

            assert answer.headers["keep-alive"] == "timeout=1"
            assert 0.9 < seconds_open(connection, more) < 2.5


def test_connections_outlive_the_pauses_of_a_balancer(server: Server) -> None:
    answer = server.ask(head("GET", CACHED, "Connection: close"))

    assert answer.headers["keep-alive"] == "timeout=75"


def logged_client(server: Server) -> str:
    name = "forwarded"
    server.ask(
        head(
            "GET",
            CACHED,
            "Connection: close",
            "X-Forwarded-For: 198.51.100.7",
            f"X-Request-ID: {name}",
        )
    )
    (line,) = server.log_lines(name)
    client: str = json.loads(line)["client"]
    return client


@pytest.mark.attack("S4")
def test_production_believes_nobody_who_is_not_named(production: Server) -> None:
    assert logged_client(production) == "127.0.0.1"
    (said,) = production.log_lines(NOBODY)
    assert json.loads(said)["level"] == "warning"


@pytest.mark.attack("S4")
def test_development_believes_this_machine(server: Server) -> None:
    assert logged_client(server) == "198.51.100.7"
    assert NOBODY not in server.log


@pytest.mark.attack("S8")
def test_every_line_of_the_log_is_json(production: Server) -> None:
    upgrade = ("Connection: Upgrade", "Upgrade: websocket")
    production.exchange(head("GET", CACHED, *upgrade), SMUGGLED)
    production.exchange(head("GET", CACHED, *upgrade, "Content-Length: 5"), b"12345")
    production.exchange(LAST)
    assert production.log_lines("a request was refused")
    assert production.log_lines('"last"')

    for line in production.log.splitlines():
        assert json.loads(line).keys() >= {"time", "level", "logger", "message"}


@pytest.mark.attack("S8")
def test_so_is_what_the_server_itself_has_to_say(
    production: Server, own_database_url: str, tmp_path: Path
) -> None:
    second = Server(own_database_url, tmp_path / "log", PORT=str(production.port))

    assert second.wait_for_its_end() != 0
    lines = [json.loads(line) for line in second.log.splitlines()]
    assert ["address already in use" in line["message"] for line in lines] == [True]
    assert lines[0]["logger"].startswith("uvicorn")
