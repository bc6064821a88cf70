"""What a request costs with a thousand posts, and with a million."""

import argparse
import asyncio
import json
import statistics
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass

import asyncpg

from benchmarks.serving import EMAIL, JSON_TYPE, PASSWORD, Case, Server, Site

_TIMES = 40
# Each post has one tag of ten and one of a thousand, and a body of some 2 KB.
_FILL = """
    INSERT INTO posts (slug, title, excerpt, body, author, tags, published, created_at,
        published_at)
    SELECT 'grown-' || n, 'Post number ' || n, 'What number ' || n || ' is about.',
           '<p>' || repeat(md5(n::text) || ' ', 60) || '</p>', 'The benchmark',
           ARRAY['tag-' || n % 10, 'rare-' || n % 1000], n % 10 > 0,
           timestamptz '2020-01-01Z' + n * interval '1 minute',
           CASE WHEN n % 10 > 0 THEN timestamptz '2020-01-01Z' + n * interval '1 minute' END
    FROM generate_series(1, $1::int) AS n
"""
_FILL_TAGS = """
    INSERT INTO post_tags (tag, created_at, post_id, published_at, name)
    SELECT DISTINCT tag, created_at, id, published_at, tag FROM posts, unnest(tags) AS tag
    WHERE published AND slug LIKE 'grown-%'
"""


@dataclass(frozen=True)
class Grown:
    """The API on a database of its own, without a memory and with one."""

    size: int
    uncached: Server
    api: Server
    token: str

    def read(self, path: str) -> float:
        """The seconds of a miss; the total of a list is known after its first."""
        return self.uncached.seconds_for(Case(path, path))

    def reads(self) -> Mapping[str, str]:
        return {
            "page 1": "/api/v1/posts",
            "one post": "/api/v1/posts/grown-1",
            "a tag of a tenth of all posts": "/api/v1/posts?tag=tag-1",
            "a tag of a thousandth": "/api/v1/posts?tag=rare-1",
            "a tag of no post": "/api/v1/posts?tag=nothing",
            "both of two tags": "/api/v1/posts?tag=rare-1&tag=tag-1",
            "the middle page": f"/api/v1/posts?page={self.size // 20}",
            "the deepest page": f"/api/v1/posts?page={-(-self.size * 9 // 100)}",
        }

    def write_and_list(self, number: int) -> Mapping[str, float]:
        """The seconds of a create, and of the first lists after it, whose totals are counted anew."""
        body = {"title": f"New {number}", "published": True, "tags": ["tag-1"]}
        headers = {**JSON_TYPE, "Authorization": f"Bearer {self.token}"}
        create = Case("create", "/api/v1/posts", "POST", headers, json.dumps(body), 201)
        return {
            "a create": self.api.seconds_for(create),
            "the first list after a write": self.api.seconds_for(Case("list", "/api/v1/posts")),
            "the same of a tag of a tenth": self.api.seconds_for(
                Case("list", "/api/v1/posts?tag=tag-1")
            ),
        }


def measure(site: Site, options: argparse.Namespace) -> None:
    sizes = sorted({1_000, 100_000, options.posts})
    with ExitStack() as stack:
        grown = [_grow(site, size, stack) for size in sizes]
        taken: dict[str, list[list[float]]] = {}
        for part in (_reads, _writes):
            for number in range(_TIMES):
                for place, each in enumerate(grown):
                    for name, seconds in part(each, number):
                        taken.setdefault(name, [[] for _ in grown])[place].append(seconds)
    print(f"\n### Growth: ms for one request, medians of {_TIMES} in turns\n")
    print(f"| request | {' | '.join(f'{size:,} posts' for size in sizes)} | last to first |")
    print(f"|---|{'---:|' * (len(sizes) + 1)}")
    for name, of_sizes in taken.items():
        medians = [statistics.median(seconds) * 1000 for seconds in of_sizes]
        figures = " | ".join(f"{median:.2f}" for median in medians)
        print(f"| {name} | {figures} | {medians[-1] / medians[0]:.2f} |", flush=True)


def _reads(grown: Grown, _number: int) -> Iterator[tuple[str, float]]:
    for name, path in grown.reads().items():
        yield name, grown.read(path)


def _writes(grown: Grown, number: int) -> Iterator[tuple[str, float]]:
    yield from grown.write_and_list(number).items()


def _grow(site: Site, size: int, stack: ExitStack) -> Grown:
    name = f"grown_{size}"
    site.make_database(name)
    asyncio.run(_fill(site.postgres.url(name), size))
    url = {"DATABASE_URL": site.postgres.url(name)}
    uncached = stack.enter_context(site.api(**url, CACHE_MAX_BYTES="0"))
    api = stack.enter_context(site.api(**url))
    credentials = json.dumps({"email": EMAIL, "password": PASSWORD})
    answer = api.send(Case("login", "/api/v1/auth/login", "POST", JSON_TYPE, credentials))
    print(f"  made: {size:,} posts", file=sys.stderr)
    grown = Grown(size, uncached, api, json.loads(answer["body"])["access_token"])
    for path in grown.reads().values():
        grown.read(path)
    return grown


async def _fill(url: str, size: int) -> None:
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        await connection.execute("ALTER TABLE posts DISABLE TRIGGER USER")
        await connection.execute(_FILL, size)
        await connection.execute(_FILL_TAGS)
        await connection.execute("ALTER TABLE posts ENABLE TRIGGER USER")
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()
