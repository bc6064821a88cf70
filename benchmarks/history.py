"""What history costs a write, and how long its first pages take with a million entries."""

import argparse
import asyncio
import json
import statistics
from contextlib import ExitStack

import asyncpg

from benchmarks.serving import EMAIL, JSON_TYPE, PASSWORD, Case, Server, Site

_WRITES = 300
_READS = 40
_ENTRIES = 1_000_000
_DOCUMENT = "019abf3e-7b1c-7d40-9d2f-2f4d6a1c0b55"
_BODY = "".join(f"<p>{'What a paragraph says, again. ' * 10}{n}</p>" for n in range(20))[:6_000]
# One document has a thousand entries, the others ten each.
_FILL = """
    INSERT INTO history (type, document_id, version, action, slug, title, changed_fields,
        changed_at, content)
    SELECT 'posts', CASE WHEN n % 1000 = 0 THEN $1::uuid ELSE md5((n / 10)::text)::uuid END, n,
        CASE n % 10 WHEN 0 THEN 'created' ELSE 'updated' END, 'post-' || n, 'Post ' || n, '{body}',
        now(), jsonb_build_object('title', 'Post ' || n, 'body', repeat(md5(n::text), 60))
    FROM generate_series(1, $2::int) AS n
"""
_COUNT = """
    INSERT INTO history_counts
    SELECT type, action, user_id, count(*) FROM history GROUP BY 1, 2, 3
"""


def measure(site: Site, _options: argparse.Namespace) -> None:
    with ExitStack() as stack:
        servers = {}
        for name in ("recorded", "unrecorded"):
            site.make_database(name)
            url = site.postgres.url(name)
            if name == "unrecorded":
                asyncio.run(
                    _run(
                        url,
                        "ALTER TABLE posts DISABLE TRIGGER cms_record, "
                        "DISABLE TRIGGER cms_record_update",
                    )
                )
            servers[name] = stack.enter_context(site.api(DATABASE_URL=url))
        _writes(servers["recorded"], servers["unrecorded"])
        asyncio.run(_fill(site.postgres.url("recorded")))
        _reads(servers["recorded"])


def _writes(recorded: Server, unrecorded: Server) -> None:
    tokens = {server: _log_in(server) for server in (recorded, unrecorded)}
    taken: dict[str, dict[Server, list[float]]] = {}
    for number in range(_WRITES):
        for server, headers in tokens.items():
            for name, case in _cases(number, headers).items():
                seconds = server.seconds_for(case)
                taken.setdefault(name, {}).setdefault(server, []).append(seconds)
    print(f"\n### History: ms for one write of a post of 6 KB, medians of {_WRITES} in turns\n")
    print("| request | with history | without | ratio |\n|---|---:|---:|---:|")
    for name, of_servers in taken.items():
        on, off = (statistics.median(of_servers[each]) * 1000 for each in (recorded, unrecorded))
        print(f"| {name} | {on:.2f} | {off:.2f} | {on / off:.2f} |", flush=True)


def _cases(number: int, headers: dict[str, str]) -> dict[str, Case]:
    post = {"title": f"Post {number}", "slug": f"post-{number}", "body": _BODY, "published": True}
    changed = post | {"title": f"Changed {number}", "body": _BODY.replace("again", "anew")}
    return {
        "create": Case("create", "/api/v1/posts", "POST", headers, json.dumps(post), 201),
        "replace": Case(
            "replace", f"/api/v1/posts/post-{number}", "PUT", headers, json.dumps(changed)
        ),
    }


def _reads(server: Server) -> None:
    headers = _log_in(server)
    print(f"\n### History: ms for a first page of {_ENTRIES:,} entries, {_READS} of each\n")
    print("| request | median | slowest |\n|---|---:|---:|")
    for query in ("", f"?id={_DOCUMENT}", "?type=posts", "?action=created", "?type=pages"):
        case = Case(query, f"/api/v1/history{query}", headers=headers)
        server.seconds_for(case)
        taken = [server.seconds_for(case) * 1000 for _ in range(_READS)]
        print(f"| `/history{query}` | {statistics.median(taken):.2f} | {max(taken):.2f} |")


def _log_in(server: Server) -> dict[str, str]:
    credentials = json.dumps({"email": EMAIL, "password": PASSWORD})
    answer = server.send(Case("login", "/api/v1/auth/login", "POST", JSON_TYPE, credentials))
    token = json.loads(answer["body"])["access_token"]
    return {**JSON_TYPE, "Authorization": f"Bearer {token}"}


async def _fill(url: str) -> None:
    """As a minute after the last of the writes, when their counts have been summed up."""
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        await connection.execute(
            "ALTER TABLE history DISABLE TRIGGER USER; TRUNCATE history_counts"
        )
        await connection.execute(_FILL, _DOCUMENT, _ENTRIES)
        await connection.execute(_COUNT)
        await connection.execute("ALTER TABLE history ENABLE TRIGGER USER")
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()


async def _run(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
