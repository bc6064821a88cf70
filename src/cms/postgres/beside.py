"""Work that goes on beside the requests."""

import asyncio
from collections.abc import AsyncGenerator, Coroutine
from contextlib import asynccontextmanager
from typing import Any


@asynccontextmanager
async def beside(work: Coroutine[Any, Any, None]) -> AsyncGenerator[None]:
    """Runs what has no end of its own from here on, and ends it on leaving.

    Outside of a request each wait for the database has its own limit: the pool's for a connection,
    PostgreSQL's and the driver's for a statement.
    """
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])
