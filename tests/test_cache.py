"""Public answers from memory: never untrue for longer than promised, on a real listener."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest
from httpx import AsyncClient, Response
from sqlalchemy import event, text

from cms.cache import PublicCache
from cms.kernel import Database, PreparedQuery, Record, Settings
from cms.main import assemble
from cms.postgres import Changes
from cms.postgres.engine import make_engine
from cms.posts.tests.factories import PostFactory
from dev.embedded import EmbeddedPostgres
from tests.fixtures import make_client, make_settings, migrate, running
from tests.problems import assert_problem

POSTS = "/api/v1/posts"


@pytest.fixture(scope="module")
def live_settings(postgres: EmbeddedPostgres) -> Settings:
    postgres.create_database("cache")
    migrate(postgres.url("cache"))
    return make_settings(postgres.url("cache"), allowed_origins="https://admin.example.com")


class Pause:
    """A moment between a read's rows and its answer."""

    def __init__(self) -> None:
        self.has_read, self.resume = asyncio.Event(), asyncio.Event()


class PausingDatabase(Database):
    """The production database, whose next read can be made to wait with its rows in hand."""

    pause: Pause | None = None

    def __init__(self, settings: Settings) -> None:
        self.engine = make_engine(settings.engine_options)
        changes = Changes(settings.direct_database_url, settings.database_timeout_seconds)
        super().__init__(self.engine, changes)
        self.statements: list[str] = []

    async def fetch(self, query: PreparedQuery, **values: object) -> list[Record]:
        self.statements.append(query.sql)
        rows = await super().fetch(query, **values)
        if self.pause is not None:
            self.pause.has_read.set()
            await self.pause.resume.wait()
        return rows


class Site:
    """A running application on its own pool and listener, and the statements it has run."""

    def __init__(self, cache: PublicCache, database: PausingDatabase, client: AsyncClient) -> None:
        self.cache, self.database, self.client = cache, database, client
        self.statements = database.statements

    async def get(self, path: str, **headers: str) -> Response:
        return await self.client.get(path, headers=headers)

    async def execute(self, statement: str) -> None:
        """Changes the database behind the application's back, as psql would."""
        async with self.database.session() as session:
            await session.execute(text(statement))


@asynccontextmanager
async def run_site(settings: Settings) -> AsyncIterator[Site]:
    database = PausingDatabase(settings)
    app = assemble(settings, database=database)
    async with running(app), make_client(app) as client:
        site = Site(app, database, client)
        event.listen(
            database.engine.sync_engine,
            "before_cursor_execute",
            lambda *args: site.statements.append(args[2]),
        )
        await asyncio.wait_for(site.cache.changes.listening.wait(), 5)
        yield site


@pytest.fixture
async def site(live_settings: Settings) -> AsyncIterator[Site]:
    async with run_site(live_settings) as site:
        await site.execute("TRUNCATE posts, pages")
        await site.cache.changes.sync()
        async with site.database.session() as session:
            session.add_all([PostFactory.build(slug="one"), PostFactory.build(slug="two")])
        await site.cache.changes.sync()
        site.statements.clear()
        yield site


@asynccontextmanager
async def no_statement(site: Site) -> AsyncIterator[None]:
    await site.cache.changes.sync()  # however busy the machine: the listener has just been heard
    before = len(site.statements)
    yield
    assert site.statements[before:] == []


async def test_the_second_answer_needs_no_database(site: Site) -> None:
    first = await site.get(POSTS)
    async with no_statement(site):
        second = await site.get(POSTS)

    assert second.status_code == 200
    assert second.content == first.content


@pytest.mark.parametrize("path", [POSTS, f"{POSTS}/one", "/api/v1/pages", "/api/v1/settings"])
async def test_a_hit_has_the_headers_of_a_miss(site: Site, path: str) -> None:
    sent = {"Origin": "https://admin.example.com", "X-Request-ID": "same"}
    miss = await site.get(path, **sent)
    async with no_statement(site):
        hit = await site.get(path, **sent)

    assert sorted(hit.headers.multi_items()) == sorted(miss.headers.multi_items())


