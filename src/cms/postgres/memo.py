"""Values that were computed from a table, remembered until the table changes."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Any

from cms.postgres.changes import Changes, Ticket

_MAX_VALUES = 1_000


class Memo:
    """For what takes long to compute and is asked for often, such as how many rows there are."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes
        self._values: OrderedDict[Hashable, tuple[Any, Ticket]] = OrderedDict()

    def ticket(self, table: str) -> Ticket:
        """Taken before a value is computed, given back with it."""
        return self._changes.ticket(table)

    def get(self, table: str, key: Hashable) -> Any:
        """The value, if no row of the table has changed since; else None."""
        value, ticket = self._values.get((table, key), (None, None))
        return value if self._changes.is_current() and ticket == self.ticket(table) else None

    def put(self, table: str, key: Hashable, value: Any, ticket: Ticket) -> None:
        self._values[table, key] = value, ticket
        self._values.move_to_end((table, key))
        if len(self._values) > _MAX_VALUES:
            self._values.popitem(last=False)
