"""Readers who never stop, and enter into a ledger what they saw; writers are beside them."""

import asyncio
import random
from collections.abc import Callable
from time import monotonic
from typing import Any

import httpx

from tests.faults.harness import Server, process_of
from tests.faults.ledger import Half, Ledger, State, Story, state_of

POSTS = "/api/v1/posts"
BACK_OFF_SECONDS = 0.05


class Person:
    """Somebody with one connection to each of the servers."""

    on_answer: Callable[[float, httpx.Response], None] | None = None
    """Called with the moment of the request too."""
    understood = frozenset({200, 201, 204, 304, 404, 409, 412})
    """The statuses that may come; any other but an honest 503 is a wrong answer."""

    def __init__(self, ledger: Ledger, servers: list[Server], token: str | None = None) -> None:
        self.ledger = ledger
        only_one = httpx.Limits(max_connections=1)
        self._clients = [server.client(token, limits=only_one) for server in servers]
        self._client = self._clients[0]

    async def live(self, over: asyncio.Event) -> None:
        try:
            while not over.is_set():
                self._client = random.choice(self._clients)
                await self.turn()
        finally:
            for client in self._clients:
                await client.aclose()

    async def turn(self) -> None:
        raise NotImplementedError

    async def ask(self, method: str, path: str, **given: Any) -> httpx.Response | None:
        """None when nobody can know what became of the request."""
        while True:
            began = monotonic()
            try:
                response = await self._client.request(method, path, **given)
            except httpx.ConnectError:  # nothing was sent
                await asyncio.sleep(BACK_OFF_SECONDS)
                self._client = random.choice(self._clients)
            except httpx.TimeoutException:
                self.ledger.find("hangs", f"{method} {path}")
                return None
            except httpx.TransportError:
                self.ledger.figures["connections lost"] += 1
                return None
            else:
                break
        if self.on_answer is not None:
            self.on_answer(began, response)
        self.ledger.figures["said to be stale"] += "cache-status" in response.headers
        if response.status_code == 503 and response.headers.get("retry-after") == "1":
            self.ledger.figures["503"] += 1
            await asyncio.sleep(BACK_OFF_SECONDS)
            return None
        if response.status_code not in self.understood:
            self.ledger.find("wrong answers", f"{method} {path} {response.status_code}")
            return None
        return response

    async def look(self, story: Story, known: dict[str, State] | None = None) -> None:
        """Reads one post as the public does; with `known` ETags, on condition."""
        headers, started = {}, monotonic()
        if known and random.random() < 0.5:
            headers = {"If-None-Match": ", ".join(known)}
        response = await self.ask("GET", f"{POSTS}/{story.slug}", headers=headers)
        if response is None:
            return
        self.ledger.figures["reads"] += 1
        seen = None
        etag = response.headers.get("etag", "")
        if response.status_code == 304:
            assert known is not None
            seen = known[etag]
        elif response.status_code == 200:
            seen = self.state(response.json())
            if seen is None:
                return
            if known is not None:
                known[etag] = seen
                for old in list(known)[:-5]:
                    del known[old]
        self.judge(story.slug, seen, started, response)

    def state(self, shown: dict[str, Any]) -> State | None:
        try:
            return state_of(shown)
        except Half as half:
            self.ledger.find("half", str(half))
            return None

    def judge(
        self, slug: str, seen: State | None, started: float, response: httpx.Response
    ) -> None:
        self.ledger.check(
            slug,
            seen,
            started,
            process_of(response),
            says_stale="cache-status" in response.headers,
        )


class Reader(Person):
    """Looks at one post after the other, and at the list."""

    def __init__(self, ledger: Ledger, servers: list[Server]) -> None:
        super().__init__(ledger, servers)
        self._known: dict[str, dict[str, State]] = {}

    async def turn(self) -> None:
        stories = list(self.ledger.stories.values())[-60:]
        if not stories or random.random() < 0.2:
            await self.look_at_list(stories)
        else:
            story = random.choice(stories)
            await self.look(story, self._known.setdefault(story.slug, {}))

    async def look_at_list(self, stories: list[Story]) -> None:
        started = monotonic()
        response = await self.ask("GET", POSTS, params={"tag": self.ledger.name, "per_page": "100"})
        if response is None:
            return
        self.ledger.figures["lists"] += 1
        listed = response.json()
        missing = {story.slug for story in stories}
        for item in listed["items"]:
            seen = self.state(item)
            missing.discard(item["slug"])
            if seen is not None:
                self.judge(item["slug"], seen, started, response)
        if len(listed["items"]) == 100:
            return  # there are more on the next page
        if listed["total"] != len(listed["items"]):
            self.ledger.find("wrong totals", f"{listed['total']} for {len(listed['items'])}")
        for slug in missing:
            self.judge(slug, None, started, response)
