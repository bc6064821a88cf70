"""Logs as JSON, one line an event and one line a request. No body, query or header is logged."""

import json
import logging
import sys
from collections import deque
from datetime import UTC, datetime
from functools import lru_cache
from threading import Lock, Thread
from time import monotonic, sleep, time
from typing import TextIO

from starlette.types import Scope

from cms.edge.client import client_address
from cms.kernel import Settings

_OWN_FIELDS = ("request_id", "client", "user_id")
_BATCH_SECONDS = 0.1
_MAX_PENDING = 200_000
_LINES_AT_ONCE = 500
_PAUSE_SECONDS = 0.0005

_logger = logging.getLogger("cms.request")

type _Line = tuple[str, str, bytes, str | None, int, float, float, str | None]


class JsonFormatter(logging.Formatter):
    """Escapes whatever text it is given: one event can never look like two."""

    def format(self, record: logging.LogRecord) -> str:
        event: dict[str, object] = {
            "time": _timestamp(int(record.created * 1000)),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        event |= {name: getattr(record, name) for name in _OWN_FIELDS if hasattr(record, name)}
        if record.exc_info:
            event["exception"] = self.formatException(record.exc_info)
        return json.dumps(event, separators=(",", ":"), default=str)


def configure_logging(settings: Settings) -> None:
    """Sends everything of `LOG_LEVEL` and above to standard output."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger("cms")
    root.handlers = [handler]
    root.propagate = False
    root.setLevel(settings.log_level.upper())
    # SQLAlchemy tells of all that a pool does in the name of its class, which is ours.
    logging.getLogger("cms.postgres.pool").setLevel(max(root.level, logging.WARNING))
    request_log.stream = handler.stream


class RequestLog:
    """One line a request, gathered by the requests and written in batches by a thread of its own.

    Nothing is lost at a normal stop. Where nobody reads the output, the oldest lines are, and counted.
    The standard library's `QueueListener` would cost six times as much a line: 13 us for 2.
    """

    def __init__(self) -> None:
        self.stream: TextIO = sys.stdout
        self._pending: deque[_Line] = deque(maxlen=_MAX_PENDING)
        self._dropped = 0
        self._thread: Thread | None = None
        self._writing = Lock()

    def add(
        self,
        scope: Scope,
        settings: Settings,
        request_id: bytes,
        route: str | None,
        status: int,
        began: float,
        user_id: str | None = None,
    ) -> None:
        """`began` is on the monotonic clock; `status` 0: the client left before there was an answer."""
        if not _logger.isEnabledFor(logging.INFO):
            return
        # Plain values and not the scope, which is freed sooner and costs the garbage collector less.
        client = client_address(scope, settings.trusted_proxies)
        ended = monotonic()
        line = (client, scope["method"], request_id, route, status, began, ended, user_id)
        self._dropped += len(self._pending) == self._pending.maxlen
        self._pending.append(line)
        if self._thread is None:
            self._thread = Thread(target=self._run, name="request log", daemon=True)
            self._thread.start()

    def flush(self) -> None:
        """Writes what has been gathered."""
        with self._writing:
            lines: list[str] = []
            epoch = time() - monotonic()
            left = len(self._pending)
            while left:
                some = min(left, _LINES_AT_ONCE)
                lines += [_format(epoch, *self._pending.popleft()) for _ in range(some)]
                left -= some
                sleep(_PAUSE_SECONDS)  # lets requests have the interpreter in between
            if lines:
                self.stream.write("".join(lines))
                self.stream.flush()
        dropped, self._dropped = self._dropped, 0
        if dropped:
            _logger.warning("%d lines of requests were lost: nobody read them in time", dropped)

    def _run(self) -> None:
        while True:
            sleep(_BATCH_SECONDS)
            try:
                self.flush()
            except Exception:  # a thread that died would gather lines for ever
                _logger.exception("a batch of request lines was lost")


request_log = RequestLog()


def _format(
    epoch: float,
    client: str,
    method: str,
    request_id: bytes,
    route: str | None,
    status: int,
    began: float,
    ended: float,
    user_id: str | None,
) -> str:
    """`epoch` is when the monotonic clock began, in seconds since 1970."""
    # No value can hold a quote or a control character, so that it needs no encoder.
    return (
        f'{{"time":"{_timestamp(int((epoch + ended) * 1000))}","level":"info",'
        f'"logger":"cms.request","message":"request","request_id":"{request_id.decode()}",'
        f'"client":"{client}",'
        f"{_answered(method, route, status)}{_duration(round((ended - began) * 100_000))}"
        f"{f',"user_id":"{user_id}"' if user_id else ''}}}\n"
    )


@lru_cache(maxsize=256)
def _answered(method: str, route: str | None, status: int) -> str:
    named = "null" if route is None else f'"{route}"'
    return f'"method":"{method}","route":{named},"status":{status},"duration_ms":'


# Many requests end in the same millisecond, and take about as long: to write a number costs the most of all.
@lru_cache(maxsize=4)
def _timestamp(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds")


@lru_cache(maxsize=1024)
def _duration(hundredths: int) -> str:
    return f"{hundredths / 100:.2f}"
