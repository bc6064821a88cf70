"""F3: a server that is asked to stop finishes what it has begun, and does not wait for ever."""

import asyncio
import signal
from pathlib import Path

import pytest

from tests.faults.backends import ROW, holding, query, until_waiting
from tests.faults.harness import PATIENT, Server, running
from tests.faults.wire import head, wires

pytestmark = [pytest.mark.faults, pytest.mark.timed]

POSTS = "/api/v1/posts"
LIMIT_SECONDS = 10.0
IN_FLIGHT_SECONDS = 2.0


@pytest.mark.attack("F3")
@pytest.mark.parametrize("workers", [1, 4])
async def test_requests_in_flight_finish_and_the_server_ends_with_success(
    checkout: Path, site_url: str, workers: int
) -> None:
    server = Server(checkout, site_url, workers=workers, **PATIENT)
    slug = f"in-flight-{workers}"
    async with (
        running(server),
        server.client(await server.log_in()) as editor,
        wires(server, 4 * workers) as idle,
    ):
        await editor.post(POSTS, json={"title": "Old", "slug": slug, "published": True})
        async with holding(site_url, ROW, slug):
            writes = [
                asyncio.create_task(editor.put(f"{POSTS}/{slug}", json={"title": f"New {n}"}))
                for n in range(3)
            ]
            await until_waiting(site_url, len(writes))
            stopping = asyncio.create_task(server.stop(signal.SIGTERM))
            for wire in idle:  # a worker that stops closes those that ask for nothing
                await wire.seconds_until_closed()
            await asyncio.sleep(IN_FLIGHT_SECONDS)
        answers = await asyncio.gather(*writes)
        seconds = await stopping

    assert [answer.status_code for answer in answers] == [200] * 3
    (row,) = await query(site_url, "SELECT title FROM posts WHERE slug = $1", slug)
    assert row["title"] in {f"New {n}" for n in range(3)}
    assert server.exit_code == 0
    assert seconds < LIMIT_SECONDS
    assert server.faults == []


@pytest.mark.attack("F3")
async def test_a_client_that_never_finishes_does_not_keep_the_server_from_ending(
    checkout: Path, site_url: str
) -> None:
    server = Server(checkout, site_url, workers=2)
    async with running(server), wires(server, 1) as (stalled,):
        json = ("Content-Type: application/json", "Content-Length: 100")
        await stalled.send(head("POST", "/api/v1/auth/login", *json) + b"{")
        seconds = await server.stop(signal.SIGTERM)

    assert server.exit_code == 0
    assert seconds < LIMIT_SECONDS
    assert server.faults == []
