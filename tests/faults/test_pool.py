"""F4 and F5: a pool without a free connection, and clients that leave while they hold one."""

import asyncio
from collections import Counter
from pathlib import Path
from time import monotonic

import pytest

from tests.faults.backends import ROW, TABLE, holding, until_waiting
from tests.faults.harness import Server, eventually, running
from tests.faults.wire import head, put, wires

pytestmark = [pytest.mark.faults, pytest.mark.timed]

POSTS = "/api/v1/posts"
POOL = 5
LIMIT_SECONDS = 2.0


def small(checkout: Path, database_url: str) -> Server:
    return Server(checkout, database_url, workers=1, DATABASE_POOL_SIZE=str(POOL))


async def assert_the_whole_pool_is_free(server: Server, database_url: str, slug: str) -> None:
    """As many writes as there are connections can be in mid-query at once."""
    async with server.client(await server.log_in()) as editor:
        document = {"title": "Free", "slug": slug, "published": True}
        assert (await editor.put(f"{POSTS}/{slug}", json=document)).status_code == 200
        async with holding(database_url, ROW, slug):
            writes = [
                asyncio.create_task(editor.put(f"{POSTS}/{slug}", json=document))
                for _ in range(POOL)
            ]
            await until_waiting(database_url, POOL)
        assert {answer.status_code for answer in await asyncio.gather(*writes)} == {200}


@pytest.mark.attack("F4")
async def test_without_a_free_connection_there_is_a_503_in_time_and_healthz_still_answers(
    checkout: Path, site_url: str
) -> None:
    server = small(checkout, site_url)
    async with running(server), server.client(await server.log_in()) as editor:
        held = {"slug": "held", "published": True}
        await editor.post(POSTS, json={"title": "Old", **held})
        known = await editor.get(f"{POSTS}/held")

        async def timed(method: str, path: str, **given: object) -> tuple[int, str | None, float]:
            began = monotonic()
            answer = await editor.request(method, path, **given)
            return answer.status_code, answer.headers.get("retry-after"), monotonic() - began

        async with holding(site_url, TABLE):
            asked = [
                asyncio.create_task(timed(method, path, **given))
                for _ in range(10)
                for method, path, given in (
                    ("PUT", f"{POSTS}/held", {"json": {"title": "New", **held}}),
                    ("GET", f"{POSTS}?status=all", {}),
                    ("GET", f"{POSTS}/held?status=published", {}),
                    ("GET", f"{POSTS}?page=7", {}),
                )
            ]
            await until_waiting(site_url, POOL)
            healthy, _, seconds = await timed("GET", "/healthz")
            remembered = await editor.get(f"{POSTS}/held")
            refused = await asyncio.gather(*asked)
        await assert_the_whole_pool_is_free(server, site_url, "held")

    assert {(status, retry) for status, retry, _ in refused} == {(503, "1")}
    assert max(seconds for *_, seconds in refused) < LIMIT_SECONDS
    assert healthy == 200
    assert seconds < 1
    assert remembered.content == known.content
    assert server.faults == []


@pytest.mark.attack("F5")
async def test_a_hundred_clients_leave_in_mid_query_and_no_connection_stays_checked_out(
    checkout: Path, site_url: str
) -> None:
    server = small(checkout, site_url)
    async with running(server):
        token = await server.log_in()
        async with server.client(token) as editor:
            await editor.post(POSTS, json={"title": "Left", "slug": "left", "published": True})
        asked = Counter(
            {
                put(f"{POSTS}/left", token, {"title": "Gone", "slug": "left"}): 40,
                head("GET", f"{POSTS}/left?status=published"): 20,
                head("GET", f"{POSTS}?page=7"): 20,
                head("GET", f"{POSTS}?status=all", f"Authorization: Bearer {token}"): 20,
            }
        )
        async with holding(site_url, TABLE), wires(server, asked.total()) as leaving:
            for wire, request in zip(leaving, asked.elements(), strict=True):
                await wire.send(request)
            await until_waiting(site_url, POOL)
            for wire in leaving:
                wire.leave()
            await eventually(lambda: server.connections == 0)
        await assert_the_whole_pool_is_free(server, site_url, "left")

    assert server.faults == []
