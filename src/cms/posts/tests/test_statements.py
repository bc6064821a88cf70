"""What a list by tag or author costs; what posts share with every document type is in `tests/documents`."""

from httpx import AsyncClient
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from cms.documents.tests.statements import explain, indexes, recorded

COSTS: list[tuple[str, int, set[str]]] = [
    ("?tag=rare", 50, {"pk_post_tags", "pk_posts"}),
    (
        "?tag=common&sort=-published_at",
        5000,
        {"ix_post_tags_tag_published_at_post_id", "pk_posts"},
    ),
    ("?tag=rare&tag=common", 50, {"ix_posts_tags", "pk_posts"}),
    ("?author=Ada", 50, {"ix_posts_author_published_created_at_id", "pk_posts"}),
    ("?author=Ada&sort=title", 50, {"ix_posts_author_published_created_at_id", "pk_posts"}),
]


async def test_tags_and_authors_are_looked_up_in_an_index_with_one_statement_that_reads_no_body(
    connection: AsyncConnection, engine: AsyncEngine, client: AsyncClient
) -> None:
    await connection.execute(text("ALTER TABLE posts DISABLE TRIGGER cms_record"))  # it takes long
    await connection.execute(
        text("""
            INSERT INTO posts (slug, title, body, author, tags, published, created_at)
            SELECT 'post-' || n, 'x', 'x',
                   CASE WHEN n % 100 = 0 THEN 'Ada' ELSE 'Ben' END,
                   CASE WHEN n % 100 = 0 THEN '{rare,common}' ELSE '{common}' END::text[],
                   true, timestamptz '2026-01-01Z' + n * interval '1 minute'
            FROM generate_series(1, 5000) AS n
        """)
    )
    await connection.execute(text("ANALYZE posts, post_tags"))

    for query, found, through in COSTS:
        with recorded(engine) as statements:
            assert (await client.get(f"/api/v1/posts{query}")).json()["total"] == found

        [statement] = statements
        assert "body" not in statement.sql
        plan = await explain(connection, statement)
        assert indexes(plan) >= through
        assert not [node for node in plan if node["Node Type"] == "Seq Scan"]
