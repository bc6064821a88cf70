"""A relay between the API and PostgreSQL that can lose what passes through it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from enum import Enum, auto
from pathlib import Path

from sqlalchemy import make_url

_SOCKET = ".s.PGSQL.5432"
_COMMIT = b"COMMIT;\0"  # the whole query: BEGIN names an isolation level with such letters in it


class Loss(Enum):
    """What happens to the next COMMIT, once; the connection is gone after it."""

    OF_THE_COMMIT = auto()
    OF_ITS_ANSWER = auto()


class Proxy:
    def __init__(self, upstream: str, folder: Path) -> None:
        self._upstream = upstream
        self._folder = folder
        self._relays: set[asyncio.Task[None]] = set()
        self.loses_next: Loss | None = None
        self.lost = 0
        self.falls_silent_at_commit = False
        """PostgreSQL gets the COMMIT, and nothing is heard of it."""
        self.delay = 0.0
        """How many seconds late PostgreSQL's answers come."""
        self._flows = asyncio.Event()
        self._flows.set()
        self._parts = asyncio.Event()
        self._parts.set()

    def url(self, database_url: str) -> str:
        """The way to that database which leads through here."""
        url = make_url(database_url).update_query_dict({"host": str(self._folder)})
        return url.render_as_string(hide_password=False)

    @property
    def relays(self) -> int:
        """How many connections lead through here."""
        return len(self._relays)

    def fall_silent(self) -> None:
        """As a network that drops everything: connections stay, and nothing comes through."""
        self._flows.clear()

    def forget(self) -> None:
        """As a network that is whole again, and no longer knows the connections there were."""
        self._flows = asyncio.Event()
        self._flows.set()

    def linger(self) -> None:
        """Passes PostgreSQL's last words on, and keeps the connections that it has ended."""
        self._parts.clear()

    def recover(self) -> None:
        self._flows.set()
        self._parts.set()

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        relay = asyncio.create_task(self._relay(reader, writer))
        self._relays.add(relay)
        relay.add_done_callback(self._relays.discard)
        relay.add_done_callback(lambda _relay: writer.transport.abort())

    async def drop(self) -> None:
        """Ends the connections that there are."""
        relays = list(self._relays)
        for relay in relays:
            relay.cancel()
        await asyncio.gather(*relays, return_exceptions=True)

    async def _relay(self, near: asyncio.StreamReader, near_writer: asyncio.StreamWriter) -> None:
        far, far_writer = await asyncio.open_unix_connection(self._upstream)
        flows = self._flows
        try:
            with suppress(ConnectionError):
                async with asyncio.TaskGroup() as group:
                    ways = [
                        group.create_task(self._queries(near, far_writer, flows)),
                        group.create_task(self._answers(far, near_writer, flows)),
                    ]
                    await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
                    await self._parts.wait()
                    for way in ways:
                        way.cancel()
        finally:
            far_writer.transport.abort()

    async def _queries(
        self, near: asyncio.StreamReader, to: asyncio.StreamWriter, flows: asyncio.Event
    ) -> None:
        while data := await near.read(2**16):
            await flows.wait()
            if self.loses_next is Loss.OF_THE_COMMIT and _COMMIT in data:
                self._spend()
                return
            if self.falls_silent_at_commit and _COMMIT in data:
                self.fall_silent()
            to.write(data)
            await to.drain()

    async def _answers(
        self, far: asyncio.StreamReader, to: asyncio.StreamWriter, flows: asyncio.Event
    ) -> None:
        while data := await far.read(2**16):
            await asyncio.sleep(self.delay)
            await flows.wait()
            # The tag of a finished COMMIT: it is done, and nobody will know.
            if self.loses_next is Loss.OF_ITS_ANSWER and b"COMMIT\0" in data:
                self._spend()
                return
            to.write(data)
            await to.drain()

    def _spend(self) -> None:
        self.loses_next = None
        self.lost += 1


@asynccontextmanager
async def proxy(database_url: str, folder: Path) -> AsyncIterator[Proxy]:
    """A proxy to the server of that URL, reached through a socket in `folder`."""
    upstream = Path(str(make_url(database_url).query["host"])) / _SOCKET
    relay = Proxy(str(upstream), folder)
    server = await asyncio.start_unix_server(relay.accept, folder / _SOCKET)
    try:
        yield relay
    finally:
        server.close()
        await relay.drop()
        await server.wait_closed()
