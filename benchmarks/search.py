"""What is found among very many posts, how long it takes, and what it costs a write."""

import argparse
import asyncio
import json
import statistics
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from urllib.parse import quote

import asyncpg
import psutil

from benchmarks.serving import EMAIL, JSON_TYPE, PASSWORD, Case, Server, Site
from benchmarks.texts import Texts
from benchmarks.throughput import BODY_LENGTH, long_body

_READS, _CREATES, _ROUNDS = 40, 25, 10
_AT_ONCE = 10_000
_BEGIN = datetime(2020, 1, 1, tzinfo=UTC)
# One post of twenty is a draft.
_COLUMNS = ("slug", "title", "excerpt", "body", "tags", "published", "created_at", "published_at")
_FILL_TAGS = """
    INSERT INTO post_tags (tag, created_at, post_id, published_at, name)
    SELECT DISTINCT tag, created_at, id, published_at, tag FROM posts, unnest(tags) AS tag
    WHERE published ON CONFLICT DO NOTHING
"""
# What the triggers do, by several connections at once.
_INDEX = """
    SELECT count(cms_search_put('posts', to_jsonb(posts))) FROM posts
    WHERE ctid >= format('(%s,0)', $1::bigint)::tid AND ctid < format('(%s,0)', $2::bigint)::tid
"""
_SIZES = """
    SELECT pg_size_pretty(pg_total_relation_size('posts')),
        pg_size_pretty(pg_total_relation_size('search_texts')),
        pg_size_pretty(pg_relation_size('ix_search_texts_words')),
        pg_total_relation_size('search_texts')::float / pg_total_relation_size('posts'),
        pg_relation_size('ix_search_texts_words')::float / pg_total_relation_size('posts')
"""
_TRIGGERS = ("cms_search_keep", "cms_search_keep_update")


def measure(site: Site, options: argparse.Namespace) -> None:
    texts = Texts()
    site.make_database("searched")
    url = site.postgres.url("searched")
    postgres = psutil.Process(site.postgres.pid)
    postgres.cpu_affinity(site.CORES)
    asyncio.run(_fill(url, texts, options.texts, len(site.CORES)))
    postgres.cpu_affinity([site.LOAD_CORE])
    with site.api(DATABASE_URL=url, CACHE_MAX_BYTES="0") as uncached:
        _reads(uncached, texts, options.texts)
    asyncio.run(_sizes(url))
    with site.api(DATABASE_URL=url) as api:
        _creates(api, url)


def _reads(server: Server, texts: Texts, posts: int) -> None:
    print(f"\n### Search among {posts:,} posts: ms for one request, {_READS} of each\n")
    print("| request | found | p50 | p95 | slowest |\n|---|---:|---:|---:|---:|")
    for name, paths in _paths(texts, posts).items():
        taken, found = [], []
        for path in islice(paths, _READS):
            case = Case(name, f"/api/v1/{path}")
            taken.append(server.seconds_for(case) * 1000)
            found.append(json.loads(server.send(case)["body"])["total"])
        p95 = statistics.quantiles(taken, n=20)[-1]
        print(
            f"| {name} | {min(found):,} to {max(found):,} | {statistics.median(taken):.1f} "
            f"| {p95:.1f} | {max(taken):.1f} |",
            flush=True,
        )


