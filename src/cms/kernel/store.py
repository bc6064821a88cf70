"""The finished answers that this process remembers, and when to forget them. No I/O, no waiting."""

from collections import OrderedDict, defaultdict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any

from starlette.types import Message

type Key = tuple[Any, ...]
"""A request in its one canonical spelling."""

type Spelling = tuple[str, bytes]
"""A request as it was sent: its path, percent-decoded, and its raw query string."""

type Ticket = tuple[int, int]

# What an entry costs besides its text: the object, its list and tuples, three dictionary slots.
_ENTRY_BYTES = 1_500
_SPELLING_BYTES = 250

_MAX_TOTALS = 1_000


@dataclass(slots=True, eq=False)
class Entry:
    """One answer: what the client gets, and what a commit has to change to make it untrue."""

    key: Key
    route: str
    table: str
    slug: str | None
    """The document it shows; None for a list, which any change of its table may touch."""
    headers: list[tuple[bytes, bytes]]
    not_modified: list[tuple[bytes, bytes]]
    content: Message
    """What is sent after the headers, with the body in it; never changed."""
    etag: bytes
    stored_at: float
    spellings: list[Spelling] = field(default_factory=list[Spelling])
    size: int = 0


class Store:
    """Entries by spelling (for hits) and by key, the least recently used first to go."""

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self.bytes = 0
        self.by_spelling: dict[Spelling, Entry] = {}
        self._by_key: dict[Key, Entry] = {}
        self._by_use: OrderedDict[Entry, None] = OrderedDict()
        self._lists: defaultdict[str, set[Entry]] = defaultdict(set)
        self._documents: defaultdict[tuple[str, str], set[Entry]] = defaultdict(set)
        self._changes: defaultdict[str, int] = defaultdict(int)
        self._gaps = 0

    def __len__(self) -> int:
        return len(self._by_key)

    def ticket(self, table: str) -> Ticket:
        """Taken before a read, given back with its answer: an answer that a change of the table
        has overtaken is not stored."""
        return self._gaps, self._changes[table]

    def find(self, key: Key, spelling: Spelling) -> Entry | None:
        """The entry of a key; the spelling will find it by itself from now on."""
        entry = self._by_key.get(key)
        if entry is not None and spelling not in self.by_spelling:
            self._spell(entry, spelling)
            self._make_room()
        return entry

    def used(self, entry: Entry) -> None:
        self._by_use.move_to_end(entry)

    def put(self, entry: Entry, spelling: Spelling, ticket: Ticket) -> bool:
        """Whether it was stored: not when it is out of date by now, or too large a part of all."""
        size = (
            _ENTRY_BYTES
            + len(entry.content["body"])
            + sum(len(n) + len(v) for n, v in entry.headers)
        )
        if ticket != self.ticket(entry.table) or size > self.max_bytes // 8:
            return False
        self._remove(self._by_key.get(entry.key))
        entry.size = size
        self.bytes += size
        self._by_key[entry.key] = entry
        self._by_use[entry] = None
        self._group(entry).add(entry)
        self._spell(entry, spelling)
        self._make_room()
        return True

    def change(self, table: str, slug: str | None) -> None:
        """Forgets the lists of the table, and the document, or all of them for a slug of None."""
        self._changes[table] += 1
        doomed = [*self._lists[table]]
        if slug is not None:
            doomed += self._documents.get((table, slug), ())
        else:
            doomed += [entry for entry in self._by_key.values() if entry.table == table]
        for entry in doomed:
            self._remove(entry)

    def gap(self) -> None:
        """Forgets everything: changes may have gone unheard."""
        self._gaps += 1
        self.bytes = 0
        self.by_spelling.clear()
        self._by_key.clear()
        self._by_use.clear()
        self._lists.clear()
        self._documents.clear()

    def _group(self, entry: Entry) -> set[Entry]:
        if entry.slug is None:
            return self._lists[entry.table]
        return self._documents[entry.table, entry.slug]

    def _spell(self, entry: Entry, spelling: Spelling) -> None:
        size = _SPELLING_BYTES + len(spelling[0]) + len(spelling[1])
        entry.spellings.append(spelling)
        entry.size += size
        self.bytes += size
        self.by_spelling[spelling] = entry
        self.used(entry)

    def _make_room(self) -> None:
        while self.bytes > self.max_bytes:
            self._remove(next(iter(self._by_use)))

    def _remove(self, entry: Entry | None) -> None:
        if entry is None or self._by_key.pop(entry.key, None) is None:
            return
        del self._by_use[entry]
        self.bytes -= entry.size
        for spelling in entry.spellings:
            del self.by_spelling[spelling]
        group = self._group(entry)
        group.discard(entry)
        if not group and entry.slug is not None:
            del self._documents[entry.table, entry.slug]


class Totals:
    """How many documents each public list has: to count them takes longer than to read a page."""

    def __init__(self, store: Store, is_current: Callable[[], bool]) -> None:
        self._store = store
        self._is_current = is_current
        self._totals: dict[Hashable, tuple[int, Ticket]] = {}

    def ticket(self, table: str) -> Ticket:
        """Taken before documents are counted."""
        return self._store.ticket(table)

    def get(self, table: str, key: Hashable) -> int | None:
        """The total, if no document of the table has changed since it was put."""
        total, ticket = self._totals.get((table, key), (0, None))
        return total if ticket == self._store.ticket(table) and self._is_current() else None

    def put(self, table: str, key: Hashable, total: int, ticket: Ticket) -> None:
        if len(self._totals) >= _MAX_TOTALS:
            self._totals.clear()
        self._totals[table, key] = total, ticket
