"""Queries put together once, for what is asked most often."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Dialect, Select
from sqlalchemy.dialects.postgresql.asyncpg import dialect as asyncpg_dialect

type Record = dict[str, Any]
"""A row by its columns' names."""

type _Process = Callable[[Any], Any]

_DIALECT: Dialect = asyncpg_dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy types no dialect


class PreparedQuery:
    """A `SELECT` put together once, which asyncpg then prepares once a connection.

    For public reads: SQLAlchemy takes longer to put a statement together and to hand over its rows
    than PostgreSQL to answer it.
    """

    def __init__(self, statement: Select[*tuple[Any, ...]]) -> None:
        compiled = statement.compile(dialect=_DIALECT)
        self.sql: str = compiled.string
        self._given: Mapping[str, Any] = compiled.params
        self._names: Sequence[str] = compiled.positiontup or ()
        self._to_bind = _processors(
            (name, bind.type.dialect_impl(_DIALECT).bind_processor(_DIALECT))
            for name, bind in compiled.binds.items()
        )
        self._of_result = _processors(
            (column.name, column.type.dialect_impl(_DIALECT).result_processor(_DIALECT, None))
            for column in statement.exported_columns
        )

    async def fetch(self, connection: Any, values: Mapping[str, object]) -> list[Record]:
        """Runs it on asyncpg's own connection; `values` are those of its `bindparam`s."""
        rows: list[Record] = [
            dict(row) for row in await connection.fetch(self.sql, *self.arguments(values))
        ]
        for name, process in self._of_result.items():
            for row in rows:
                row[name] = process(row[name])
        return rows

    def arguments(self, values: Mapping[str, object]) -> tuple[object, ...]:
        """The values in the order of `$1`, `$2`…"""
        given = {**self._given, **values}
        for name, process in self._to_bind.items():
            given[name] = process(given[name])
        return tuple(given[name] for name in self._names)


def _processors(found: Iterable[tuple[str, _Process | None]]) -> dict[str, _Process]:
    """What has to be done to the values of some columns, such as JSON, before or after."""
    return {name: process for name, process in found if process is not None}
