"""A backup restored as README says, under readers: nothing half-restored is told, nor remembered."""

import asyncio
import os
import random
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import NamedTuple

import pytest
from sqlalchemy import make_url

from cms.kernel import ROOT
from dev.cluster import program
from tests.faults.backends import query
from tests.faults.harness import Server, eventually, running

pytestmark = [pytest.mark.faults, pytest.mark.timed]

API = "/api/v1"
LATEST_SECONDS = 1.0
READERS = 6
PATHS = (
    *(f"{API}/posts/post-{number}" for number in (1, 2, 3, 4)),
    f"{API}/posts",
    f"{API}/posts?tag=odd",
    f"{API}/posts?sort=title&per_page=50",
    f"{API}/pages",
    f"{API}/settings",
    f"{API}/pages/page-1",
)
OF_EDITORS = (f"{API}/users/me", f"{API}/working-copies", f"{API}/schedule")
DOCUMENTS = """
    INSERT INTO posts (slug, title, body, tags, published)
    SELECT 'post-' || n, 'Post ' || n, repeat('word ', 2000), CASE n % 2 WHEN 1 THEN '{odd}' ELSE '{}' END::text[],
        true FROM generate_series(1, 200) AS n;
    INSERT INTO pages (slug, title, body, published)
    SELECT 'page-' || n, 'Page ' || n, '', true FROM generate_series(1, 5) AS n;
    INSERT INTO working_copies (type, document_id, content, base_etag, user_id, user_email)
    SELECT 'posts', id, '{"title": "Kept"}', '', id, 'editor@ours.test' FROM posts
    WHERE slug IN ('post-1', 'post-2', 'post-3');
    INSERT INTO schedules (type, document_id, unpublish_at, set_by_id, set_by_email)
    SELECT 'posts', id, '2099-01-01Z', id, 'planner@ours.test' FROM posts
    WHERE slug IN ('post-1', 'post-4');
"""
LATER = """
    DELETE FROM posts WHERE slug IN ('post-1', 'post-33');
    UPDATE posts SET title = 'Edited', tags = '{odd,new}' WHERE slug IN ('post-2', 'post-5');
    UPDATE site_settings SET site_name = 'Edited';
    UPDATE working_copies SET content = '{"title": "Edited"}';
    UPDATE schedules SET unpublish_at = '2098-01-01Z';
    INSERT INTO pages (slug, title, body, published) VALUES ('new', 'New', '', true);
"""
EMPTY = "DROP SCHEMA public CASCADE; CREATE SCHEMA public"
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"

[SECTION] = re.findall(
    r"### Backup and restore\n\n```sh\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL
)
DUMP, RESTORE, ROWS = (re.sub(r"(?m)^#.*\n", "", part) for part in SECTION.split("\n\n"))


class Seen(NamedTuple):
    """One answer: when it was asked for, and what was told."""

    at: float
    path: str
    answer: tuple[int, str]


