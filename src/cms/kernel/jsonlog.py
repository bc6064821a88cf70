"""One line of JSON for each event that is logged, whoever logs it."""

import json
import logging
from datetime import UTC, datetime

_OWN_FIELDS = ("request_id", "client", "user_id")


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
