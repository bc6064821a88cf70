"""F9: PostgreSQL has no room left for the site's data."""

import asyncio
import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path
from secrets import token_hex
from tempfile import TemporaryDirectory

import pytest
from httpx import AsyncClient

from tests.faults.backends import query
from tests.faults.harness import DurablePostgres, Server, add_admin, eventually, running
from tests.fixtures import migrate

pytestmark = pytest.mark.faults

API = "/api/v1"
MEGABYTES = 40
RECOVERY_SECONDS = 5.0
SITE = "disk_full"


class Disk:
    """A small one, that can be filled and freed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"

    def fill(self) -> None:
        with self._ballast.open("ab", buffering=0) as ballast, suppress(OSError):
            while ballast.write(bytes(4096)):
                pass

    def free(self) -> None:
        self._ballast.unlink(missing_ok=True)


@pytest.fixture
def disk(postgres: DurablePostgres) -> Iterator[Disk]:
    data = (postgres.folder / "data").stat()
    with TemporaryDirectory(prefix="cms-disk-") as folder:
        options = f"size={MEGABYTES}m,mode=700,uid={data.st_uid},gid={data.st_gid}"
        command = ("mount", "-t", "tmpfs", "-o", options, "tmpfs", folder)
        mount = shutil.which("mount")
        if os.geteuid() != 0 or mount is None:
            pytest.skip("only root can mount a small disk to fill")
        mounted = subprocess.run(command, check=False, capture_output=True, text=True)
        if mounted.returncode:
            pytest.skip(f"this machine mounts no tmpfs: {mounted.stderr.strip()}")
        try:
            yield Disk(Path(folder))
        finally:
            subprocess.run(("umount", "--lazy", folder), check=True)


@pytest.fixture
async def url(postgres: DurablePostgres, disk: Disk) -> AsyncIterator[str]:
    """A site whose every table and index is on that disk."""
    space = disk.folder / "space"
    space.mkdir(mode=0o700)
    owner = disk.folder.stat()
    os.chown(space, owner.st_uid, owner.st_gid)
    administration = postgres.url("postgres")
    await query(administration, f"CREATE TABLESPACE small LOCATION '{space}'")
    try:
        await query(administration, f"CREATE DATABASE {SITE} TABLESPACE small")
        await asyncio.to_thread(migrate, postgres.url(SITE))
        await add_admin(postgres.url(SITE))
        yield postgres.url(SITE)
    finally:
        disk.free()
        await query(administration, f"DROP DATABASE IF EXISTS {SITE} WITH (FORCE)")
        await query(administration, "DROP TABLESPACE small")


def post(slug: str) -> dict[str, object]:
    """A document that takes room, however well it is compressed."""
    return {"title": slug, "slug": slug, "published": True, "body": f"<p>{token_hex(100_000)}</p>"}


@pytest.mark.attack("F9")
async def test_on_a_full_disk_writes_are_unavailable_and_reads_go_on(
    checkout: Path, url: str, disk: Disk
) -> None:
    server = Server(checkout, url, workers=1)
    stored: dict[str, dict[str, object]] = {}
    refused: list[str] = []

    async def write(editor: AsyncClient, slug: str) -> int:
        document = post(slug)
        answer = await editor.post(f"{API}/posts", json=document)
        if answer.status_code == 201:
            stored[slug] = document
        else:
            assert answer.status_code == 503
            assert int(answer.headers["Retry-After"]) >= 1
            assert answer.headers["Content-Type"] == "application/problem+json"
            assert "No space left" not in answer.text
            refused.append(slug)
        return answer.status_code

    async def assert_reads_go_on(editor: AsyncClient) -> None:
        for path in ("/healthz", "/readyz", f"{API}/posts?per_page=100", f"{API}/settings"):
            assert (await editor.get(path)).status_code == 200
        for slug, document in stored.items():
            # With a status an answer comes from the database, and not from memory.
            for query_ in ("", "?status=all"):
                answer = await editor.get(f"{API}/posts/{slug}{query_}")
                assert answer.status_code == 200
                assert answer.json()["body"] == document["body"]
        for slug in refused:
            assert (await editor.get(f"{API}/posts/{slug}?status=all")).status_code == 404

    async with running(server), server.client(await server.log_in()) as editor:
        workers = [worker.pid for worker in server.workers]
        assert await write(editor, "before") == 201
        disk.fill()
        for number in range(40):  # some may find room within the files that there are
            await write(editor, f"full-{number}")
        assert len(refused) >= 20
        replaced = await editor.put(f"{API}/posts/before", json=post("before"))
        assert replaced.status_code == 503
        await assert_reads_go_on(editor)

        disk.free()

        async def has_recovered() -> bool:
            return await write(editor, f"after-{len(stored) + len(refused)}") == 201

        await eventually(has_recovered, RECOVERY_SECONDS)
        await assert_reads_go_on(editor)
        assert [worker.pid for worker in server.workers] == workers
    assert server.faults == []