async def shell(command: str, database_url: str, folder: Path) -> None:
    """Runs README's words in this test's own server and database."""
    place = make_url(database_url)
    role = "postgres" if "psql" in command else "cms"
    for theirs, ours in (
        ("docker compose exec -T database ", ""),
        (f"-U {role} -d cms", f"-U postgres -d {place.database}"),
    ):
        assert theirs in command
        command = command.replace(theirs, ours)
    path = f"{Path(program('psql')).parent}:{os.environ['PATH']}"
    process = await asyncio.create_subprocess_exec(
        *("bash", "-euo", "pipefail", "-c", command),
        cwd=folder,
        env={"PATH": path, "PGHOST": str(place.query["host"]), "PGPORT": "5432"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()


async def contents(database_url: str) -> dict[str, str]:
    """A digest of every table's rows."""
    digest = "SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) AS digest FROM public.{} AS t"
    tables = [row["tablename"] for row in await query(database_url, TABLES)]
    return {table: (await query(database_url, digest.format(table)))[0][0] for table in tables}


async def execute(database_url: str, statements: str) -> None:
    for statement in statements.split(";"):
        if statement.strip():
            await query(database_url, statement)


async def answers(server: Server) -> dict[str, tuple[int, str]]:
    async with server.client() as client:
        found = [(path, await client.get(path)) for path in PATHS]
        return {path: (answer.status_code, answer.text) for path, answer in found}


class Reader:
    """Asks all the time, and keeps what it was told; with a token, as an editor too."""

    def __init__(self, server: Server, token: str) -> None:
        self._server, self._token = server, token
        self.seen: list[Seen] = []

    async def live(self, over: asyncio.Event) -> None:
        async with self._server.client(self._token) as client:
            while not over.is_set():
                path = random.choice((*PATHS, *OF_EDITORS))
                at = monotonic()
                answer = await client.get(path)
                self.seen.append(Seen(at, path, (answer.status_code, answer.text)))


@pytest.mark.parametrize(
    ("command", "before"),
    [
        pytest.param(RESTORE, "", id="over the live one"),
        pytest.param(RESTORE.replace(" --single-transaction", ""), "", id="table by table"),
        pytest.param(RESTORE, EMPTY, id="into an empty one"),
        pytest.param(RESTORE.replace(" --single-transaction", ""), EMPTY, id="empty, by table"),
        pytest.param(ROWS, "", id="rows alone"),
    ],
)
async def test_a_restore_under_readers_is_told_whole_or_not_at_all(
    checkout: Path,
    site_url: str,
    tmp_path: Path,
    command: str,
    before: str,
    show: Callable[[str], None],
) -> None:
    await execute(site_url, "DELETE FROM posts; DELETE FROM pages;" + DOCUMENTS)
    server = Server(checkout, site_url, workers=2)
    async with running(server):
        token = await server.log_in()
        await eventually(lambda: indexed(site_url))
        await shell(DUMP, site_url, tmp_path)
        stored, backup = await contents(site_url), await answers(server)
        await execute(site_url, LATER)
        await eventually(lambda: asked_for(server, "Edited"))
        lost = await answers(server)
        readers, over = [Reader(server, token) for _ in range(READERS)], asyncio.Event()
        async with asyncio.TaskGroup() as group:
            for reader in readers:
                group.create_task(reader.live(over))
            await eventually(lambda: sum(len(each.seen) for each in readers) > 300)
            began = monotonic()
            try:
                await execute(site_url, before)
                await shell(command, site_url, tmp_path)
                ended = monotonic()
                await asyncio.sleep(3)
            finally:
                over.set()
        assert await contents(site_url) | volatile(stored) == stored | volatile(stored)

    seen = [each for reader in readers for each in reader.seen if each.at >= began]
    public = [each for each in seen if each.path in PATHS]
    told = Counter(each.answer[0] for each in seen)
    wrong = [
        (each.path, each.answer[0], each.answer[1][:200])
        for each in public
        if each.answer[0] != 503 and each.answer not in (backup[each.path], lost[each.path])
    ]
    wrong += [
        (each.path, *each.answer)
        for each in seen
        if each.path not in PATHS and each.answer[0] not in {200, 503}
    ]
    late = [each.at - ended for each in public if each.answer != backup[each.path]]
    seconds = max(0.0, *late)
    show(
        f"{len(seen)} answers in {ended - began:.1f} s and 3 s after it ({dict(told)}): {len(wrong)} "
        f"wrong, {sum(status >= 500 and status != 503 for status in told.elements())} of 500; "
        f"{seconds:.2f} s from its end to true answers alone"
    )
    assert wrong == []
    assert server.faults == []
    assert seconds <= LATEST_SECONDS


async def indexed(database_url: str) -> bool:
    return not await query(database_url, "SELECT id FROM search_changes")


async def asked_for(server: Server, title: str) -> bool:
    return title in (await answers(server))[f"{API}/settings"][1]


def volatile(tables: dict[str, str]) -> dict[str, str]:
    """What the API goes on writing to: sessions in use, counts of who comes, how far it has indexed."""
    return {
        name: digest
        for name, digest in tables.items()
        if name in {"auth_sessions", "rate_limits", "history_counts", "search_types"}
    }


async def test_no_etag_of_what_a_restore_has_undone_is_good_for_what_is_made_after_it(
    checkout: Path, site_url: str, tmp_path: Path
) -> None:
    await execute(site_url, "DELETE FROM posts")
    server = Server(checkout, site_url, workers=1)
    async with running(server), server.client(await server.log_in()) as editor:
        post = f"{API}/posts/twice"
        await editor.post(f"{API}/posts", json={"title": "1", "slug": "twice", "published": True})
        await shell(DUMP, site_url, tmp_path)
        lost = await editor.put(post, json={"title": "lost", "published": True})
        await shell(RESTORE, site_url, tmp_path)

        made = await editor.put(post, json={"title": "other", "published": True})

        assert made.status_code == 200
        assert made.headers["ETag"] != lost.headers["ETag"]
        known = {"If-None-Match": lost.headers["ETag"]}
        assert (await editor.get(post, headers=known)).json()["title"] == "other"
        over = {"If-Match": lost.headers["ETag"]}
        assert (await editor.put(post, json={"title": "x"}, headers=over)).status_code == 412