@pytest.mark.attack("C4")
@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"{POSTS}/nothing", 404),
        (f"{POSTS}?status=all", 401),
        (f"{POSTS}?status=all&page=2", 401),
        (f"{POSTS}?page=0", 422),
        (f"{POSTS}?unknown=1", 422),
        (f"{POSTS}/" + "x" * 9000, 414),
    ],
)
async def test_an_allowed_origin_may_read_the_errors_of_a_cached_endpoint(
    site: Site, path: str, status: int
) -> None:
    for _ in range(2):
        answer = await site.get(path, Origin="https://admin.example.com")
        stranger = await site.get(path, Origin="https://evil.example.com")

        assert_problem(answer, status)
        assert answer.headers["access-control-allow-origin"] == "https://admin.example.com"
        assert answer.headers["vary"] == "Origin"
        assert "access-control-allow-origin" not in stranger.headers


@pytest.mark.attack("C4")
async def test_an_allowed_origin_may_read_a_fault_behind_a_cached_endpoint(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_args: object, **_values: object) -> list[Record]:
        raise RuntimeError

    monkeypatch.setattr(site.database, "fetch", fail)

    answer = await site.get(POSTS, Origin="https://admin.example.com")

    assert_problem(answer, 500)
    assert answer.headers["access-control-allow-origin"] == "https://admin.example.com"


@pytest.mark.attack("C6")
async def test_a_copy_made_without_origin_answers_one_with_it_and_the_reverse(
    site: Site,
) -> None:
    await site.get(POSTS)
    with_origin = await site.get(POSTS, Origin="https://admin.example.com")
    with_another = await site.get(POSTS, Origin="https://evil.example.com")
    without = await site.get(POSTS)

    assert with_origin.headers["access-control-allow-origin"] == "https://admin.example.com"
    assert "access-control-allow-origin" not in with_another.headers
    assert "access-control-allow-origin" not in without.headers
    assert without.headers["vary"] == "Origin"


async def test_if_none_match_is_answered_from_memory(site: Site) -> None:
    etag = (await site.get(f"{POSTS}/one")).headers["etag"]
    async with no_statement(site):
        response = await site.get(f"{POSTS}/one", **{"If-None-Match": f'"x", W/{etag}'})

    assert response.status_code == 304
    assert response.content == b""
    assert response.headers["etag"] == etag
    assert response.headers["vary"] == "Origin"


async def test_if_none_match_in_two_lines_is_one_list(site: Site) -> None:
    etag = (await site.get(f"{POSTS}/one")).headers["etag"]
    lines = [("If-None-Match", '"x"'), ("If-None-Match", etag)]
    async with no_statement(site):
        response = await site.client.get(f"{POSTS}/one", headers=lines)

    assert response.status_code == 304


async def test_a_conditional_miss_is_kept_and_still_answered_with_304(site: Site) -> None:
    etag = (await site.get(f"{POSTS}/one")).headers["etag"]
    site.cache.store.clear()

    response = await site.get(f"{POSTS}/one", **{"If-None-Match": etag})
    async with no_statement(site):
        again = await site.get(f"{POSTS}/one")

    assert response.status_code == 304
    assert again.status_code == 200


async def test_head_is_answered_from_memory_with_the_headers_of_get(site: Site) -> None:
    get = await site.get(POSTS, **{"X-Request-ID": "same"})
    async with no_statement(site):
        head = await site.client.head(POSTS, headers={"X-Request-ID": "same"})

    assert head.content == b""
    assert sorted(head.headers.multi_items()) == sorted(get.headers.multi_items())


@pytest.mark.parametrize(
    "path",
    [
        f"{POSTS}?nonsense=1",
        f"{POSTS}?page=0",
        f"{POSTS}?page=1&page=2",
        f"{POSTS}?status=published",
        f"{POSTS}?status=all",
        f"{POSTS}/missing",
        f"{POSTS}/..%2f",
        "/api/v1/nothing",
        "/healthz",
        "/openapi.json",
    ],
)
async def test_what_is_no_plain_public_answer_makes_no_entry(site: Site, path: str) -> None:
    await site.get(path)

    assert len(site.cache.store) == 0
    assert site.cache.store.bytes == 0


