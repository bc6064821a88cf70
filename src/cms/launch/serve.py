"""The server itself: `python -m cms.launch.serve`."""

import logging
import signal
import sys
from logging.config import dictConfig
from types import FrameType
from typing import Any

import uvicorn

from cms.edge.log import JsonFormatter
from cms.kernel.config import Settings
from cms.launch.metrics import serving_metrics
from cms.launch.problems import LaunchError

_logger = logging.getLogger("cms.launch.serve")  # whose __name__ may be __main__

# Of the server itself and of libraries, in the parent process and in each that serves.
_LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": JsonFormatter}},
    "handlers": {
        "json": {
            "class": "logging.StreamHandler",
            "formatter": "json",
            "stream": "ext://sys.stdout",
        }
    },
    "root": {"handlers": ["json"], "level": "WARNING"},
}


def main() -> None:
    settings = Settings()
    dictConfig(_LOGGING)
    if not settings.trusted_proxies:
        _logger.warning(
            "X-Forwarded-For is believed from nobody: behind a proxy, name it in FORWARDED_ALLOW_IPS"
        )
    # uvicorn raises the signal again once it has stopped: that was a success, not a death.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _leave)
    with serving_metrics(settings):
        _serve(settings)


def _serve(settings: Settings) -> None:
    uvicorn.run(
        "cms.serving:build",
        factory=True,
        host=settings.host,
        port=settings.port,
        workers=settings.web_concurrency,
        http="cms.launch.protocol:Protocol",
        loop="uvloop",
        ws="none",  # a handshake is then a request like any other
        log_config=_LOGGING,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=settings.keep_alive_seconds,
        headers=[("Keep-Alive", f"timeout={settings.keep_alive_seconds}")],
        timeout_graceful_shutdown=8,
        # A process that has to share its processor takes longer to come up than the 5 s of uvicorn, which
        # would end it, and the next one, for ever. While uvicorn waits for one it replaces no other.
        timeout_worker_healthcheck=15,
    )


def _leave(_number: int, _frame: FrameType | None) -> None:
    sys.exit(0)


if __name__ == "__main__":
    try:
        main()
    except LaunchError as error:
        sys.exit(str(error))
