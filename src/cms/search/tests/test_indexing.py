"""What was there before the index, or is there in another language."""

import pytest
from sqlalchemy import text

from cms.kernel import Database
from cms.pages.tests.factories import PageFactory
from cms.posts.tests.factories import PostFactory
from cms.search import indexing
from tests.fixtures import Save

STATE = text("SELECT type, language, reached FROM search_types ORDER BY type")
FOUND = text("SELECT count(*) FROM search_texts WHERE words @@ to_tsquery('simple', 'gedanke')")


async def state(database: Database) -> list[tuple[object, ...]]:
    return [tuple(row) for row in await database.read(STATE)]


async def test_another_language_indexes_everything_again_and_the_same_one_nothing(
    database: Database, save: Save
) -> None:
    await save(*(PostFactory.build(title="Gedanken") for _ in range(50)))
    await save(PageFactory.build(title="Gedanken"))

    await indexing.begin(database, "english")
    await indexing.go_on(database)
    assert await database.read(FOUND) == [(0,)]

    await indexing.begin(database, "german")
    assert await indexing.go_on(database) == 51
    assert await state(database) == [("pages", "german", None), ("posts", "german", None)]
    # The stem of the German word, which no other language knows.
    stemmed = text("SELECT count(*) FROM search_texts WHERE words @@ 'gedank'::tsquery")
    assert await database.read(stemmed) == [(51,)]

    await indexing.begin(database, "german")
    assert await indexing.go_on(database) == 0
    await indexing.begin(database, "german", anew=True)
    assert await indexing.go_on(database) == 51


async def test_what_was_there_before_the_index_is_indexed(database: Database, save: Save) -> None:
    await save(*(PostFactory.build() for _ in range(45)))
    async with database.session() as session:
        await session.execute(text("TRUNCATE search_texts"))
    await indexing.begin(database, "english")
    await indexing.go_on(database)
    async with database.session() as session:
        await session.execute(text("TRUNCATE search_texts"))
        await session.execute(text(f"UPDATE search_types SET reached = '{indexing.FIRST}'"))

    assert await indexing.go_on(database) == 45
    counted = text("SELECT count(*) FROM search_texts")
    assert await database.read(counted) == [(45,)]


async def test_a_language_that_postgresql_does_not_know_is_named(database: Database) -> None:
    with pytest.raises(ValueError, match="SEARCH_LANGUAGE: PostgreSQL knows no 'klingon'"):
        await indexing.begin(database, "klingon")
