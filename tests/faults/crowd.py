"""Clients whose every request is a connection of its own, and so may meet any worker."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import cycle
from typing import Any

import httpx

from tests.faults.harness import PATIENCE_SECONDS, Server, eventually


def process_of(answer: httpx.Response) -> str:
    """What all request ids have in common that one process makes."""
    return answer.headers["X-Request-ID"][:24]


class Crowd:
    def __init__(self, servers: tuple[Server, ...], clients: list[httpx.AsyncClient]) -> None:
        self._clients = cycle(clients)
        self._workers = sum(server.concurrency for server in servers)

    @classmethod
    @asynccontextmanager
    async def of(cls, *servers: Server, token: str | None = None) -> AsyncIterator["Crowd"]:
        alone = httpx.Limits(max_keepalive_connections=0)
        clients = [server.client(token, limits=alone) for server in servers]
        try:
            yield cls(servers, clients)
        finally:
            for client in clients:
                await client.aclose()

    async def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Asks the servers in turn."""
        return await next(self._clients).request(method, path, **options)

    async def at_once(
        self, count: int, method: str, path: str, **options: Any
    ) -> list[httpx.Response]:
        asked = [self.ask(method, path, **options) for _ in range(count)]
        return list(await asyncio.gather(*asked))

    async def all_workers(self, path: str, **options: Any) -> list[httpx.Response]:
        """Answers to the same GET, until each worker of each server has given one."""
        answers: list[httpx.Response] = []

        async def have_all_answered() -> bool:
            answers.extend(await self.at_once(self._workers, "GET", path, **options))
            return len({process_of(answer) for answer in answers}) == self._workers

        await eventually(have_all_answered, PATIENCE_SECONDS)
        return answers
