"""Logs as JSON, one line an event and one line a request. No body, query or header is logged."""

import json
import logging
import sys
from datetime import UTC, datetime

from starlette.types import Scope

from cms.kernel.config import Settings

_logger = logging.getLogger("cms.request")
_OWN_FIELDS = ("request_id", "client", "method", "route", "status", "duration_ms", "user_id")


class JsonFormatter(logging.Formatter):
    """Escapes whatever text it is given: one event can never look like two."""

    def format(self, record: logging.LogRecord) -> str:
        event: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
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


def log_request(scope: Scope, method: str, status: int, seconds: float) -> None:
    """`status` 0: the client left before there was an answer."""
    if not _logger.isEnabledFor(logging.INFO):
        return
    state = scope["state"]
    event = {
        "request_id": state["request_id"],
        "client": state["client"],
        "method": method,
        "route": getattr(scope.get("route"), "path", None),
        "status": status,
        "duration_ms": round(seconds * 1000, 2),
    }
    if "user_id" in state:  # set once the request's token has been checked
        event["user_id"] = state["user_id"]
    _logger.info("request", extra=event)
