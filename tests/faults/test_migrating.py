"""F11: a migration that has to wait for a table, while the API serves from it."""

import asyncio
import os
import sys
from collections import Counter
from pathlib import Path

import httpx
import pytest

from tests.faults.backends import holding, query
from tests.faults.harness import Server, eventually, running

pytestmark = pytest.mark.faults

API = "/api/v1"
READ = "SELECT FROM posts"
WAITS = "SELECT FROM pg_locks WHERE NOT granted AND mode = 'AccessExclusiveLock'"
READERS = 8
# Five times what is usual, so that a busy machine keeps up: a migration gives up after half of the time
# that a request waits for a lock, and both before PostgreSQL looks for deadlocks.
SLOWLY = {
    "LOCK_TIMEOUT_SECONDS": "4",
    "STATEMENT_TIMEOUT_SECONDS": "6",
    "DATABASE_TIMEOUT_SECONDS": "7.5",
}
LATE_DEADLOCKS = """
    DO $$ BEGIN
        EXECUTE format('ALTER DATABASE %I SET deadlock_timeout = %L', current_database(), '5s');
    END $$
"""


async def migration(checkout: Path, database_url: str) -> asyncio.subprocess.Process:
    """One that needs every table for itself: it drops them."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "alembic", "-c", "alembic.ini", "downgrade", "base"),
        cwd=checkout,
        env={**os.environ, "PYTHONPATH": "src", "DATABASE_URL": database_url, **SLOWLY},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )


@pytest.mark.attack("F11")
async def test_while_a_migration_waits_and_gives_up_readers_and_writers_go_on(
    checkout: Path, site_url: str
) -> None:
    await query(site_url, LATE_DEADLOCKS)
    server = Server(checkout, site_url, workers=2, **SLOWLY)
    async with running(server), server.client(await server.log_in()) as editor:
        for kind in ("posts", "pages"):
            await editor.post(f"{API}/{kind}", json={"title": "Here", "slug": "here"})
        gave_up = asyncio.Event()

        async def go_on(number: int) -> list[httpx.Response]:
            answers = []
            while not gave_up.is_set():
                kind = ("posts", "pages")[number % 2]
                # Neither is answered from memory.
                answers.append(await editor.get(f"{API}/{kind}?status=all"))
                answers.append(await editor.put(f"{API}/{kind}/here", json={"title": f"{number}"}))
            return answers

        async def it_waits() -> bool:
            return len(await query(site_url, WAITS)) > 0

        async with asyncio.TaskGroup() as group, holding(site_url, READ):
            readers = [group.create_task(go_on(number)) for number in range(READERS)]
            run = await migration(checkout, site_url)
            await eventually(it_waits)
            output, _ = await run.communicate()
            gave_up.set()
        assert run.returncode == 1
        assert b"lock timeout" in output
        answers = [answer for reader in readers for answer in reader.result()]
        assert Counter(answer.status_code for answer in answers) == {200: len(answers)}
        assert (await editor.get("/readyz")).status_code == 200
    assert server.faults == []
