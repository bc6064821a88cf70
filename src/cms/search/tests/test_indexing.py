"""What was there before the index, or is there in another language."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE
from contextlib import AsyncExitStack

import pytest
from httpx import AsyncClient
from sqlalchemy import delete, text, update
from sqlalchemy.ext.asyncio import AsyncEngine

from cms.kernel import API_PREFIX, Database, Services, Unavailable
from cms.main import assemble
from cms.pages.tests.factories import PageFactory
from cms.posts.model import Post
from cms.posts.tests.factories import PostFactory
from cms.search import indexing
from cms.search.slice import SLICE
from tests.fixtures import Save, connected, make_settings

STATE = text("SELECT type, language, reached FROM search_types ORDER BY type")
FOUND = text("SELECT count(*) FROM search_texts WHERE words @@ to_tsquery('simple', 'gedanke')")

# The stem of the German word, which no other language knows.
STEMMED = text("SELECT count(*) FROM search_texts WHERE words @@ 'gedank'::tsquery")


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
    assert await database.read(STEMMED) == [(51,)]

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


async def notes(database: Database) -> int:
    return len(await database.read(text("SELECT id FROM search_changes")))


async def test_a_search_indexes_what_is_public_and_the_worker_all_that_changes(
    client: AsyncClient, database: Database, save: Save
) -> None:
    await save(*(PostFactory.build(title="Gedanken", published=n % 2 == 0) for n in range(6)))

    assert (await client.get(f"{API_PREFIX}/search?q=gedanken")).json()["total"] == 3
    assert await notes(database) == 3
    await indexing.catch_up(database)
    assert await notes(database) == 0
    counted = text("SELECT published, count(*) FROM search_texts GROUP BY 1 ORDER BY 1")
    assert await database.read(counted) == [(False, 3), (True, 3)]


async def test_a_process_indexes_what_there_is_and_what_is_written(
    own_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From its start, in the language of its settings, and in spite of an outage."""
    outages, catch_up = [Unavailable()], indexing.catch_up

    async def catch_up_after_an_outage(database: Database) -> None:
        if outages:
            raise outages.pop()
        await catch_up(database)

    monkeypatch.setattr(indexing, "catch_up", catch_up_after_an_outage)
    monkeypatch.setattr(indexing, "_RETRY_SECONDS", 0)
    settings = make_settings(own_database_url, search_language="german")
    async with connected(settings) as database:
        services: Services = assemble(settings, database=database).app.state.services
        assert SLICE.lifespan is not None
        async with SLICE.lifespan(services):
            while await state(database) != [("pages", "german", None), ("posts", "german", None)]:
                pass
            async with database.session() as session:
                session.add(PostFactory.build(title="Gedanken", published=False))
            while await notes(database):
                pass
        assert await database.read(STEMMED) == [(1,)]
        assert not outages
        variables = {"DATABASE_URL": own_database_url, "SEARCH_LANGUAGE": "german"}
        command = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "cms.reindex"), env=os.environ | variables, stdout=PIPE
        )
        assert await command.communicate() == (b"1 documents indexed.\n", None)
        await indexing.begin(database, "english")  # as the other test has it
        await indexing.go_on(database)


async def test_what_takes_long_to_index_is_done_a_little_at_a_time(
    client: AsyncClient, database: Database, save: Save
) -> None:
    """As twenty of the largest documents do: no statement has the time for all of them."""
    async with database.session() as session:
        slow = """
            CREATE OR REPLACE FUNCTION cms_search_vector(
                language text, title text, summary text, body text
            ) RETURNS tsvector LANGUAGE sql AS
            $$ SELECT to_tsvector('simple', title) FROM pg_sleep(0.31) $$
        """
        await session.execute(text(slow))
    await save(*(PostFactory.build(title="Gedanken") for _ in range(5)))

    assert (await client.get(f"{API_PREFIX}/search?q=gedanken")).json()["total"] == 1
    assert await notes(database) == 4
    await indexing.catch_up(database)
    assert await notes(database) == 0
    await indexing.begin(database, "german")
    assert await indexing.go_on(database) == 5


async def test_a_search_finds_what_there_is_while_somebody_else_indexes_for_long(
    client: AsyncClient, database: Database, engine: AsyncEngine, save: Save
) -> None:
    lock = text("SELECT pg_advisory_xact_lock('search_changes'::regclass::bigint)")
    await save(PostFactory.build(title="Gedanken", slug="one"))
    search = f"{API_PREFIX}/search?q=gedanken"

    async with engine.connect() as other:
        await other.execute(lock)
        assert (await client.get(search)).json()["total"] == 0
    assert (await client.get(search)).json()["total"] == 1


async def test_however_many_write_and_index_at_once_the_last_words_stay(
    own_database_url: str,
) -> None:
    settings = make_settings(own_database_url, database_pool_size=1)
    async with AsyncExitStack() as stack:
        writer, *indexers = [await stack.enter_async_context(connected(settings)) for _ in range(5)]
        posts = [PostFactory.build(title="First") for _ in range(10)]
        async with writer.session() as session:
            session.add_all(posts)
        over = asyncio.Event()

        async def index(database: Database) -> None:
            while not over.is_set():
                await indexing.catch_up(database)

        async with asyncio.TaskGroup() as group:
            for each in indexers:
                group.create_task(index(each))
            for number in range(100):
                async with writer.session() as session:
                    post = posts[number % 10]
                    change = update(Post).where(Post.id == post.id)
                    if number < 90:
                        await session.execute(change.values(title=f"Title {number}"))
                    elif number % 2:
                        await session.execute(delete(Post).where(Post.id == post.id))
            over.set()

        await indexing.catch_up(writer)
        stale = text("""
            SELECT document_id FROM search_texts LEFT JOIN posts ON id = document_id
            WHERE type = 'posts' AND ts_filter(words, '{a}')
                IS DISTINCT FROM setweight(to_tsvector('english', title), 'A')
        """)
        assert await writer.read(stale) == []
        counted = text("SELECT count(*) FROM search_texts WHERE document_id = ANY (:ids)")
        assert await writer.read(counted, {"ids": [post.id for post in posts]}) == [(5,)]
