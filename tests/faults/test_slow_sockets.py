"""F6: clients that take their time, two hundred of them, while others want to be served."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from time import monotonic

import httpx
import pytest

from cms.launch.protocol import HEADER_SECONDS
from tests.faults.harness import Server, running
from tests.faults.people import POSTS
from tests.faults.wire import Wire, head, wires

pytestmark = [pytest.mark.faults, pytest.mark.timed]

TRICKLE_SECONDS = 0.5
SERVED_SECONDS = 2.0
LARGE = "<p>" + "x" * 250_000 + "</p>"


async def trickling(wire: Wire, first: bytes, rest: bytes) -> None:
    await wire.send(first)
    await wire.trickle(rest, TRICKLE_SECONDS)


@pytest.mark.attack("F6")
async def test_two_hundred_slow_sockets_keep_nobody_else_from_being_served(
    checkout: Path, site_url: str, show: Callable[[str], None]
) -> None:
    server = Server(checkout, site_url, workers=2)
    async with (
        running(server),
        server.client(await server.log_in()) as editor,
        wires(server, 70) as slow_heads,
        wires(server, 60) as slow_bodies,
        wires(server, 70, receive_buffer=4096) as slow_readers,
        asyncio.TaskGroup() as group,
    ):
        document = {"title": "Large", "slug": "large", "body": LARGE, "published": True}
        assert (await editor.post(POSTS, json=document)).status_code == 201
        json = ("Content-Type: application/json", "Content-Length: 5000")
        never = b"X-Slow: " + b"x" * 1000
        trickles = [
            *(
                group.create_task(trickling(wire, head("GET", POSTS)[:-2], never))
                for wire in slow_heads
            ),
            *(
                group.create_task(
                    trickling(wire, head("POST", "/api/v1/auth/login", *json), b"{" * 1000)
                )
                for wire in slow_bodies
            ),
        ]
        # From memory and from the database by turns, and more than the kernel takes for a client.
        both = head("GET", f"{POSTS}/large") + head("GET", f"{POSTS}/large?status=published")
        for wire in slow_readers:
            await wire.send(both * 10)
        assert server.connections >= 200

        closing = [asyncio.create_task(wire.seconds_until_closed()) for wire in slow_heads]
        slowest = await serve_others(server, editor, until=monotonic() + HEADER_SECONDS - 2)
        assert server.connections >= 200
        ages = await asyncio.gather(*closing)
        for trickle in trickles:
            trickle.cancel()
        still_there = server.connections
        seconds = await server.stop()

    show(f"slowest answer to others {slowest:.2f} s, headers closed after {max(ages):.2f} s")
    assert slowest < SERVED_SECONDS
    assert min(ages) > HEADER_SECONDS - 0.5
    assert max(ages) < HEADER_SECONDS + 1.5
    assert still_there >= len(slow_bodies) + len(slow_readers)
    assert server.exit_code == 0
    assert seconds < 10
    assert server.faults == []


async def serve_others(server: Server, editor: httpx.AsyncClient, until: float) -> float:
    """What editors and visitors do; returns the seconds that the slowest of it took."""
    slowest = 0.0
    number = 0
    async with server.client() as visitor:
        while monotonic() < until:
            number += 1
            began = monotonic()
            answers = await asyncio.gather(
                visitor.get(POSTS),
                visitor.get(f"{POSTS}?status=published"),
                visitor.get("/healthz"),
                editor.post(POSTS, json={"title": f"{number}"}),
            )
            slowest = max(slowest, monotonic() - began)
            assert [answer.status_code for answer in answers] == [200, 200, 200, 201]
    return slowest


@pytest.mark.attack("F6")
async def test_the_limit_holds_for_the_headers_of_each_request_on_a_connection(
    checkout: Path, site_url: str
) -> None:
    server = Server(checkout, site_url, workers=1)
    async with running(server), wires(server, 2) as (silent, second):
        await second.send(head("GET", "/healthz"))
        assert (await second.read(2**16)).startswith(b"HTTP/1.1 200")
        began = monotonic()
        async with asyncio.TaskGroup() as group:
            trickle = group.create_task(trickling(second, b"GET", b" " + b"/" * 1000))
            ages = await asyncio.gather(
                silent.seconds_until_closed(), second.seconds_until_closed()
            )
            trickle.cancel()
        lasted = monotonic() - began

    assert min(ages) > HEADER_SECONDS - 0.5
    assert HEADER_SECONDS - 0.5 < lasted < HEADER_SECONDS + 1.5
    assert server.faults == []
