"""How documents are written: slugs, versions, and HTML that was cleaned."""

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import StatementError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession

from cms.documents.tests.notes import Note, create, stored, values
from cms.documents.tests.statements import recorded
from cms.documents.writing import insert_document, lock_document, update_document
from cms.kernel.errors import Conflict, NotFound

pytestmark = pytest.mark.usefixtures("notes")


async def test_a_gap_in_the_numbers_is_filled(session: AsyncSession) -> None:
    for slug in ("news", "news-2", "news-4"):
        await create(session, slug=slug)

    assert (await create(session))["slug"] == "news-3"


async def test_slugs_that_only_begin_alike_do_not_count(session: AsyncSession) -> None:
    for slug in ("news", "news-flash", "news-22", "newsroom", "news-2-3"):
        await create(session, slug=slug)

    assert (await create(session))["slug"] == "news-2"


async def test_a_number_in_the_title_is_part_of_it(session: AsyncSession) -> None:
    slugs = [(await create(session, "Top 2"))["slug"] for _ in range(2)]

    assert slugs == ["top-2", "top-2-2"]


@pytest.mark.parametrize("title", ["x" * 200, "ab " * 66 + "ab", "x" * 196 + " ab"])
async def test_numbers_go_on_after_a_title_of_full_length(
    session: AsyncSession, title: str
) -> None:
    slugs = [(await create(session, title))["slug"] for _ in range(13)]

    assert len(set(slugs)) == 13
    assert max(map(len, slugs)) <= 200
    assert [slug.rpartition("-")[2] for slug in slugs[1:]] == [str(n) for n in range(2, 14)]


async def test_numbers_go_on_far_beyond_one_look_up(
    session: AsyncSession, connection: AsyncConnection
) -> None:
    await connection.execute(
        text("""
            INSERT INTO notes (slug, title, body, published)
            SELECT 'news' || CASE WHEN n = 1 THEN '' ELSE '-' || n END, 'News', '', true
            FROM generate_series(1, 120) AS n
        """)
    )

    assert (await create(session))["slug"] == "news-121"


async def test_a_conflict_leaves_the_transaction_usable(
    session: AsyncSession, connection: AsyncConnection
) -> None:
    first = await create(session, slug="news")
    second = await create(session, slug="other")

    with pytest.raises(Conflict):
        await create(session, slug="news")
    with pytest.raises(Conflict):
        await update_document(session, Note, second, values(slug="news"))

    assert await session.scalar(select(func.count()).select_from(Note)) == 2
    assert (await stored(connection, "news"))["id"] == first["id"]


async def test_html_that_was_not_cleaned_cannot_be_inserted(session: AsyncSession) -> None:
    with pytest.raises(StatementError, match="sanitised"):
        await insert_document(session, Note, values(body="<p>x</p>", slug="raw"))


async def test_html_that_was_not_cleaned_cannot_be_updated(session: AsyncSession) -> None:
    note = await create(session, slug="note")

    with pytest.raises(StatementError, match="sanitised"):
        await update_document(session, Note, note, values(body="<p>y</p>"))


async def test_html_that_was_not_cleaned_cannot_be_stored_by_the_orm(session: AsyncSession) -> None:
    session.add(Note(slug="raw", title="Raw", body="<p>x</p>"))

    with pytest.raises(StatementError, match="sanitised"):
        await session.flush()


async def test_an_update_is_one_statement_and_one_version_though_it_moves(
    session: AsyncSession, engine: AsyncEngine
) -> None:
    note = await create(session, slug="old")

    with recorded(engine) as statements:
        moved = await update_document(
            session, Note, note, values("Other", slug="new", published=False)
        )

    assert len(statements) == 1
    assert (moved["slug"], moved["title"], moved["version"]) == ("new", "Other", 2)


async def test_a_version_cannot_be_set_back(
    session: AsyncSession, connection: AsyncConnection
) -> None:
    await create(session, slug="note")

    await connection.execute(text("UPDATE notes SET title = 'Two'"))
    await connection.execute(text("UPDATE notes SET title = 'Three', version = 1"))

    assert (await stored(connection, "note"))["version"] == 3


async def test_a_missing_document_cannot_be_locked(session: AsyncSession) -> None:
    with pytest.raises(NotFound):
        await lock_document(session, Note, "missing")
