"""S1 to S3 through real proxies: what one client sends changes no other client's answers."""

import asyncio
import json
import os
from collections import Counter
from collections.abc import AsyncIterator, Callable
from itertools import count, cycle, product
from pathlib import Path

import httpx
import pytest

from cms.identity.tests.factories import PASSWORD
from tests.faults.harness import ADMIN, PATIENCE_SECONDS, PATIENT, Server, running
from tests.faults.web_proxy import CONFIGURATIONS, web_proxy
from tests.framing.requests import CACHED, JSON, SMUGGLED, UNCACHED, UNKNOWN, chunked, framed, head

pytestmark = pytest.mark.faults

LOGINS = int(os.environ.get("LOGINS", "50"))
"""In each configuration."""

LOGIN = "/api/v1/auth/login"
ID = "X-Request-ID"
# Empty lines before a request are skipped: wherever a read ends, a request begins after it. The
# second is more than nginx keeps in memory, and comes apart; the third comes in many reads.
PADDINGS = (b"", b"\r\n" * 10_000, b"\r\n" * 200_000)
SENT_AT_ONCE = 8_000
GUESS = json.dumps({"email": ADMIN, "password": "a wrong password"}).encode()
SMUGGLED_LOGIN = (
    head("POST", LOGIN, f"{ID}: smuggled", JSON, f"Content-Length: {len(GUESS)}") + GUESS
)
# The next request on the connection would be the rest of it.
SMUGGLED_PART = SMUGGLED.removesuffix(b"Content-Length: 0\r\n\r\n") + b"X-Rest: "
OFFERS = (
    ("Connection: Upgrade", "Upgrade: foo"),
    ("Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"),
    ("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAoAAA"),
    ("Expect: 100-continue",),
    ("TE: trailers", "Trailer: X-Request-ID"),
)
TRAILERS = (f"{ID}: smuggled".encode(), b"Content-Length: 5", b"Connection: Upgrade")


@pytest.fixture(scope="module")
async def server(checkout: Path, site_url: str) -> AsyncIterator[Server]:
    server = Server(checkout, site_url, workers=1, BCRYPT_ROUNDS="7", **PATIENT)
    async with running(server):
        yield server
        assert server.faults == []


def attacks() -> list[tuple[bytes, bytes]]:
    """What is sent first, and what follows a moment later."""
    made: list[tuple[bytes, bytes]] = []
    mine = f"{ID}: attacker"
    bodies = [
        padding + content
        for padding in PADDINGS
        for content in (SMUGGLED_LOGIN, SMUGGLED_PART, SMUGGLED)
    ]
    for method, path in (("GET", CACHED), ("POST", UNCACHED), ("GET", UNKNOWN)):
        for number, (offer, content) in enumerate(product(OFFERS, bodies)):
            _, line, body = list(framed(content))[number % 2]
            first = head(method, path, *offer, line, JSON, mine)
            # Some proxies send nothing on before they have so much.
            made.append((first + body[:SENT_AT_ONCE], body[SENT_AT_ONCE:]))
            made.append((first, body))
        # No body at all, and then what a proxy may take for one of another protocol.
        made += [(head(method, path, *offer, mine), SMUGGLED_LOGIN) for offer in OFFERS]
        trailed = head(method, path, "Transfer-Encoding: chunked", JSON, mine)
        made.append((trailed, chunked(b"x", *TRAILERS) + SMUGGLED_LOGIN))
    return made


class Attacker:
    def __init__(self, port: int) -> None:
        self.port = port
        self.wrong: Counter[str] = Counter()
        self.attacks = 0
        self.unanswered = 0

    async def attack_for_ever(self) -> None:
        numbers = count()
        async with _client(self.port) as client:
            for first, rest in cycle(attacks()):
                await self._attack(first, rest)
                self.attacks += 1
                # Then it looks whether an answer has come loose.
                for _ in range(2):
                    name = f"attacker-{next(numbers)}"
                    try:
                        answer = await client.get("/healthz", headers={ID: name}, timeout=5)
                    except httpx.TransportError:
                        # What he breaks off leaves connections that end: his own requests may meet one.
                        self.unanswered += 1
                        continue
                    if answer.headers.get(ID) != name:
                        self.wrong["the attacker's"] += 1

    async def _attack(self, first: bytes, rest: bytes) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        received = b""
        try:
            writer.write(first)
            await writer.drain()
            await asyncio.sleep(0.005)  # until the proxy has passed it on; nothing tells when
            writer.write(rest)
            async with asyncio.timeout(0.2):
                await writer.drain()
                received = await reader.read(65_536)
        except (ConnectionError, TimeoutError, RuntimeError):
            pass  # some attacks have no answer (RuntimeError: uvloop's word for having been cut off)
        finally:
            writer.transport.abort()
        if b"access_token" in received:
            self.wrong["the attacker's"] += 1


def _client(port: int) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        base_url=f"http://127.0.0.1:{port}",
        timeout=PATIENCE_SECONDS,
        trust_env=False,
        verify=False,  # without TLS there is nothing to verify
    )


async def log_in(port: int, times: int, wrong: Counter[str]) -> None:
    credentials = {"email": ADMIN, "password": PASSWORD}
    async with _client(port) as client:
        for number in range(times):
            name = f"visitor-{number}"
            try:
                answer = await client.post(LOGIN, json=credentials, headers={ID: name})
            except httpx.TransportError as error:
                wrong[f"none for the visitor: {error!r}"] += 1
                continue
            if answer.headers.get(ID) != name or "access_token" not in answer.json():
                wrong["the visitor's"] += 1


@pytest.mark.attack("S1")
@pytest.mark.parametrize("name", CONFIGURATIONS)
async def test_no_answer_reaches_another_client(
    name: str, server: Server, tmp_path: Path, show: Callable[[str], None]
) -> None:
    with web_proxy(CONFIGURATIONS[name], server.address[1], tmp_path) as port:
        attacker = Attacker(port)
        attacking = asyncio.create_task(attacker.attack_for_ever())
        try:
            await log_in(port, LOGINS, attacker.wrong)
            while attacker.attacks < len(attacks()) and not attacking.done():
                await log_in(port, 1, attacker.wrong)
        finally:
            attacking.cancel()
            await asyncio.wait([attacking])

    tried = f"{LOGINS} logins, {attacker.attacks} attacks ({attacker.unanswered} unanswered)"
    show(f"{name}: {tried}, wrong: {dict(attacker.wrong)}")
    assert attacking.cancelled(), attacking.exception()
    assert attacker.wrong == {}