@pytest.mark.attack("A10")
async def test_a_draft_never_enters_the_cache(site: Site) -> None:
    await site.execute("UPDATE posts SET published = false WHERE slug = 'one'")
    response = await site.get(f"{POSTS}/one")

    assert response.status_code == 404
    assert len(site.cache.store) == 0


@pytest.mark.parametrize(
    ("statement", "status"),
    [
        ("UPDATE posts SET title = 'New' WHERE slug = 'one'", 200),
        ("UPDATE posts SET slug = 'moved' WHERE slug = 'one'", 404),
        ("UPDATE posts SET published = false WHERE slug = 'one'", 404),
        ("DELETE FROM posts WHERE slug = 'one'", 404),
        ("TRUNCATE posts", 404),
        ("UPDATE posts SET title = 'New'", 200),
    ],
)
async def test_any_commit_makes_its_document_and_the_lists_be_read_again(
    site: Site, statement: str, status: int
) -> None:
    before = [await site.get(path) for path in (POSTS, f"{POSTS}/one")]

    await site.execute(statement)
    await site.cache.changes.sync()

    after = [await site.get(path) for path in (POSTS, f"{POSTS}/one")]
    assert after[0].content != before[0].content
    assert after[1].status_code == status
    assert after[1].content != before[1].content


async def test_a_new_document_makes_the_lists_be_read_again(site: Site) -> None:
    await site.get(POSTS)
    async with site.database.session() as session:
        session.add(PostFactory.build(slug="three"))
    await site.cache.changes.sync()

    assert (await site.get(POSTS)).json()["total"] == 3


async def test_a_write_leaves_other_documents_and_other_types_in_memory(site: Site) -> None:
    for path in (f"{POSTS}/two", "/api/v1/pages", "/api/v1/settings"):
        await site.get(path)

    await site.execute("UPDATE posts SET title = 'New' WHERE slug = 'one'")
    await site.cache.changes.sync()

    async with no_statement(site):
        for path in (f"{POSTS}/two", "/api/v1/pages", "/api/v1/settings"):
            assert (await site.get(path)).status_code == 200


async def test_editing_a_draft_leaves_the_lists_in_memory(site: Site) -> None:
    await site.execute("UPDATE posts SET published = false WHERE slug = 'one'")
    await site.cache.changes.sync()
    await site.get(POSTS)

    await site.execute("UPDATE posts SET title = 'Better' WHERE slug = 'one'")
    await site.cache.changes.sync()

    async with no_statement(site):
        await site.get(POSTS)


async def test_many_rows_at_once_are_announced_as_one_table(site: Site) -> None:
    await site.execute(
        "INSERT INTO posts (slug, title, body, tags, published) "
        "SELECT 'bulk-' || n, 'Bulk', '', '{}', true FROM generate_series(1, 200) AS n"
    )
    await site.get(f"{POSTS}/bulk-7")
    await site.execute("UPDATE posts SET title = 'Changed'")
    await site.cache.changes.sync()

    assert (await site.get(f"{POSTS}/bulk-7")).json()["title"] == "Changed"


async def test_the_documents_of_a_list_are_counted_once_for_all_its_pages(site: Site) -> None:
    await site.get(POSTS)
    second = await site.get(f"{POSTS}?per_page=1&page=2")

    assert second.json()["total"] == 2
    assert [item["slug"] for item in second.json()["items"]] == ["one"]
    assert len([s for s in site.statements if "count(" in s]) == 1


async def test_a_hundred_requests_for_one_missing_answer_cost_one_query(site: Site) -> None:
    responses = await asyncio.gather(*(site.get(f"{POSTS}/one") for _ in range(100)))

    assert {response.status_code for response in responses} == {200}
    assert len([s for s in site.statements if "FROM posts" in s]) == 1


