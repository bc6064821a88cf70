"""What a request costs with a thousand posts, and with a million."""

import argparse
import asyncio
import json
import statistics
import sys

import asyncpg

from benchmarks.serving import EMAIL, JSON_TYPE, PASSWORD, Case, Server, Site

_TIMES = 30
# Every post has one tag of ten, one of a thousand, and bodies are of some 2 KB.
_FILL = """
    INSERT INTO posts (slug, title, excerpt, body, author, tags, published, created_at)
    SELECT 'grown-' || n, 'Post number ' || n, 'What number ' || n || ' is about.',
           '<p>' || repeat(md5(n::text) || ' ', 60) || '</p>', 'The benchmark',
           ARRAY['tag-' || n % 10, 'rare-' || n % 1000], n % 10 < 9,
           timestamptz '2020-01-01Z' + n * interval '1 minute'
    FROM generate_series($1::int, $2::int) AS n
"""


def measure(site: Site, options: argparse.Namespace) -> None:
    sizes = sorted({1_000, 100_000, options.posts})
    measured: dict[str, list[float]] = {}
    filled = 0
    with site.api(CACHE_MAX_BYTES="0", pinned=True) as uncached, site.api() as api:
        for size in sizes:
            asyncio.run(_fill(site, filled + 1, size))
            filled = size
            for name, milliseconds in _readings(uncached, api, size).items():
                measured.setdefault(name, []).append(milliseconds)
            print(f"  measured: {size:,} posts", file=sys.stderr)
    print(f"\n### Growth: ms for one request, medians of {_TIMES}\n")
    print(f"| request | {' | '.join(f'{size:,} posts' for size in sizes)} | last to first |")
    print(f"|---|{'---:|' * (len(sizes) + 1)}")
    for name, times in measured.items():
        figures = " | ".join(f"{each:.2f}" for each in times)
        print(f"| {name} | {figures} | {times[-1] / times[0]:.2f} |")


def _readings(uncached: Server, api: Server, size: int) -> dict[str, float]:
    """In ms. The total is known but where the name says otherwise."""
    paths = {
        "page 1": "/api/v1/posts",
        "one post": "/api/v1/posts/grown-1",
        "page 1 of a tag of a tenth of all posts": "/api/v1/posts?tag=tag-1",
        "page 1 of a tag of a thousandth": "/api/v1/posts?tag=rare-1",
        "the middle page": f"/api/v1/posts?page={size // 20}",
        "the deepest page": f"/api/v1/posts?page={-(-size * 9 // 100)}",
    }
    readings: dict[str, float] = {}
    for name, path in paths.items():
        case = Case(name, path)
        uncached.send(case)
        readings[name] = _median(uncached.seconds_for(case) for _ in range(_TIMES))
    login = Case(
        "login", "/api/v1/auth/login", "POST", JSON_TYPE,
        json.dumps({"email": EMAIL, "password": PASSWORD}),
    )  # fmt: skip
    token = json.loads(api.send(login)["body"])["access_token"]
    authorized = {**JSON_TYPE, "Authorization": f"Bearer {token}"}
    written, listed, tagged = [], [], []
    for number in range(_TIMES):
        body = json.dumps({"title": f"New {size} {number}", "published": True, "tags": ["tag-1"]})
        create = Case("create", "/api/v1/posts", "POST", authorized, body, 201)
        written.append(api.seconds_for(create))
        listed.append(api.seconds_for(Case("list", "/api/v1/posts")))
        tagged.append(api.seconds_for(Case("list", "/api/v1/posts?tag=tag-1")))
    readings["create"] = _median(written)
    readings["the first list after a write, counted anew"] = _median(listed)
    readings["the same of a tag of a tenth"] = _median(tagged)
    return readings


def _median(seconds: object) -> float:
    return statistics.median(seconds) * 1000


async def _fill(site: Site, first: int, last: int) -> None:
    connection = await asyncpg.connect(site.postgres.url().replace("+asyncpg", ""))
    try:
        await connection.execute("ALTER TABLE posts DISABLE TRIGGER USER")
        await connection.execute(_FILL, first, last)
        await connection.execute("ALTER TABLE posts ENABLE TRIGGER USER")
        await connection.execute("VACUUM ANALYZE posts")
    finally:
        await connection.close()
