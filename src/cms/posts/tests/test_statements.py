"""What a read costs: one statement, no unneeded column, an index."""

import pytest
from httpx import AsyncClient
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from cms.documents.tests.statements import Statement, below_limit, explain, indexes, recorded


@pytest.fixture
async def many_posts(connection: AsyncConnection) -> None:
    """One in ten is published, and one in a hundred carries the tag `rare`."""
    await connection.execute(
        text("""
            INSERT INTO posts (slug, title, body, tags, published, created_at)
            SELECT 'post-' || n, 'x', 'x',
                   CASE WHEN n % 100 = 0 THEN '{rare,common}' ELSE '{common}' END::text[],
                   n % 10 = 0, timestamptz '2026-01-01Z' + n * interval '1 minute'
            FROM generate_series(1, 2000) AS n
        """)
    )
    await connection.execute(text("ANALYZE posts"))


async def statement_of(engine: AsyncEngine, client: AsyncClient, path: str) -> Statement:
    """The one statement behind a read."""
    with recorded(engine) as statements:
        assert (await client.get(path)).is_success
    [statement] = statements
    return statement


@pytest.mark.parametrize("query", ["", "?tag=common", "?page=3&per_page=100"])
async def test_a_list_is_one_statement_and_reads_no_body(
    engine: AsyncEngine, client: AsyncClient, many_posts: None, query: str
) -> None:
    statement = await statement_of(engine, client, f"/api/v1/posts{query}")

    assert "body" not in statement.sql
    assert "version" not in statement.sql


async def test_a_post_is_one_statement(
    engine: AsyncEngine, client: AsyncClient, many_posts: None
) -> None:
    await statement_of(engine, client, "/api/v1/posts/post-10")


async def test_an_editors_list_is_the_list_and_one_look_at_the_token(
    engine: AsyncEngine, editor: AsyncClient, many_posts: None
) -> None:
    with recorded(engine) as statements:
        await editor.get("/api/v1/posts?status=all")

    assert len(statements) == 2


async def test_the_public_list_is_read_in_the_order_of_its_index(
    connection: AsyncConnection, engine: AsyncEngine, client: AsyncClient, many_posts: None
) -> None:
    plan = await explain(connection, await statement_of(engine, client, "/api/v1/posts"))

    assert [node.get("Index Name") for node in below_limit(plan)] == ["ix_posts_published"]


@pytest.mark.parametrize(
    ("status", "index"),
    [("draft", "ix_posts_drafts"), ("all", "ix_posts_created_at_id")],
)
async def test_an_editors_list_is_read_in_the_order_of_an_index(
    connection: AsyncConnection,
    engine: AsyncEngine,
    editor: AsyncClient,
    many_posts: None,
    status: str,
    index: str,
) -> None:
    await connection.execute(text("UPDATE posts SET published = NOT published"))
    await connection.execute(text("ANALYZE posts"))

    with recorded(engine) as statements:
        await editor.get(f"/api/v1/posts?status={status}")

    plan = await explain(connection, statements[-1])
    assert [node.get("Index Name") for node in below_limit(plan)] == [index]


async def test_a_rare_tag_is_looked_up_in_its_index(
    connection: AsyncConnection, engine: AsyncEngine, client: AsyncClient, many_posts: None
) -> None:
    statement = await statement_of(engine, client, "/api/v1/posts?tag=rare")

    assert indexes(await explain(connection, statement)) == {"pk_post_tags", "pk_posts"}


async def test_several_tags_are_looked_up_in_their_index(
    connection: AsyncConnection, engine: AsyncEngine, client: AsyncClient, many_posts: None
) -> None:
    statement = await statement_of(engine, client, "/api/v1/posts?tag=rare&tag=common")

    assert indexes(await explain(connection, statement)) == {"ix_posts_tags", "pk_posts"}


async def test_a_slug_is_looked_up_in_its_index(
    connection: AsyncConnection, engine: AsyncEngine, client: AsyncClient, many_posts: None
) -> None:
    statement = await statement_of(engine, client, "/api/v1/posts/post-10")

    assert indexes(await explain(connection, statement)) == {"uq_posts_slug"}


async def test_a_slug_is_locked_for_a_write_through_its_index(
    connection: AsyncConnection, engine: AsyncEngine, editor: AsyncClient, many_posts: None
) -> None:
    with recorded(engine) as statements:
        await editor.put("/api/v1/posts/post-10", json={"title": "New"})

    [lock] = [each for each in statements if "FOR UPDATE" in each.sql and "posts" in each.sql]
    assert indexes(await explain(connection, lock)) == {"uq_posts_slug"}


async def test_a_put_that_changes_nothing_writes_nothing(
    engine: AsyncEngine, editor: AsyncClient
) -> None:
    payload = {"title": "Same", "tags": ["a"], "body": "<p>x</p>"}
    await editor.post("/api/v1/posts", json=payload)

    with recorded(engine) as statements:
        await editor.put("/api/v1/posts/same", json=payload)

    assert not [each for each in statements if each.sql.startswith("UPDATE")]
