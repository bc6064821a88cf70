"""How documents are read: whom a view shows what, in how many statements."""

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from cms.documents.list_query import ListQuery
from cms.documents.listing import read_page
from cms.documents.reading import read_document
from cms.documents.tests.notes import Note, NoteItem, create
from cms.documents.tests.statements import recorded
from cms.documents.view import View
from cms.kernel.database import Database

pytestmark = pytest.mark.usefixtures("notes")


async def test_a_read_fetches_what_the_schema_shows_and_no_more(
    session: AsyncSession, database: Database, engine: AsyncEngine
) -> None:
    await create(session, slug="note")

    row = await read_document(View(database), Note, NoteItem, "note")
    with recorded(engine) as statements:
        await read_page(View(database), Note, NoteItem, ListQuery())

    assert set(row) == {"id", "slug", "created_at", "version", "updated_at"}
    assert len(statements) == 1
    assert "title" not in statements[0].sql


async def test_the_order_of_a_list_is_asked_for_where_no_join_can_undo_it(
    database: Database, engine: AsyncEngine
) -> None:
    with recorded(engine) as statements:
        await read_page(View(database), Note, NoteItem, ListQuery())

    _, _, outermost = statements[0].sql.rpartition(")")
    assert outermost.split()[-6:] == [
        "ORDER",
        "BY",
        "anon_2.created_at",
        "DESC,",
        "anon_2.id",
        "DESC",
    ]


async def test_page_sizes_share_a_few_statements(database: Database, engine: AsyncEngine) -> None:
    """asyncpg keeps a hundred statements a connection prepared."""
    with recorded(engine) as statements:
        for per_page in range(1, 101):
            for page in (1, 2):
                await read_page(
                    View(database), Note, NoteItem, ListQuery(page=page, per_page=per_page)
                )

    assert len({statement.sql for statement in statements}) <= 8
