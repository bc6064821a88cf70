"""Watches the database's clock in every process, and does what is due: each once, whoever is first."""

import logging
from asyncio import sleep
from contextlib import AbstractAsyncContextManager

from cms.kernel import Database, Problem, Services, beside
from cms.schedule import repository, service

_ROUND_SECONDS = 0.4
_AFTER_PROBLEM_SECONDS = 1.0
_BUSY_SECONDS = 0.05

_logger = logging.getLogger(__name__)


def watching(services: Services) -> AbstractAsyncContextManager[None]:
    """From the start, when all is done that has become due since the last process ended."""
    return beside(_watch(services.database))


async def _watch(database: Database) -> None:
    while True:
        try:
            pause = await do_what_is_due(database)
        except Problem:  # told already; the next round makes up for it
            pause = _AFTER_PROBLEM_SECONDS
        except Exception:
            _logger.exception("the schedule was not looked at")
            pause = _AFTER_PROBLEM_SECONDS
        await sleep(pause)


async def do_what_is_due(database: Database) -> float:
    """Returns after how many seconds to look again."""
    while due := await repository.due(database):
        done = [await service.settle(database, each) for each in due]
        if not any(done):
            return _BUSY_SECONDS
    return _ROUND_SECONDS
