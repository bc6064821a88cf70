"""How documents are read: whom a view shows what, in how many statements."""

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from cms.documents.listing import read_page
from cms.documents.reading import read_document
from cms.documents.tests.notes import Note, NoteItem, create, values
from cms.documents.tests.statements import recorded
from cms.documents.view import Status, View
from cms.documents.writing import insert_document
from cms.kernel.database import Database
from cms.kernel.errors import NotFound
from cms.kernel.pagination import Paging

pytestmark = pytest.mark.usefixtures("notes")


@pytest.mark.parametrize(
    ("status", "shown"),
    [
        (Status.PUBLISHED, {"out"}),
        (Status.DRAFT, {"draft"}),
        (Status.ALL, {"out", "draft"}),
    ],
)
async def test_every_read_shows_what_the_view_says(
    session: AsyncSession, database: Database, status: Status, shown: set[str]
) -> None:
    await insert_document(session, Note, values("Out", slug=None))
    await insert_document(session, Note, values("Draft", slug=None, published=False))

    view = View(database, status)
    rows, total = await read_page(view, Note, NoteItem, Paging(1, 10))

    assert {row["slug"] for row in rows} == shown
    assert total == len(shown)
    for slug in {"out", "draft"} - shown:
        with pytest.raises(NotFound):
            await read_document(view, Note, NoteItem, slug)
    for slug in shown:
        assert (await read_document(view, Note, NoteItem, slug))["slug"] == slug


async def test_a_read_fetches_what_the_schema_shows_and_no_more(
    session: AsyncSession, database: Database, engine: AsyncEngine
) -> None:
    await create(session, slug="note")

    row = await read_document(View(database), Note, NoteItem, "note")
    with recorded(engine) as statements:
        await read_page(View(database), Note, NoteItem, Paging(1, 10))

    assert set(row) == {"id", "slug", "created_at", "version", "updated_at"}
    assert len(statements) == 1
    assert "title" not in statements[0].sql


async def test_the_order_of_a_list_is_asked_for_where_no_join_can_undo_it(
    database: Database, engine: AsyncEngine
) -> None:
    with recorded(engine) as statements:
        await read_page(View(database), Note, NoteItem, Paging(1, 10))

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
                await read_page(View(database), Note, NoteItem, Paging(page, per_page))

    assert len({statement.sql for statement in statements}) <= 8


async def test_a_page_has_as_many_documents_as_were_asked_for(
    session: AsyncSession, database: Database
) -> None:
    for number in range(30):
        await create(session, f"Note {number}")

    for page, per_page, found in ((1, 7, 7), (5, 7, 2), (6, 7, 0), (1, 26, 26), (2, 26, 4)):
        rows, total = await read_page(View(database), Note, NoteItem, Paging(page, per_page))
        assert (len(rows), total) == (found, 30)
