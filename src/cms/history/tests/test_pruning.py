"""What goes of history, what stays, and how many entries there are."""

import asyncio
from dataclasses import replace

import pytest
from httpx import AsyncClient
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from cms.cache import PublicCache
from cms.history import repository, service
from cms.history.slice import SLICE
from cms.history.tests.conftest import API, HISTORY, Entries
from cms.kernel import Database, Problem, Services

_AGE = (
    "UPDATE history SET id = uuidv7(make_interval(days => -10, secs => version)) WHERE slug = :slug"
)


@pytest.fixture(autouse=True)
async def old_and_new(editor: AsyncClient, connection: AsyncConnection) -> None:
    """Two posts of ten days ago, one of them deleted, and one of today: each has three entries."""
    for slug in ("kept", "gone", "new"):
        await editor.post(f"{API}/posts", json={"title": "x", "slug": slug})
        await editor.put(f"{API}/posts/{slug}", json={"title": "y"})
        await editor.put(f"{API}/posts/{slug}", json={"title": "z"})
    await editor.put(f"{API}/posts/gone", json={"title": "z", "slug": "gone"})
    for slug in ("kept", "gone"):
        await connection.execute(text(_AGE), {"slug": slug})


async def versions(entries: Entries) -> list[tuple[str, int]]:
    return sorted((each["slug"], each["version"]) for each in await entries(type="posts"))


NEW = [("new", 1), ("new", 2), ("new", 3)]
ALL = [*((slug, n) for slug in ("gone", "kept") for n in (1, 2, 3)), *NEW]


@pytest.mark.parametrize("at_once", [1, 2, 500])
async def test_what_is_older_goes_but_for_the_newest_of_each_document(
    database: Database, entries: Entries, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(service, "_AT_ONCE", at_once)
    await service.prune(database, 11)
    assert await versions(entries) == ALL

    await service.prune(database, 9)
    assert await versions(entries) == [("gone", 3), ("kept", 3), *NEW]

    assert await service.prune(database, 9) == 0


async def test_a_deleted_document_can_still_be_brought_back(
    editor: AsyncClient, connection: AsyncConnection, database: Database, entries: Entries
) -> None:
    await editor.delete(f"{API}/posts/gone")
    deletion = (await entries(action="deleted"))[0]["id"]
    age = text("UPDATE history SET id = uuidv7(interval '-9.5 days') WHERE id = :id RETURNING id")
    deletion = await connection.scalar(age, {"id": deletion})

    await service.prune(database, 9)

    assert ("gone", 3) in await versions(entries)
    assert (await editor.post(f"{HISTORY}/{deletion}/restore")).status_code == 201


FILTERS = [{}, {"type": "posts"}, {"type": "pages"}, {"action": "updated"}, {"action": "moved"}]


@pytest.mark.parametrize("most", [1, 10_000])
async def test_totals_are_those_of_the_entries_whatever_happens_to_them(
    editor: AsyncClient,
    connection: AsyncConnection,
    database: Database,
    entries: Entries,
    monkeypatch: pytest.MonkeyPatch,
    most: int,
) -> None:
    monkeypatch.setattr(repository, "_MAX_COUNTS", most)
    user = (await editor.get(f"{API}/users/me")).json()["id"]

    async def assert_true() -> None:
        async with database.session() as session:
            await repository.sum_up_counts(session)
        for query in (*FILTERS, {"user": user}, {"user": user, "type": "posts"}):
            answer = await editor.get(HISTORY, params={"per_page": 1, **query})
            assert answer.json()["total"] == len(await entries(**query))

    await assert_true()
    await editor.delete(f"{API}/posts/new")
    await assert_true()
    await service.prune(database, 9)
    await assert_true()
    await connection.execute(text("TRUNCATE history"))
    await assert_true()


async def test_counts_are_summed_up_once_there_are_many(
    connection: AsyncConnection, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def rows() -> int:
        async with database.session() as session:
            await repository.sum_up_counts(session)
        return await connection.scalar(text("SELECT count(*) FROM history_counts")) or 0

    before = await rows()
    assert before > 9
    monkeypatch.setattr(repository, "_MAX_COUNTS", 5)
    # Of settings from the first, and of posts created and updated.
    assert await rows() == 3


@pytest.mark.parametrize(("days", "left"), [(9, 5), (0, 9)])
async def test_a_process_prunes_from_its_start_where_it_is_told_to(
    app: PublicCache,
    entries: Entries,
    monkeypatch: pytest.MonkeyPatch,
    days: int,
    left: int,
) -> None:
    services: Services = app.app.state.services
    settings = services.settings.model_copy(update={"history_days": days})
    slept = asyncio.Event()

    async def sleep(_seconds: float) -> None:
        slept.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(service, "sleep", sleep)
    assert SLICE.lifespan is not None
    async with SLICE.lifespan(replace(services, settings=settings)):
        await slept.wait()

    assert len(await versions(entries)) == left


async def test_it_goes_on_after_an_outage(
    app: PublicCache, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    rounds = 0
    done = asyncio.Event()

    async def fail(*_: object) -> None:
        nonlocal rounds
        rounds += 1
        raise _Away

    async def sleep(_seconds: float) -> None:
        if rounds == 2:
            done.set()
            await asyncio.Event().wait()

    monkeypatch.setattr(repository, "sum_up_counts", fail)
    monkeypatch.setattr(service, "sleep", sleep)
    async with service.keeping(app.app.state.services):
        await done.wait()

    assert [record.message for record in caplog.records] == [
        "history was not kept in order: Away."
    ] * 2


class _Away(Problem):
    detail = "Away."
