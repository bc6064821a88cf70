import json
import logging
from asyncio import to_thread
from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from threading import Event, Thread
from time import monotonic
from typing import Any

import pytest
from httpx import AsyncClient

from cms.edge.log import JsonFormatter, RequestLog, configure_logging, request_log
from cms.kernel import Settings
from tests.fixtures import CLIENT_ADDRESS, connected
from tests.probe import SECRET

PROBE = "/api/v1/probe"
MILLISECOND = timedelta(milliseconds=1)


class Log:
    def __init__(self, stream: StringIO) -> None:
        self._stream = stream

    @property
    def text(self) -> str:
        request_log.flush()
        return self._stream.getvalue()

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]

    @property
    def requests(self) -> list[dict[str, Any]]:
        return [event for event in self.events if event["logger"] == "cms.request"]


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Iterator[Log]:
    """Everything that production would log."""
    root = logging.getLogger("cms")
    before = root.handlers, root.propagate, root.level
    stream = StringIO()
    monkeypatch.setattr("sys.stdout", stream)
    configure_logging(settings.model_copy(update={"log_level": "info"}))
    yield Log(stream)
    root.handlers, root.propagate, level = before
    root.setLevel(level)


async def test_a_request_is_one_line(probe: AsyncClient, log: Log) -> None:
    began, asked = datetime.now(UTC), monotonic()
    await probe.get(f"{PROBE}/refuse/403", headers={"X-Request-ID": "one-line"})
    milliseconds = (monotonic() - asked) * 1000

    (event,) = log.events
    at = datetime.fromisoformat(event.pop("time"))
    assert began - MILLISECOND <= at <= datetime.now(UTC) + MILLISECOND
    assert 0 < event.pop("duration_ms") <= milliseconds + 0.01
    assert event == {
        "level": "info",
        "logger": "cms.request",
        "message": "request",
        "request_id": "one-line",
        "client": CLIENT_ADDRESS,
        "method": "GET",
        "route": f"{PROBE}/refuse/{{status:int}}",
        "status": 403,
    }


@pytest.mark.parametrize(
    ("method", "path", "route", "status"),
    [
        ("GET", PROBE, PROBE, 200),
        ("HEAD", PROBE, PROBE, 200),
        ("GET", "/healthz", "/healthz", 200),
        ("PATCH", PROBE, PROBE, 405),
        ("GET", "/nowhere", None, 404),
        ("GET", f"{PROBE}?page={'x' * 9000}", None, 414),
    ],
)
async def test_what_was_asked_is_told_by_its_route(
    probe: AsyncClient, log: Log, method: str, path: str, route: str | None, status: int
) -> None:
    await probe.request(method, path)

    (event,) = log.requests
    assert (event["method"], event["route"], event["status"]) == (method, route, status)


async def test_who_asked_is_told_when_it_is_known(probe: AsyncClient, log: Log) -> None:
    await probe.get(f"{PROBE}/fail")
    await probe.get(PROBE)

    known, unknown = log.requests
    assert known["user_id"] == "the user"
    assert "user_id" not in unknown


async def test_a_fault_is_logged_with_its_stack_on_one_line(probe: AsyncClient, log: Log) -> None:
    await probe.get(f"{PROBE}/fail", headers={"X-Request-ID": "fault"})

    fault, request = log.events
    assert fault["level"] == "error"
    assert fault["exception"].startswith("Traceback")
    assert SECRET in fault["exception"]
    assert fault["request_id"] == request["request_id"] == "fault"
    assert request["status"] == 500


@pytest.mark.attack("D8")
async def test_no_secret_that_a_request_carries_is_logged(probe: AsyncClient, log: Log) -> None:
    secret = "s3cr3t"
    headers = {"Authorization": f"Bearer {secret}", "Cookie": secret, "X-Api-Key": secret}

    for path in (
        PROBE,
        f"{PROBE}/private",
        f"{PROBE}/read/{secret}",
        f"/{secret}",
        f"{PROBE}/fail",
    ):
        await probe.get(path, headers=headers, params={"token": secret})
        await probe.post(path, headers=headers, json={"title": "x", "password": secret})

    assert len(log.requests) == 10
    assert secret not in log.text


@pytest.mark.attack("L8")
async def test_a_line_break_in_a_request_makes_no_second_event(
    probe: AsyncClient, log: Log
) -> None:
    forged = '{"message": "forged"}'.replace('"', "%22")
    for path in (f"{PROBE}/read/x%0d%0a{forged}", f"{PROBE}?tag=%0a{forged}"):
        await probe.get(path, headers={"X-Request-ID": "a\nb", "X-Forwarded-For": "1.2.3.4\nb"})

    told = [e["message"] for e in log.events if not e["message"].startswith("X-Forwarded-For is")]
    assert told == ["unhandled error", "request", "request"]


@pytest.mark.attack("L8")
@pytest.mark.parametrize("text", ["a\r\nb", "a\u2028b", "a\x85b", "a\x1b[31mb", "\ud800"])
def test_whatever_a_message_holds_is_escaped(text: str) -> None:
    record = logging.LogRecord("cms", logging.INFO, "", 0, "%s", (text,), None)

    line = JsonFormatter().format(record)

    assert line.isascii()
    assert line.isprintable()
    assert json.loads(line)["message"] == text


async def test_quieter_levels_log_no_requests(
    probe: AsyncClient, log: Log, settings: Settings
) -> None:
    configure_logging(settings.model_copy(update={"log_level": "warning"}))

    await probe.get(PROBE)

    assert not log.text


async def test_the_pool_tells_nothing_of_its_everyday_work(settings: Settings, log: Log) -> None:
    async with connected(settings) as database, database.autocommit():
        pass

    assert log.events == []


async def test_lines_that_are_lost_are_counted(settings: Settings, log: Log) -> None:
    """As when whoever reads the output has stopped reading."""
    unread = RequestLog()
    unread.stream = StringIO()
    unread._pending = deque(maxlen=3)
    unread._thread = Thread()  # which is busy elsewhere
    scope = {"method": "GET", "client": (CLIENT_ADDRESS, 1), "headers": []}
    for _ in range(5):
        unread.add(scope, settings, b"id", PROBE, 200, 0.0)
    unread.flush()

    assert len(unread.stream.getvalue().splitlines()) == 3
    messages = [event["message"] for event in log.events]
    assert messages == ["2 lines of requests were lost: nobody read them in time"]


async def test_lines_are_written_again_after_a_failure(settings: Settings, log: Log) -> None:
    failed, written = Event(), Event()

    class Full(StringIO):
        """A disk that is full for a moment."""

        def write(self, text: str) -> int:
            if failed.is_set():
                written.set()
                return len(text)
            failed.set()
            raise OSError(28, "No space left on device")

    requests = RequestLog()
    requests.stream = Full()
    scope = {"method": "GET", "client": (CLIENT_ADDRESS, 1), "headers": []}
    for happened in (failed, written):
        requests.add(scope, settings, b"id", PROBE, 200, 0.0)
        assert await to_thread(happened.wait, 10)

    assert [event["message"] for event in log.events] == ["a batch of request lines was lost"]
