"""What the application asks PostgreSQL, and how PostgreSQL goes about it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from cms.postgres.prepared import PreparedQuery, Record

type PlanNode = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Statement:
    sql: str
    parameters: Any


@contextmanager
def recorded(engine: AsyncEngine) -> Iterator[list[Statement]]:
    """Collects every statement, but for the savepoints that stand for the test's transactions."""
    statements: list[Statement] = []

    def note(_connection: Any, _cursor: Any, sql: str, parameters: Any, *_: Any) -> None:
        if "SAVEPOINT" not in sql:
            statements.append(Statement(sql, parameters))

    fetch = PreparedQuery.fetch

    async def note_and_fetch(
        query: PreparedQuery, connection: Any, values: Mapping[str, object]
    ) -> list[Record]:
        statements.append(Statement(query.sql, query.arguments(values)))
        return await fetch(query, connection, values)

    event.listen(engine.sync_engine, "before_cursor_execute", note)
    try:
        with patch.object(PreparedQuery, "fetch", note_and_fetch):
            yield statements
    finally:
        event.remove(engine.sync_engine, "before_cursor_execute", note)


async def explain(connection: AsyncConnection, statement: Statement) -> list[PlanNode]:
    """The nodes of the plan, top down, where the table is no shorter than its indexes."""
    await connection.execute(text("SET LOCAL enable_seqscan = off"))
    explained = await connection.exec_driver_sql(
        f"EXPLAIN (FORMAT JSON) {statement.sql}", statement.parameters
    )
    return list(_nodes(explained.scalar_one()[0]["Plan"]))


def _nodes(node: PlanNode) -> Iterator[PlanNode]:
    yield node
    for child in node.get("Plans", ()):
        yield from _nodes(child)


def indexes(plan: list[PlanNode]) -> set[str]:
    return {node["Index Name"] for node in plan if "Index Name" in node}


def below_limit(plan: list[PlanNode]) -> list[PlanNode]:
    """What has to be done for the rows of one page."""
    limit = next(node for node in plan if node["Node Type"] == "Limit")
    return list(_nodes(limit))[1:]
