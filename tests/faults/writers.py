"""Writers who never stop, and enter into a ledger what they did and what came of it."""

import random
from collections.abc import Callable
from time import monotonic

import httpx

from tests.faults.harness import Server, process_of
from tests.faults.ledger import Ledger, Story, document, new_state
from tests.faults.people import POSTS, Person


class Writer(Person):
    """Writes under slugs that nobody else writes under, and looks at once at what came of it."""

    def __init__(
        self, ledger: Ledger, servers: list[Server], token: str, next_slug: Callable[[], str]
    ) -> None:
        super().__init__(ledger, servers, token)
        self._next_slug = next_slug
        self._etags: dict[str, str] = {}

    async def turn(self) -> None:
        story = self.ledger.story(self._next_slug())
        if None in story.possible:
            await self.create(story)
        elif random.random() < 0.85:
            await self.replace(story)
        else:
            await self.delete(story)
        await self.look(story)

    async def create(self, story: Story) -> None:
        state = new_state(public=random.random() < 0.7)
        write = story.begin(state)
        response = await self.ask("POST", POSTS, json=document(story.slug, state))
        if response is None or response.status_code == 201:
            self._enter(story, response)
            return
        story.forget(write)
        if story.possible == {None}:
            self.ledger.find("ghosts", f"{story.slug} exists: {response.status_code}")
        else:
            await self.replace(story)  # an earlier create, of which nobody had heard

    async def replace(self, story: Story) -> None:
        state = new_state(public=random.random() < 0.7)
        headers = self._condition(story)
        write = story.begin(state)
        response = await self.ask(
            "PUT", f"{POSTS}/{story.slug}", json=document(story.slug, state), headers=headers
        )
        if response is None or response.status_code == 200:
            self._enter(story, response)
            return
        story.forget(write)
        if response.status_code != 404 or None not in story.possible:
            self.ledger.find("lost", f"{story.slug} {response.status_code} {story.writes[-4:]}")
            story.begin(None)

    async def delete(self, story: Story) -> None:
        headers = self._condition(story)
        could_be_none = None in story.possible
        write = story.begin(None)
        response = await self.ask("DELETE", f"{POSTS}/{story.slug}", headers=headers)
        if response is None or response.status_code == 204:
            self._enter(story, response)
        elif response.status_code == 404 and could_be_none:
            write.acknowledged = monotonic()
        else:
            self.ledger.find("lost", f"{story.slug} {response.status_code} {story.writes[-4:]}")

    def _condition(self, story: Story) -> dict[str, str]:
        """The version that was last acknowledged, while nothing has happened that nobody knows."""
        etag = self._etags.get(story.slug)
        return {"If-Match": etag} if story.is_certain and etag else {}

    def _enter(self, story: Story, response: httpx.Response | None) -> None:
        if response is None:
            self.ledger.figures["unknown"] += 1
            return
        write = story.writes[-1]
        write.acknowledged, write.process = monotonic(), process_of(response)
        self._etags[story.slug] = response.headers.get("etag", "")
        self.ledger.figures["acknowledged"] += 1
