"""The finished answers that this process remembers, and when to forget them. No I/O, no waiting."""

from collections import OrderedDict, defaultdict
from dataclasses import dataclass

from starlette.types import Message, Scope

type Key = tuple[bytes, bytes]
"""A request as it was sent: its path and its query string, as percent-encoded as they came."""


def key_of(scope: Scope) -> Key:
    return scope["raw_path"], scope["query_string"]


# What an entry costs besides its text: the object, its lists and tuples, the slots it stands in.
_ENTRY_BYTES = 1_750


@dataclass(slots=True, eq=False)
class Entry:
    """One answer: what the client gets, and what a commit has to change to make it untrue."""

    key: Key
    route: str
    tables: tuple[str, ...]
    slug: str | None
    """The one document that it shows; None for what any change of its tables may touch."""
    headers: list[tuple[bytes, bytes]]
    not_modified: list[tuple[bytes, bytes]]
    content: Message
    """What is sent after the headers, with the body in it; never changed."""
    etag: bytes
    stored_at: float
    was_used: bool = False
    """Since it last escaped being forgotten to make room."""

    @property
    def size(self) -> int:
        """In bytes, about."""
        text = sum(len(name) + len(value) for name, value in self.headers)
        path, query = self.key
        return _ENTRY_BYTES + len(self.content["body"]) + text + len(path) + len(query)


class Store:
    """Entries by request. To make room the oldest goes, unless it was used: that one goes last then.

    A clock instead of a queue by use, so that a hit moves nothing.
    """

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self.bytes = 0
        self._entries: OrderedDict[Key, Entry] = OrderedDict()
        self._lists: defaultdict[str, set[Entry]] = defaultdict(set)
        self._documents: defaultdict[tuple[str, str], set[Entry]] = defaultdict(set)

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: Key) -> Entry | None:
        entry = self._entries.get(key)
        if entry is not None:
            entry.was_used = True
        return entry

    def put(self, entry: Entry) -> None:
        """Keeps it, unless it is too large a part of all."""
        if entry.size > self.max_bytes // 8:
            return
        self._remove(self._entries.get(entry.key))
        self._entries[entry.key] = entry
        self.bytes += entry.size
        for group in self._groups(entry):
            group.add(entry)
        while self.bytes > self.max_bytes:
            oldest = next(iter(self._entries.values()))
            if oldest.was_used:
                oldest.was_used = False
                self._entries.move_to_end(oldest.key)
            else:
                self._remove(oldest)

    def change(self, table: str, slug: str | None) -> None:
        """Forgets what shows any document of the table, and what shows the one with that slug, or
        all of them for a slug of None."""
        doomed = [*self._lists[table]]
        if slug is not None:
            doomed += self._documents.get((table, slug), ())
        else:
            doomed += [entry for entry in self._entries.values() if table in entry.tables]
        for entry in doomed:
            self._remove(entry)

    def clear(self) -> None:
        """Forgets everything: changes may have gone unheard."""
        self.bytes = 0
        self._entries.clear()
        self._lists.clear()
        self._documents.clear()

    def _groups(self, entry: Entry) -> list[set[Entry]]:
        if entry.slug is None:
            return [self._lists[table] for table in entry.tables]
        return [self._documents[table, entry.slug] for table in entry.tables]

    def _remove(self, entry: Entry | None) -> None:
        if entry is None or self._entries.get(entry.key) is not entry:
            return
        del self._entries[entry.key]
        self.bytes -= entry.size
        for group in self._groups(entry):
            group.discard(entry)
        if entry.slug is not None:
            for table in entry.tables:
                if not self._documents[table, entry.slug]:
                    del self._documents[table, entry.slug]
