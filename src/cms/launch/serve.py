"""The server itself: `python -m cms.launch.serve`."""

import signal
import sys
from types import FrameType

import uvicorn

from cms.kernel.config import Settings


def main() -> None:
    settings = Settings()
    # uvicorn raises the signal again once it has stopped: that was a success, not a death.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _leave)
    uvicorn.run(
        "cms.main:build",
        factory=True,
        host=settings.host,
        port=settings.port,
        workers=settings.web_concurrency,
        http="cms.launch.protocol:Protocol",
        loop="uvloop",
        ws="none",  # a handshake is then a request like any other
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=8,
    )


def _leave(_number: int, _frame: FrameType | None) -> None:
    sys.exit(0)


if __name__ == "__main__":
    main()
