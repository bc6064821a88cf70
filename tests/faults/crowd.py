"""Clients spread over every worker of every server, for what has to hold between processes."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import chain, cycle, zip_longest
from typing import Any

import httpx

from tests.faults.harness import ONE_CONNECTION, Server, eventually, process_of


class Crowd:
    def __init__(
        self, servers: tuple[Server, ...], token: str | None, clients: list[httpx.AsyncClient]
    ) -> None:
        self._servers = servers
        self._token = token
        self._clients = cycle(clients)
        self.processes = sum(server.concurrency for server in servers)

    @classmethod
    @asynccontextmanager
    async def of(cls, *servers: Server, token: str | None = None) -> AsyncIterator["Crowd"]:
        alone = httpx.Limits(max_keepalive_connections=0)
        clients = [server.client(token, limits=alone) for server in servers]
        try:
            yield cls(servers, token, clients)
        finally:
            for client in clients:
                await client.aclose()

    async def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Asks the servers in turn, each time over a new connection."""
        return await next(self._clients).request(method, path, **options)

    async def at_once(
        self, count: int, method: str, path: str, **options: Any
    ) -> list[httpx.Response]:
        """So many times the same, over a connection each: to the servers and their workers by turns."""
        async with self._connected(count) as clients:
            asked = [client.request(method, path, **options) for client in clients[:count]]
            return list(await asyncio.gather(*asked))

    async def all_workers(self, path: str, **options: Any) -> list[httpx.Response]:
        """The answer of each worker of each server to the same GET."""
        return await self.at_once(self.processes, "GET", path, **options)

    @asynccontextmanager
    async def _connected(self, count: int) -> AsyncIterator[list[httpx.AsyncClient]]:
        """So many clients, or more, with one open connection each, and one at least to each worker.

        Which worker takes a connection is the kernel's to say, and a busy one takes none.
        """
        met: list[dict[str, list[httpx.AsyncClient]]] = [{} for _ in self._servers]
        async with AsyncExitStack() as stack:

            async def meet(server: Server, workers: dict[str, list[httpx.AsyncClient]]) -> None:
                meeting = server.client(self._token, limits=ONE_CONNECTION)
                client = await stack.enter_async_context(meeting)
                process = process_of(await client.get("/healthz"))
                workers.setdefault(process, []).append(client)

            async def have_met_enough() -> bool:
                places = list(zip(self._servers, met, strict=True)) * self._servers[0].concurrency
                await asyncio.gather(*(meet(*place) for place in places))
                clients = sum(len(each) for workers in met for each in workers.values())
                return sum(map(len, met)) == self.processes and clients >= count

            await eventually(have_met_enough)
            yield by_turns(by_turns(workers.values()) for workers in met)


def by_turns[T](lists: Iterable[list[T]]) -> list[T]:
    """The first of each list, then the second of each…"""
    turns = zip_longest(*lists)
    return [each for each in chain.from_iterable(turns) if each is not None]
