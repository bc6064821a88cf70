"""PostgreSQL taken away and brought back, while a ledger is kept."""

import asyncio
from collections.abc import Callable
from time import monotonic

from tests.faults.harness import DurablePostgres
from tests.faults.ledger import Ledger, Outage


async def take_away(postgres: DurablePostgres, ledger: Ledger, stop: Callable[[], None]) -> Outage:
    """`stop` is one of the ways of `postgres` to end."""
    outage = Outage(monotonic())
    ledger.outages.append(outage)
    await asyncio.to_thread(stop)
    return outage


async def bring_back(postgres: DurablePostgres, outage: Outage) -> None:
    outage.ending = monotonic()
    await asyncio.to_thread(postgres.start)
    outage.ended = monotonic()
