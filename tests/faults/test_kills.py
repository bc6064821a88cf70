"""F2: workers, servers and PostgreSQL killed in mid-write, over and over, and a ledger kept."""

import asyncio
import os
import random
from collections import Counter
from collections.abc import Callable
from itertools import count
from pathlib import Path
from time import monotonic

import httpx
import pytest

from cms.identity.tests.factories import PASSWORD
from cms.kernel.config import Settings
from tests.faults.backends import query, untold
from tests.faults.harness import ADMIN, DurablePostgres, Server, eventually, running
from tests.faults.ledger import Half, Ledger, State, Story, state_of
from tests.faults.outages import bring_back, take_away
from tests.faults.people import POSTS, Person, Reader
from tests.faults.writers import Writer

pytestmark = pytest.mark.faults

KILLS = int(os.environ.get("KILLS", "25"))
GRACE_SECONDS = float(Settings.model_fields["refresh_grace_seconds"].default)
WRITES_BETWEEN = 30
NEVER = (
    "lost",
    "half",
    "ghosts",
    "untold",
    "stale",
    "drafts seen",
    "lost logins",
    "wrong answers",
    "wrong totals",
    "hangs",
)


class Life:
    """The next slug of a writer: some rounds with one, and then another."""

    def __init__(self, name: str) -> None:
        self._slugs = (f"{name}-{number}" for number in count(1))
        self._rounds = 0

    def __call__(self) -> str:
        if self._rounds == 0:
            self._slug = next(self._slugs)
            self._rounds = random.randint(1, 6)
        self._rounds -= 1
        return self._slug


class Editor(Person):
    """Logs in, and expects every login that was acknowledged to go on for good."""

    # Who asks again too late is told that the session is over: when it is too soon, `_expect` knows.
    understood = Person.understood | {401}
    _tokens: list[tuple[str, str]]

    async def turn(self) -> None:
        self._tokens = getattr(self, "_tokens", [])
        if len(self._tokens) < 5:
            credentials = {"email": ADMIN, "password": PASSWORD}
            answer = await self.ask("POST", "/api/v1/auth/login", json=credentials)
            self._expect(answer)
            self._keep(answer)
            return
        access, refresh = random.choice(self._tokens)
        headers = {"Authorization": f"Bearer {access}"}
        answer = await self.ask("GET", "/api/v1/users/me", headers=headers)
        self._expect(answer)
        if random.random() < 0.2:
            await self._rotate(access, refresh)

    async def _rotate(self, access: str, refresh: str) -> None:
        """Within the time that a lost answer may take to be asked for again."""
        self._tokens.remove((access, refresh))
        began = monotonic()
        answer = None
        while answer is None and monotonic() - began < GRACE_SECONDS:
            answer = await self.ask("POST", "/api/v1/auth/refresh", json={"refresh_token": refresh})
        if monotonic() - began < GRACE_SECONDS:
            self._expect(answer)
        self._keep(answer)

    def _expect(self, answer: httpx.Response | None) -> None:
        if answer is not None and answer.status_code != 200:
            self.ledger.find("lost logins", str(answer.status_code))

    def _keep(self, answer: httpx.Response | None) -> None:
        if answer is not None and answer.status_code == 200:
            pair = answer.json()
            self._tokens.append((pair["access_token"], pair["refresh_token"]))
            self.ledger.figures["logins"] += 1


class Killer:
    def __init__(self, ledger: Ledger, postgres: DurablePostgres, servers: list[Server]) -> None:
        self._ledger, self._postgres, self._servers = ledger, postgres, servers
        self.kills: Counter[str] = Counter()

    async def work(self) -> None:
        ways = [self._kill_worker] * 5 + [self._kill_postgres] * 4 + [self._kill_server]
        for number in range(KILLS):
            await ways[number % len(ways)]()
            if number % 4:  # and sometimes before anything has recovered
                goal = self._ledger.figures["acknowledged"] + WRITES_BETWEEN
                await eventually(lambda: self._ledger.figures["acknowledged"] >= goal)  # noqa: B023

    async def _kill_worker(self) -> None:
        victim = random.choice([worker for server in self._servers for worker in server.workers])
        victim.kill()
        self.kills["workers"] += 1

    async def _kill_postgres(self) -> None:
        outage = await take_away(self._postgres, self._ledger, self._postgres.crash)
        self.kills["PostgreSQL"] += 1
        await bring_back(self._postgres, outage)

    async def _kill_server(self) -> None:
        server = random.choice(self._servers)
        await asyncio.to_thread(server.kill)
        self.kills["servers"] += 1
        server.start()


@pytest.mark.attack("F2")
async def test_nothing_acknowledged_is_lost_and_nothing_is_half_there(
    checkout: Path, postgres: DurablePostgres, site_url: str, show: Callable[[str], None]
) -> None:
    servers = [Server(checkout, site_url, workers=2) for _ in range(2)]
    ledger = Ledger("kills")
    killer = Killer(ledger, postgres, servers)
    async with running(*servers):
        token = await servers[0].log_in()
        over = asyncio.Event()
        people = [
            *(Writer(ledger, servers, token, Life(f"kills-{n}")) for n in range(6)),
            *(Reader(ledger, servers) for _ in range(4)),
            Editor(ledger, servers),
        ]
        async with asyncio.TaskGroup() as group:
            for person in people:
                group.create_task(person.live(over))
            try:
                await killer.work()
            finally:
                over.set()
        for server in servers:
            await server.answers("/readyz")
        await settle(ledger, servers[0], token, site_url)

    killed = killer.kills
    show(f"{killed.total()} kills ({', '.join(f'{n} {what}' for what, n in killed.items())})")
    show(ledger.line("acknowledged", "unknown", "reads", "lists", "logins", "connections lost"))
    show(ledger.line("503", "said to be stale", *NEVER))
    assert ledger.findings == []
    assert [server.faults for server in servers] == [[], []]
    assert killed.total() == KILLS
    assert len(killed) == 3
    assert ledger.figures["acknowledged"] > KILLS * WRITES_BETWEEN / 2


async def settle(ledger: Ledger, server: Server, token: str, database_url: str) -> None:
    """Compares each story with what is stored, by asking the API and PostgreSQL itself."""
    async with server.client(token) as editor:
        for story in ledger.stories.values():
            answer = await editor.get(f"{POSTS}/{story.slug}", params={"status": "all"})
            _judge(ledger, story, answer)
    rows = await query(database_url, "SELECT slug FROM posts")
    unheard = {row["slug"] for row in rows} - ledger.stories.keys()
    for slug in unheard:
        ledger.find("ghosts", f"{slug} is stored, and nobody has written it")
    for slug in await untold(database_url, f"{ledger.name}-"):
        ledger.find("untold", f"{slug} has another history")


def _judge(ledger: Ledger, story: Story, answer: httpx.Response) -> None:
    stored: State | None = None
    if answer.status_code == 200:
        try:
            stored = state_of(answer.json())
        except Half as half:
            ledger.find("half", str(half))
            return
    elif answer.status_code != 404:
        ledger.find("wrong answers", f"{story.slug} {answer.status_code}")
    if stored not in story.possible:
        ledger.find("lost", f"{story.slug} is {stored}, after {story.writes[-4:]}")
