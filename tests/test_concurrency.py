"""Races over a real pool: each request has its own connection and commits."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Coroutine
from uuid import uuid4

import pytest
from httpx import AsyncClient, Response
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from cms.cache import PublicCache
from cms.identity.tests.factories import UserFactory
from cms.kernel import Database
from cms.postgres import Changes
from cms.postgres.engine import make_engine
from tests.documents.kinds import public
from tests.faults.backends import holding, until_waiting
from tests.fixtures import make_client, make_settings, make_token, on

MANY = 20
KINDS = ["pages", "posts"]


@pytest.fixture
async def engine(own_database_url: str) -> AsyncIterator[AsyncEngine]:
    # All at once, and as long as it takes: the pool is larger than any race.
    engine = make_engine(
        make_settings(own_database_url, database_pool_size=MANY + 5).engine_options
    )
    yield engine
    assert engine.pool.checkedout() == 0
    await engine.dispose()


@pytest.fixture
async def editor(
    own_database_url: str, whole_app: PublicCache, engine: AsyncEngine
) -> AsyncIterator[AsyncClient]:
    settings = make_settings(own_database_url)
    database = Database(engine, Changes("", 1))
    user = UserFactory.build(email=f"{uuid4()}@example.com")
    async with database.session() as session:
        session.add(user)
    token = await make_token(database, settings, user)
    async with make_client(
        on(whole_app, database, settings), headers={"Authorization": f"Bearer {token}"}
    ) as client:
        yield client


@pytest.fixture
def slug() -> str:
    return f"race-{uuid4()}"


async def race(*requests: Awaitable[Response]) -> list[Response]:
    return list(await asyncio.gather(*requests))


async def race_for(
    url: str, kind: str, slug: str, *requests: Coroutine[None, None, Response]
) -> list[Response]:
    """Nobody writes to the document before all of them want to, whatever each has read until then."""
    row = f"SELECT FROM {kind} WHERE slug = $1 FOR UPDATE"
    async with asyncio.TaskGroup() as group, holding(url, row, slug):
        racers = [group.create_task(request) for request in requests]
        await until_waiting(url, len(requests))
    return [racer.result() for racer in racers]


def statuses(responses: list[Response]) -> dict[int, int]:
    return dict(Counter(response.status_code for response in responses))


@pytest.mark.attack("K1")
@pytest.mark.parametrize("kind", KINDS)
async def test_of_many_creates_of_one_slug_one_succeeds(
    editor: AsyncClient, kind: str, slug: str
) -> None:
    responses = await race(
        *(
            editor.post(
                f"/api/v1/{kind}", json={"title": f"By {n}", "slug": slug, "published": True}
            )
            for n in range(MANY)
        )
    )

    assert statuses(responses) == {201: 1, 409: MANY - 1}
    (created,) = (response for response in responses if response.status_code == 201)
    assert (await editor.get(f"/api/v1/{kind}/{slug}")).json() == public(created)


@pytest.mark.attack("K1")
@pytest.mark.parametrize("kind", KINDS)
async def test_many_creates_of_one_title_each_get_a_slug_of_their_own(
    editor: AsyncClient, kind: str, slug: str
) -> None:
    responses = await race(
        *(editor.post(f"/api/v1/{kind}", json={"title": slug}) for _ in range(MANY))
    )

    assert statuses(responses) == {201: MANY}
    assert {response.json()["slug"] for response in responses} == {
        slug,
        *(f"{slug}-{number}" for number in range(2, MANY + 1)),
    }


@pytest.mark.attack("K1")
@pytest.mark.parametrize("kind", KINDS)
async def test_of_many_moves_to_one_slug_one_succeeds(
    editor: AsyncClient, kind: str, slug: str
) -> None:
    for number in range(MANY):
        await editor.post(f"/api/v1/{kind}", json={"title": "x", "slug": f"{slug}-{number}"})

    responses = await race(
        *(
            editor.put(f"/api/v1/{kind}/{slug}-{number}", json={"title": "x", "slug": slug})
            for number in range(MANY)
        )
    )

    assert statuses(responses) == {200: 1, 409: MANY - 1}


async def test_two_documents_that_trade_places_do_not_wait_for_each_other_for_ever(
    editor: AsyncClient, slug: str
) -> None:
    for side in "ab":
        await editor.post("/api/v1/pages", json={"title": side, "slug": f"{slug}-{side}"})

    responses = await race(
        editor.put(f"/api/v1/pages/{slug}-a", json={"title": "a", "slug": f"{slug}-b"}),
        editor.put(f"/api/v1/pages/{slug}-b", json={"title": "b", "slug": f"{slug}-a"}),
    )

    # PostgreSQL ends one of two in a deadlock, which may be tried again.
    assert {response.status_code for response in responses} <= {200, 409, 503}
    assert {response.status_code for response in responses} & {409}


@pytest.mark.attack("K2")
@pytest.mark.parametrize("kind", KINDS)
async def test_of_two_writes_over_one_version_one_succeeds(
    editor: AsyncClient, own_database_url: str, kind: str, slug: str
) -> None:
    path = f"/api/v1/{kind}/{slug}"
    created = await editor.post(f"/api/v1/{kind}", json={"title": "x", "slug": slug})
    headers = {"If-Match": created.headers["ETag"]}

    writes = (editor.put(path, json={"title": title}, headers=headers) for title in ("one", "two"))
    responses = await race_for(own_database_url, kind, slug, *writes)

    assert statuses(responses) == {200: 1, 412: 1}
    won, lost = sorted(responses, key=lambda response: response.status_code)
    stored = await editor.get(path, params={"status": "all"})
    assert stored.json() == won.json()
    assert stored.headers["ETag"] == won.headers["ETag"] == lost.json()["current_etag"]


@pytest.mark.attack("K2")
async def test_of_many_restores_over_one_version_one_succeeds(
    editor: AsyncClient, own_database_url: str, slug: str
) -> None:
    created = await editor.post("/api/v1/posts", json={"title": "x", "slug": slug})
    changed = await editor.put(f"/api/v1/posts/{slug}", json={"title": "y"})
    entries = await editor.get("/api/v1/history", params={"id": created.json()["id"]})
    path = f"/api/v1/history/{entries.json()['items'][-1]['id']}/restore"
    headers = {"If-Match": changed.headers["ETag"]}

    restores = (editor.post(path, headers=headers) for _ in range(MANY))
    responses = await race_for(own_database_url, "posts", slug, *restores)

    assert statuses(responses) == {200: 1, 412: MANY - 1}


@pytest.mark.parametrize("kind", KINDS)
async def test_two_writes_without_a_version_are_both_applied_whole(
    editor: AsyncClient, kind: str, slug: str
) -> None:
    path = f"/api/v1/{kind}/{slug}"
    await editor.post(f"/api/v1/{kind}", json={"title": "x", "slug": slug})
    sent = [{"title": f"{n}", "body": f"<p>{n}</p>"} for n in range(MANY)]

    responses = await race(*(editor.put(path, json=each) for each in sent))

    assert statuses(responses) == {200: MANY}
    assert len({response.headers["ETag"] for response in responses}) == MANY
    for each, response in zip(sent, responses, strict=True):
        assert response.json() == response.json() | each
    stored = (await editor.get(path, params={"status": "all"})).json()
    assert stored in [response.json() for response in responses]


@pytest.mark.parametrize(
    ("kind", "patches"),
    [
        ("pages", [{"title": "1"}, {"body": "<p>2</p>"}, {"meta_title": "3"}, {"published": True}]),
        ("posts", [{"title": "1"}, {"body": "<p>2</p>"}, {"author": "3"}, {"tags": ["4"]}]),
    ],
)
async def test_patches_that_race_undo_nothing_of_one_another(
    editor: AsyncClient, kind: str, patches: list[dict[str, object]], slug: str
) -> None:
    path = f"/api/v1/{kind}/{slug}"
    await editor.post(f"/api/v1/{kind}", json={"title": "x", "slug": slug})

    responses = await race(*(editor.patch(path, json=each) for each in patches))

    assert statuses(responses) == {200: len(patches)}
    assert len({response.headers["ETag"] for response in responses}) == len(patches)
    stored = (await editor.get(path, params={"status": "all"})).json()
    for each in patches:
        assert stored == stored | each
    assert stored in [response.json() for response in responses]


@pytest.mark.attack("K3")
@pytest.mark.parametrize("kind", KINDS)
async def test_a_write_does_not_bring_back_what_is_deleted_meanwhile(
    editor: AsyncClient, kind: str, slug: str
) -> None:
    path = f"/api/v1/{kind}/{slug}"
    for _ in range(5):
        created = await editor.post(f"/api/v1/{kind}", json={"title": "x", "slug": slug})
        assert created.status_code == 201

        written, deleted = await race(
            editor.put(path, json={"title": "back again", "published": True}), editor.delete(path)
        )

        assert written.status_code in {200, 404}
        assert deleted.status_code == 204
        assert (await editor.get(path, params={"status": "all"})).status_code == 404


@pytest.mark.attack("K3")
@pytest.mark.parametrize("kind", KINDS)
async def test_of_a_write_and_a_deletion_of_one_version_one_succeeds(
    editor: AsyncClient, own_database_url: str, kind: str, slug: str
) -> None:
    path = f"/api/v1/{kind}/{slug}"
    created = await editor.post(f"/api/v1/{kind}", json={"title": "x", "slug": slug})
    headers = {"If-Match": created.headers["ETag"]}

    written, deleted = await race_for(
        own_database_url,
        kind,
        slug,
        editor.put(path, json={"title": "y"}, headers=headers),
        editor.delete(path, headers=headers),
    )

    assert (written.status_code, deleted.status_code) in {(200, 412), (404, 204)}


@pytest.mark.attack("K3")
async def test_a_document_is_deleted_once(editor: AsyncClient, slug: str) -> None:
    await editor.post("/api/v1/posts", json={"title": "x", "slug": slug})

    responses = await race(*(editor.delete(f"/api/v1/posts/{slug}") for _ in range(MANY)))

    assert statuses(responses) == {204: 1, 404: MANY - 1}


async def test_of_two_rules_that_lead_to_each_other_one_is_made(
    editor: AsyncClient, slug: str
) -> None:
    pairs = [(f"/{slug}-{n}", f"/{slug}-{n}-b") for n in range(MANY // 2)]
    rules = [{"from_path": a, "to": b} for pair in pairs for a, b in (pair, reversed(pair))]

    responses = await race(*(editor.post("/api/v1/redirects", json=rule) for rule in rules))

    assert statuses(responses) == {201: len(pairs), 409: len(pairs)}


@pytest.mark.attack("K4")
async def test_many_writes_of_the_settings_leave_one_row(
    editor: AsyncClient, engine: AsyncEngine
) -> None:
    responses = await race(
        *(editor.put("/api/v1/settings", json={"site_name": f"Site {n}"}) for n in range(MANY))
    )

    assert statuses(responses) == {200: MANY}
    assert len({response.headers["ETag"] for response in responses}) == MANY
    async with engine.connect() as connection:
        rows = (
            await connection.execute(text("SELECT version, site_name FROM site_settings"))
        ).all()
    assert len(rows) == 1
    stored = await editor.get("/api/v1/settings")
    assert stored.json() in [public(response) for response in responses]

    seen = {"If-Match": stored.headers["ETag"]}
    responses = await race(
        *(
            editor.put("/api/v1/settings", json={"site_name": f"Again {n}"}, headers=seen)
            for n in range(MANY)
        )
    )
    assert statuses(responses) == {200: 1, 412: MANY - 1}
