"""F12: a connection that is lost around COMMIT, when nobody can know what has become of it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

import pytest
from httpx import AsyncClient, Response

from tests.faults.backends import query
from tests.faults.harness import Server, running
from tests.faults.proxy import Loss, Proxy, proxy

pytestmark = [pytest.mark.faults, pytest.mark.timed]

POSTS = "/api/v1/posts"
BOTH = pytest.mark.parametrize("loss", Loss)


@asynccontextmanager
async def fragile(
    checkout: Path, site_url: str, loss: Loss
) -> AsyncIterator[tuple[AsyncClient, Proxy]]:
    """An editor of a server whose connections pass through a proxy, which is to lose one."""
    with TemporaryDirectory(prefix="cms-proxy-") as folder:
        async with proxy(site_url, Path(folder)) as relay:
            server = Server(checkout, relay.url(site_url), workers=1, LISTEN_DATABASE_URL=site_url)
            async with running(server), server.client(await server.log_in()) as editor:
                yield editor, relay
                assert relay.lost == 1, loss
            assert server.faults == []


async def stored(site_url: str, slug: str) -> list[str]:
    """The titles of whatever stands under that slug, or under another made from it."""
    rows = await query(site_url, "SELECT title FROM posts WHERE slug LIKE $1 || '%'", slug)
    return [row["title"] for row in rows]


def assert_unavailable(answer: Response, seconds: float) -> None:
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "1"
    assert seconds < 2


@pytest.mark.attack("F12")
@BOTH
async def test_a_retried_create_makes_no_duplicate(
    checkout: Path, site_url: str, loss: Loss
) -> None:
    slug = f"created-{loss.name.lower().replace('_', '-')}"
    document = {"title": "Once", "slug": slug, "published": True}
    async with fragile(checkout, site_url, loss) as (editor, relay):
        assert (await editor.get(f"{POSTS}/{slug}")).status_code == 404
        relay.loses_next = loss
        began = monotonic()
        unknown = await editor.post(POSTS, json=document)
        assert_unavailable(unknown, monotonic() - began)
        was_done = loss is Loss.OF_ITS_ANSWER
        assert await stored(site_url, slug) == ["Once"] * was_done
        assert (await editor.get(f"{POSTS}/{slug}")).status_code == (200 if was_done else 404)

        retried = await editor.post(POSTS, json=document)

        assert retried.status_code == (409 if was_done else 201)
        assert (await editor.get(f"{POSTS}/{slug}")).json()["title"] == "Once"
    assert await stored(site_url, slug) == ["Once"]


@pytest.mark.attack("F12")
@BOTH
async def test_a_retried_replacement_is_applied_once(
    checkout: Path, site_url: str, loss: Loss
) -> None:
    slug = f"replaced-{loss.name.lower().replace('_', '-')}"
    async with fragile(checkout, site_url, loss) as (editor, relay):
        created = await editor.post(POSTS, json={"title": "Old", "slug": slug, "published": True})
        condition = {"If-Match": created.headers["ETag"]}
        document = {"title": "New", "published": True}
        relay.loses_next = loss
        began = monotonic()
        unknown = await editor.put(f"{POSTS}/{slug}", json=document, headers=condition)
        assert_unavailable(unknown, monotonic() - began)
        was_done = loss is Loss.OF_ITS_ANSWER
        expected = "New" if was_done else "Old"
        assert (await editor.get(f"{POSTS}/{slug}")).json()["title"] == expected

        retried = await editor.put(f"{POSTS}/{slug}", json=document, headers=condition)

        assert retried.status_code == (412 if was_done else 200)
        assert (await editor.get(f"{POSTS}/{slug}")).json()["title"] == "New"
    assert await stored(site_url, slug) == ["New"]


@pytest.mark.attack("F12")
@BOTH
async def test_a_retried_deletion_deletes_nothing_else(
    checkout: Path, site_url: str, loss: Loss
) -> None:
    slug = f"deleted-{loss.name.lower().replace('_', '-')}"
    async with fragile(checkout, site_url, loss) as (editor, relay):
        await editor.post(POSTS, json={"title": "Gone", "slug": slug, "published": True})
        relay.loses_next = loss
        began = monotonic()
        unknown = await editor.delete(f"{POSTS}/{slug}")
        assert_unavailable(unknown, monotonic() - began)
        was_done = loss is Loss.OF_ITS_ANSWER

        retried = await editor.delete(f"{POSTS}/{slug}")

        assert retried.status_code == (404 if was_done else 204)
        assert (await editor.get(f"{POSTS}/{slug}")).status_code == 404
    assert await stored(site_url, slug) == []
