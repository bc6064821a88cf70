"""A link that works goes on working while its document is renamed, again and again."""

import asyncio
import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.harness import DurablePostgres, Server, running

pytestmark = pytest.mark.faults

PAGES = "/api/v1/pages"
SLUGS = ("here", "there")
RENAMES = int(os.environ.get("RENAMES", "1000"))
READERS = 8


async def test_the_old_slug_and_the_new_one_never_miss_their_document(
    checkout: Path, postgres: DurablePostgres, site_url: str, show: Callable[[str], None]
) -> None:
    server = Server(checkout, site_url, workers=2)
    answers: Counter[tuple[int, str | None]] = Counter()
    over = asyncio.Event()

    async def read(asked: str, other: str) -> None:
        async with server.client() as client:
            while not over.is_set():
                response = await client.get(f"{PAGES}/{asked}")
                expected = {200: None, 301: f"{PAGES}/{other}"}
                location = response.headers.get("location")
                answers[response.status_code, location] += 1
                assert response.status_code in expected, response.text
                assert location == expected[response.status_code]
                assert response.status_code == 301 or response.json()["title"] == "Moving"

    async with running(server), server.client(await server.log_in()) as editor:
        page = {"title": "Moving", "slug": "here", "published": True}
        assert (await editor.post(PAGES, json=page)).status_code == 201
        for old, new in (SLUGS, SLUGS[::-1]):  # so that both have been public
            await editor.patch(f"{PAGES}/{old}", json={"slug": new})
        async with asyncio.TaskGroup() as group:
            for number in range(READERS):
                group.create_task(read(*(SLUGS if number % 2 else SLUGS[::-1])))
            for number in range(RENAMES):
                old, new = SLUGS if number % 2 == 0 else SLUGS[::-1]
                renamed = await editor.patch(f"{PAGES}/{old}", json={"slug": new})
                assert renamed.status_code == 200, renamed.text
            over.set()

    show(f"{RENAMES:,} renames, {answers.total():,} reads: {dict(answers)}")
    assert server.faults == []
    assert len(answers) == 3, "both slugs lead to the other, and to the document"
    assert answers.total() > RENAMES
