"""A thousand documents due in the same minute, over replicas and through kills: each exactly once."""

import asyncio
import os
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from tests.faults.backends import query, untold
from tests.faults.harness import DurablePostgres, Server, eventually, running
from tests.faults.people import POSTS

pytestmark = [pytest.mark.faults, pytest.mark.timed]

DOCUMENTS = int(os.environ.get("DUE", "1000"))
PROMISE_SECONDS = 1.0
_LEFT = "SELECT FROM schedules UNION ALL SELECT FROM working_copies WHERE publish_at IS NOT NULL"
_SCHEDULE = """
    WITH drafts AS (
        INSERT INTO posts (slug, title, body, tags, published)
        SELECT $1::text || n, 'Draft ' || n, '', '{}', false FROM generate_series(1, $2::int) AS n
        RETURNING id
    )
    INSERT INTO schedules (document_id, type, publish_at, set_by_id, set_by_email)
    SELECT id, 'posts', $3::timestamptz, gen_random_uuid(), 'planner@ours.test' FROM drafts
"""
_DONE = """
    SELECT document_id, slug, version, changed_at, user_email FROM history
    WHERE action = 'published' AND slug LIKE $1 ORDER BY changed_at
"""


@asynccontextmanager
async def readers(servers: list[Server], name: str, at: datetime) -> AsyncIterator[list[str]]:
    """Visitors who look for the documents all the time; what they have seen too early."""
    early: list[str] = []
    over = asyncio.Event()

    async def look(server: Server) -> None:
        async with server.client() as client:
            while not over.is_set():
                slug = f"{name}{random.randint(1, DOCUMENTS)}"
                for path in (f"{POSTS}/{slug}", f"{POSTS}?per_page=100"):
                    answer = await client.get(path)
                    if name in answer.text and answer.status_code == 200 and datetime.now(UTC) < at:
                        early.append(path)

    async with asyncio.TaskGroup() as group:
        for server in servers:
            group.create_task(look(server))
        try:
            yield early
        finally:
            over.set()


async def until_none_is_left(database_url: str) -> None:
    async def none_is() -> bool:
        return not await query(database_url, _LEFT)

    await eventually(none_is, 300)


async def test_each_is_published_once_in_time_and_seen_by_nobody_before(
    checkout: Path, site_url: str, show: Callable[[str], None]
) -> None:
    servers = [Server(checkout, site_url, workers=2) for _ in range(2)]
    async with running(*servers):
        at = datetime.now(UTC) + timedelta(seconds=3)
        await query(site_url, _SCHEDULE, "once-", DOCUMENTS, at)
        async with readers(servers, "once-", at) as early:
            await until_none_is_left(site_url)

    done = await query(site_url, _DONE, "once-%")
    late = [(each["changed_at"] - at).total_seconds() for each in done]
    show(
        f"{len(done)} documents: the first {late[0]:.3f} s after its time, the last {late[-1]:.3f} s, "
        f"the batch took {late[-1] - late[0]:.3f} s"
    )
    assert early == []
    assert len({each["document_id"] for each in done}) == len(done) == DOCUMENTS
    assert {each["user_email"] for each in done} == {"planner@ours.test"}
    assert 0 <= late[0] <= PROMISE_SECONDS
    assert await untold(site_url, "once-") == []
    assert [server.faults for server in servers] == [[], []]


_COPY = """
    WITH originals AS (
        INSERT INTO posts (slug, title, body, tags, published)
        SELECT $1::text || n, 'Before', 'Before', '{}', true FROM generate_series(1, $2::int) AS n
        RETURNING id
    )
    INSERT INTO working_copies (type, document_id, content, base_etag, user_id, user_email)
    SELECT 'posts', id, '{"title": "After", "body": "<p>After</p>"}', '', id, 'editor@ours.test'
    FROM originals
"""


async def test_kills_lose_none_and_repeat_none(
    checkout: Path, postgres: DurablePostgres, site_url: str, show: Callable[[str], None]
) -> None:
    """Of workers and of PostgreSQL, while documents are due and an editor publishes working copies."""
    servers = [Server(checkout, site_url, workers=2) for _ in range(2)]
    await query(site_url, _COPY, "copied-", DOCUMENTS // 10)
    async with running(*servers):
        token = await servers[0].log_in()
        await query(site_url, _SCHEDULE, "killed-", DOCUMENTS, datetime.now(UTC))
        async with servers[1].client(token) as editor:
            listed = (await editor.get("/api/v1/working-copies?per_page=100")).json()["items"]
        publishing = asyncio.create_task(publish_all(servers[1], token, listed))
        kills = 0
        while await query(site_url, _LEFT):
            await asyncio.sleep(random.uniform(0.1, 0.4))  # kills come at no event
            victims = [worker for server in servers for worker in server.workers]
            if victims and kills % 3:
                random.choice(victims).kill()
            else:
                await asyncio.to_thread(postgres.crash)
                await asyncio.to_thread(postgres.start)
            kills += 1
            for server in servers:
                await server.answers("/readyz")
        acknowledged = await publishing

    done = await query(site_url, _DONE, "killed-%")
    show(f"{len(done)} documents published, {len(acknowledged)} copies acknowledged, {kills} kills")
    assert len({each["document_id"] for each in done}) == len(done) == DOCUMENTS
    for name in ("killed-", "copied-"):
        assert await untold(site_url, name) == []
    whole = await query(
        site_url,
        "SELECT slug, title, body, version, EXISTS (SELECT FROM working_copies "
        "WHERE document_id = posts.id) AS has_copy FROM posts WHERE slug LIKE 'copied-%'",
    )
    for post in whole:
        after = (post["title"], post["body"], post["version"]) == ("After", "<p>After</p>", 2)
        before = (post["title"], post["body"], post["version"]) == ("Before", "Before", 1)
        assert (after and not post["has_copy"]) or (before and post["has_copy"])
    assert acknowledged <= {post["slug"] for post in whole if post["title"] == "After"}
    assert acknowledged


async def publish_all(server: Server, token: str, listed: list[dict[str, str]]) -> set[str]:
    """Publishes each working copy, however often it takes; the slugs that were acknowledged."""
    acknowledged: set[str] = set()
    async with server.client(token) as editor:
        for item in listed:
            path = f"/api/v1/working-copies/posts/{item['document_id']}"
            status = 503
            while status == 503:
                try:
                    seen = await editor.get(path)
                    etag = {"If-Match": seen.headers.get("ETag", '"none"')}
                    answer = await editor.post(f"{path}/publish?overwrite=true", headers=etag)
                    status = answer.status_code
                except httpx.TransportError:
                    await asyncio.sleep(0.05)  # of a worker that was killed
            if status == 200:
                acknowledged.add(item["slug"])
    return acknowledged
