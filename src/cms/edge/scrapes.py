"""Tells the launcher, which serves `/metrics`, what this process has counted.

Whoever asks a port that all processes share hears one of them, and not the same each time. So each
answers on a socket of its own, and the launcher asks them all.
"""

import os
from asyncio import StreamReader, StreamWriter, start_unix_server
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from cms.edge.metrics import database_samples, dump, request_metrics
from cms.kernel import Services

SOCKETS = "CMS_METRICS_SOCKETS"
"""In the environment of a process: the folder for its socket. The launcher makes it, for itself alone."""


@asynccontextmanager
async def answering_scrapes(services: Services) -> AsyncGenerator[None]:
    """While the application runs: whoever connects gets what `metrics.load` reads."""
    folder = os.environ.get(SOCKETS)
    if services.settings.metrics_port is None or folder is None:
        yield
        return

    async def answer(_reader: StreamReader, writer: StreamWriter) -> None:
        samples = (*request_metrics.samples(), *database_samples(services.database))
        writer.write(dump(samples))
        writer.close()

    async with await start_unix_server(answer, Path(folder, f"{os.getpid()}.sock")):
        yield
