"""What was written and acknowledged, and so what a reader may see at which moment."""

import hashlib
import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import count
from time import monotonic
from typing import Any

PROMISE_SECONDS = 1.0
RECOVERY_SECONDS = 5.0

_NUMBERS = count(1)


@dataclass(frozen=True)
class State:
    """One version of a document; None in place of it stands for no document."""

    number: int
    public: bool


def new_state(*, public: bool) -> State:
    return State(next(_NUMBERS), public)


class Half(Exception):  # noqa: N818 - it is no error of this code
    """A document whose parts are not of one version."""


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def document(slug: str, state: State) -> dict[str, Any]:
    """Its excerpt proves that the rest of it is whole."""
    title = f"{slug} {state.number} {'public' if state.public else 'draft'}"
    body = f"<p>{_digest(title) * (1 + state.number % 97)}</p>"
    tags = [slug.partition("-")[0], f"version-{state.number}"]
    return {
        "slug": slug,
        "title": title,
        "excerpt": f"{_digest(title, *tags)} {_digest(body)}",
        "body": body,
        "tags": tags,
        "published": state.public,
    }


def state_of(shown: Mapping[str, Any]) -> State:
    """Which version a document is, or an item of a list. Raises `Half`."""
    slug, number, _ = shown["title"].split(" ")
    state = State(int(number), shown["published"])
    whole = document(slug, state)
    for name in whole.keys() & shown.keys():
        if shown[name] != whole[name]:
            raise Half(f"{name} of {shown['title']!r}")
    return state


@dataclass
class Write:
    state: State | None
    sent: float
    acknowledged: float = math.inf
    process: str = ""
    """Which process acknowledged it."""


@dataclass
class Outage:
    """PostgreSQL away: from before it was stopped until it answered again."""

    began: float
    ending: float = math.inf
    """When its start was ordered: what was acknowledged before, was so before it went away."""
    ended: float = math.inf

    def excuses(self, write: Write, started: float) -> bool:
        """Whether an answer that says it is stale may not know of the write: it came too late
        for the last word before the outage, and the outage is hardly over."""
        return (
            self.began - PROMISE_SECONDS < write.acknowledged <= self.ending
            and self.began - PROMISE_SECONDS < started < self.ended + RECOVERY_SECONDS
        )


class Story:
    """All that was ever written under one slug, one write after the other."""

    def __init__(self, slug: str) -> None:
        self.slug = slug
        self.writes = [Write(None, -math.inf, -math.inf)]

    def begin(self, state: State | None) -> Write:
        self.writes.append(Write(state, monotonic()))
        return self.writes[-1]

    def forget(self, write: Write) -> None:
        """It was certainly not applied."""
        self.writes.remove(write)

    @property
    def possible(self) -> set[State | None]:
        """What may be stored now: the last acknowledged write, or one after it."""
        return self._from(lambda _write: True)

    @property
    def is_certain(self) -> bool:
        return len(self.possible) == 1

    def visible(
        self, started: float, process: str = "", outages: Iterable[Outage] = ()
    ) -> set[State | None]:
        """What the public may be shown by a request of that time to that process. The outages
        count for an answer that says that it is stale."""

        def is_settled(write: Write) -> bool:
            promised = 0.0 if write.process == process else PROMISE_SECONDS
            return write.acknowledged <= started - promised and not any(
                outage.excuses(write, started) for outage in outages
            )

        return {state if state and state.public else None for state in self._from(is_settled)}

    def _from(self, is_settled: Callable[[Write], bool]) -> set[State | None]:
        settled = [
            index
            for index, write in enumerate(self.writes)
            if write.acknowledged < math.inf and is_settled(write)
        ]
        return {write.state for write in self.writes[settled[-1] :]}


@dataclass
class Ledger:
    """Every story, and what was found to be wrong with the answers."""

    name: str
    """The first word of each slug, and the first tag of each post."""
    stories: dict[str, Story] = field(default_factory=dict[str, Story])
    outages: list[Outage] = field(default_factory=list[Outage])
    figures: Counter[str] = field(default_factory=Counter[str])
    findings: list[str] = field(default_factory=list[str])

    def story(self, slug: str) -> Story:
        return self.stories.setdefault(slug, Story(slug))

    def find(self, kind: str, what: str) -> None:
        """Something that must never be."""
        self.figures[kind] += 1
        self.findings.append(f"{monotonic():.3f} {kind}: {what}")

    def check(
        self, slug: str, seen: State | None, started: float, process: str, *, says_stale: bool
    ) -> None:
        """Judges what an anonymous request has shown."""
        if seen is not None and not seen.public:
            self.find("drafts seen", f"{slug} {seen}")
            return
        story = self.story(slug)
        outages = self.outages if says_stale else ()
        if seen not in story.visible(started, process, outages):
            self.find(
                "stale",
                f"{slug} {seen} at {started:.3f} of {process} (says stale: {says_stale}); "
                f"{story.writes[-4:]}; {self.outages[-1:]}",
            )

    def line(self, *names: str) -> str:
        return ", ".join(f"{self.figures[name]} {name}" for name in names)
