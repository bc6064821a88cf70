"""What a read costs: one statement, no unneeded column, an index."""

import pytest
from httpx import AsyncClient
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from cms.documents.tests.statements import below_limit, explain, indexes, recorded


@pytest.fixture(autouse=True)
async def many_pages(connection: AsyncConnection) -> None:
    """One in ten is published."""
    await connection.execute(
        text("""
            INSERT INTO pages (slug, title, body, published, created_at)
            SELECT 'page-' || n, 'x', 'x', n % 10 = 0,
                   timestamptz '2026-01-01Z' + n * interval '1 minute'
            FROM generate_series(1, 2000) AS n
        """)
    )
    await connection.execute(text("ANALYZE pages"))


async def test_a_list_is_one_statement_that_reads_no_body_and_follows_an_index(
    connection: AsyncConnection, engine: AsyncEngine, client: AsyncClient
) -> None:
    with recorded(engine) as statements:
        await client.get("/api/v1/pages")

    [statement] = statements
    assert "body" not in statement.sql
    plan = await explain(connection, statement)
    assert [node.get("Index Name") for node in below_limit(plan)] == ["ix_pages_published"]


async def test_an_editors_list_follows_an_index_too(
    connection: AsyncConnection, engine: AsyncEngine, editor: AsyncClient
) -> None:
    with recorded(engine) as statements:
        await editor.get("/api/v1/pages?status=all")

    plan = await explain(connection, statements[-1])
    assert [node.get("Index Name") for node in below_limit(plan)] == ["ix_pages_created_at_id"]


async def test_a_slug_is_looked_up_in_its_index(
    connection: AsyncConnection, engine: AsyncEngine, client: AsyncClient
) -> None:
    with recorded(engine) as statements:
        await client.get("/api/v1/pages/page-10")

    [statement] = statements
    assert indexes(await explain(connection, statement)) == {"uq_pages_slug"}