async def test_a_read_that_a_commit_overtakes_does_not_put_its_old_answer_back(
    site: Site,
) -> None:
    pause = site.database.pause = Pause()
    reading = asyncio.create_task(site.get(f"{POSTS}/one"))
    await pause.has_read.wait()
    site.database.pause = None
    await site.execute("UPDATE posts SET title = 'New' WHERE slug = 'one'")
    await site.cache.changes.sync()
    pause.resume.set()
    old = await reading

    assert old.json()["title"] != "New"
    assert (await site.get(f"{POSTS}/one")).json()["title"] == "New"


async def test_a_second_process_hears_of_the_first_ones_write(
    site: Site, live_settings: Settings
) -> None:
    async with run_site(live_settings) as other:
        await other.get(f"{POSTS}/one")
        await site.execute("UPDATE posts SET title = 'New' WHERE slug = 'one'")

        await other.cache.changes.sync()

        assert (await other.get(f"{POSTS}/one")).json()["title"] == "New"


async def lose_listener(site: Site, settings: Settings) -> None:
    """Ends the listener's connection, as an administrator or a broken network would."""
    connection = await asyncpg.connect(settings.direct_database_url.replace("+asyncpg", ""))
    await connection.execute(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
        "WHERE datname = current_database() AND application_name = 'cms listener'"
    )
    await connection.close()
    await asyncio.wait_for(site.cache.changes.lost.wait(), 5)


@pytest.mark.attack("F7")
async def test_without_its_listener_nothing_is_answered_from_memory(
    site: Site, live_settings: Settings
) -> None:
    await site.get(f"{POSTS}/one")
    await lose_listener(site, live_settings)
    before = len(site.statements)
    await site.get(f"{POSTS}/one")

    assert len(site.statements) == before + 1


@pytest.mark.attack("F7")
async def test_a_listener_that_was_cut_forgets_everything_and_listens_again(
    site: Site, live_settings: Settings
) -> None:
    await site.get(f"{POSTS}/one")
    await lose_listener(site, live_settings)
    await asyncio.wait_for(site.cache.changes.listening.wait(), 5)

    assert len(site.cache.store) == 0
    await site.get(f"{POSTS}/one")
    async with no_statement(site):
        await site.get(f"{POSTS}/one")


@pytest.fixture
def own_postgres(tmp_path: Path) -> Iterator[EmbeddedPostgres]:
    """A PostgreSQL to be killed, which therefore has to be a durable one."""
    with EmbeddedPostgres(tmp_path / "postgres") as server:
        migrate(server.url())
        yield server


@pytest.fixture
async def fragile_site(own_postgres: EmbeddedPostgres) -> AsyncIterator[Site]:
    async with run_site(make_settings(own_postgres.url(), stale_if_error=60)) as site:
        async with site.database.session() as session:
            session.add_all([PostFactory.build(slug="one"), PostFactory.build(slug="two")])
        await site.cache.changes.sync()
        yield site


async def test_without_a_database_what_was_known_is_served_and_said_to_be_stale(
    own_postgres: EmbeddedPostgres, fragile_site: Site
) -> None:
    postgres, site = own_postgres, fragile_site
    # A busy machine may be late with a heartbeat, which forgets everything.
    while not len(site.cache.store):
        await asyncio.wait_for(site.cache.changes.listening.wait(), 5)
        known = await site.get(f"{POSTS}/one")
    postgres.kill()
    await asyncio.wait_for(site.cache.changes.lost.wait(), 5)

    stale = await site.get(f"{POSTS}/one")
    unknown = await site.get(f"{POSTS}/two", Origin="https://admin.example.com")
    editors = await site.get(f"{POSTS}/one?status=published")

    assert stale.status_code == 200
    assert stale.content == known.content
    assert stale.headers["cache-status"].startswith("cms; hit; ttl=-")
    assert unknown.status_code == 503
    # C4
    assert unknown.headers["access-control-allow-origin"] == "https://admin.example.com"
    assert unknown.headers["retry-after"] == "1"
    assert editors.status_code == 503

    postgres.start()
    await asyncio.wait_for(site.cache.changes.listening.wait(), 10)
    fresh = await site.get(f"{POSTS}/one")
    assert fresh.status_code == 200
    assert "cache-status" not in fresh.headers