def _paths(texts: Texts, posts: int) -> Mapping[str, Iterator[str]]:
    """Another word each time, so that none is still at hand from the last time."""
    common, rare = texts.common, texts.rare
    some = [common[rank] for rank in range(2_000, 20_000, 400)]
    last = -(-posts * 19 // 20 // 1_000)
    return {
        "a rare word": (f"search?q={word}" for word in rare),
        "a word of every hundredth post or so": (f"search?q={word}" for word in some),
        "a common word": (f"search?q={word}" for word in common),
        "the beginning of one, two letters": (
            f"search?q={word[:2]}" for word in dict.fromkeys(each[:2] for each in common)
        ),
        "the beginning of a rare one, six letters": (f"search?q={word[:6]}" for word in rare),
        "two common words": (
            f"search?q={a}+{b}" for a, b in zip(common, common[50:], strict=False)
        ),
        "two that seldom meet": (f"search?q={a}+{b}" for a, b in zip(common, some, strict=False)),
        "a common word without another": (
            f"search?q={a}+-{b}" for a, b in zip(common, common[50:], strict=False)
        ),
        "a phrase of two common words": (
            f"search?q={quote(f'"{a} {b}"')}" for a, b in pairwise(common)
        ),
        "a common word, page 10": (f"search?q={word}&page=10" for word in common[100:]),
        "sitemap, page 1": iter(["sitemap"] * _READS),
        "sitemap, page 1,000 of 500": iter(["sitemap?page=1000&per_page=500"] * _READS),
        "sitemap, the last page": iter([f"sitemap?page={last}"] * _READS),
    }


def _creates(server: Server, url: str) -> None:
    """With search, its worker at work meanwhile, and without it, in turns."""
    credentials = json.dumps({"email": EMAIL, "password": PASSWORD})
    answer = server.send(Case("login", "/api/v1/auth/login", "POST", JSON_TYPE, credentials))
    token = json.loads(answer["body"])["access_token"]
    headers = {**JSON_TYPE, "Authorization": f"Bearer {token}"}
    body = long_body(BODY_LENGTH)
    taken: dict[str, list[float]] = {"ENABLE": [], "DISABLE": []}
    for number in range(_ROUNDS):
        for switch, seconds in taken.items():
            asyncio.run(_switch(url, switch))
            for again in range(_CREATES):
                post = {"title": f"New {number} {again}", "body": body, "published": True}
                create = Case("create", "/api/v1/posts", "POST", headers, json.dumps(post), 201)
                seconds.append(server.seconds_for(create))
    on, off = (statistics.median(seconds) * 1000 for seconds in taken.values())
    print(
        f"\nA create of {len(body) / 1000:.1f} KB, medians of {_ROUNDS * _CREATES} in turns: {on:.2f} ms "
        f"with search, {off:.2f} ms without, {on / off:.2f} times as much.",
        flush=True,
    )


async def _switch(url: str, switch: str) -> None:
    connection = await _connect(url)
    try:
        while await connection.fetchval("SELECT count(*) FROM search_changes"):  # noqa: ASYNC110 - of another process
            await asyncio.sleep(0.1)
        for trigger in _TRIGGERS:
            await connection.execute(f"ALTER TABLE posts {switch} TRIGGER {trigger}")
    finally:
        await connection.close()


async def _sizes(url: str) -> None:
    connection = await _connect(url)
    try:
        posts, words, index, words_ratio, index_ratio = await connection.fetchrow(_SIZES)
    finally:
        await connection.close()
    print(
        f"\n`posts` with its indexes is {posts}; `search_texts` with its own {words} ({words_ratio:.2f} "
        f"of that), of which its GIN index is {index} ({index_ratio:.2f}).",
        flush=True,
    )


async def _fill(url: str, texts: Texts, posts: int, connections: int) -> None:
    connection = await _connect(url)
    try:
        await connection.execute("ALTER TABLE posts DISABLE TRIGGER USER")
        for first in range(0, posts, _AT_ONCE):
            records = _records(texts, first, min(_AT_ONCE, posts - first))
            await connection.copy_records_to_table("posts", records=records, columns=_COLUMNS)
            print(f"\r  made: {first + _AT_ONCE:,} posts", end="", file=sys.stderr)
        await connection.execute(_FILL_TAGS)
        gin = await connection.fetchval("SELECT pg_get_indexdef('ix_search_texts_words'::regclass)")
        await connection.execute("DROP INDEX ix_search_texts_words")
        await _index(connection, url, connections)
        print("\n  indexed", file=sys.stderr)
        await connection.execute("SET maintenance_work_mem = '1GB'")
        await connection.execute(gin)
        await connection.execute("ALTER TABLE posts ENABLE TRIGGER USER")
        await connection.execute("UPDATE search_types SET reached = NULL")
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()


def _records(texts: Texts, first: int, number: int) -> Iterator[tuple[object, ...]]:
    for n, row in enumerate(texts.posts(first, number), first):
        at = _BEGIN + timedelta(minutes=n)
        yield (*row, n % 20 > 0, at, at if n % 20 else None)


async def _index(connection: asyncpg.Connection, url: str, connections: int) -> None:
    pages = await connection.fetchval("SELECT pg_relation_size('posts') / 8192 + 1")
    step = -(-pages // connections)
    indexers = [await _connect(url) for _ in range(connections)]
    try:
        await asyncio.gather(
            *(
                each.execute(_INDEX.replace("$1", str(n * step)).replace("$2", str((n + 1) * step)))
                for n, each in enumerate(indexers)
            )
        )
    finally:
        for each in indexers:
            await each.close()


async def _connect(url: str) -> asyncpg.Connection:
    return await asyncpg.connect(url.replace("+asyncpg", ""))
