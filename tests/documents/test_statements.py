"""What a request costs: as few statements as can be, no unneeded column, an index."""

import pytest
from httpx import AsyncClient
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from cms.documents.tests.statements import Statement, below_limit, explain, indexes, recorded
from tests.documents.kinds import Kind, each_collection, each_kind


@pytest.fixture
async def many(connection: AsyncConnection, kind: Kind, document: str) -> None:
    """Copies of the document, of which one in ten is published; of a singleton there are none."""
    if kind.singleton:
        return
    own = ", ".join(name for name in kind.columns if name not in ("slug", "published"))
    await connection.execute(text("SET LOCAL session_replication_role = replica"))  # no triggers
    await connection.execute(
        text(f"""
            INSERT INTO {kind.table} (slug, published, created_at, {own})
            SELECT 'copy-' || n, n % 10 = 0, timestamptz '2026-01-01Z' + n * interval '1 min', {own}
            FROM {kind.table}, generate_series(1, 2000) AS n
        """)
    )
    await connection.execute(text("SET LOCAL session_replication_role = origin"))
    await connection.execute(text(f"ANALYZE {kind.table}"))


async def statements_of(engine: AsyncEngine, client: AsyncClient, path: str) -> list[Statement]:
    with recorded(engine) as statements:
        assert (await client.get(path)).is_success
    return statements


@each_kind
async def test_a_document_is_one_statement_and_one_look_into_an_index(
    connection: AsyncConnection,
    engine: AsyncEngine,
    client: AsyncClient,
    kind: Kind,
    document: str,
    many: None,
) -> None:
    [statement] = await statements_of(engine, client, document)

    await connection.execute(text("SET LOCAL enable_seqscan = off"))  # there may be but one row
    assert indexes(await explain(connection, statement)) == {f"uq_{kind.table}_slug"}


@each_kind
async def test_a_document_is_locked_for_a_write_through_its_index(
    connection: AsyncConnection,
    engine: AsyncEngine,
    editor: AsyncClient,
    kind: Kind,
    document: str,
    many: None,
) -> None:
    with recorded(engine) as statements:
        await editor.put(document, json=kind.changed)

    await connection.execute(text("SET LOCAL enable_seqscan = off"))
    [lock] = [e for e in statements if "FOR UPDATE" in e.sql and str(kind.table) in e.sql]
    assert indexes(await explain(connection, lock)) == {f"uq_{kind.table}_slug"}


@each_kind
async def test_a_put_that_changes_nothing_writes_nothing(
    engine: AsyncEngine, editor: AsyncClient, kind: Kind, document: str
) -> None:
    with recorded(engine) as statements:
        assert (await editor.put(document, json=kind.example)).is_success

    assert not [each for each in statements if each.sql.startswith("UPDATE")]


@each_collection
@pytest.mark.parametrize("query", ["", "?page=3&per_page=100"])
async def test_a_list_is_one_statement_and_reads_no_rich_text(
    engine: AsyncEngine, client: AsyncClient, kind: Kind, many: None, query: str
) -> None:
    [statement] = await statements_of(engine, client, kind.path + query)

    assert not [name for name in (*kind.rich, "version") if name in statement.sql]


@each_collection
async def test_a_list_is_read_in_the_order_of_an_index(
    connection: AsyncConnection,
    engine: AsyncEngine,
    client: AsyncClient,
    editor: AsyncClient,
    kind: Kind,
    many: None,
) -> None:
    [public] = await statements_of(engine, client, kind.path)
    plan = below_limit(await explain(connection, public))
    assert [node.get("Index Name") for node in plan] == [f"ix_{kind.table}_published"]

    # What is rare now are drafts.
    await connection.execute(text("SET LOCAL session_replication_role = replica"))
    await connection.execute(text(f"UPDATE {kind.table} SET published = NOT published"))
    await connection.execute(text(f"ANALYZE {kind.table}"))
    for status, index in (("draft", "drafts"), ("all", "created_at_id")):
        _token, listed = await statements_of(engine, editor, f"{kind.path}?status={status}")
        plan = below_limit(await explain(connection, listed))
        assert [node.get("Index Name") for node in plan] == [f"ix_{kind.table}_{index}"]
