"""What a write holds while it works: nothing, until its HTML is clean."""

import asyncio

import pytest
from httpx import AsyncClient

from cms.identity.tests.factories import UserFactory
from cms.main import assemble
from cms.rich_text import router as rich_text
from cms.richtext import SafeHtml, fields
from tests.fixtures import connected, make_client, make_settings, make_token

WRITES = [
    ("POST", "/api/v1/posts", {"title": "Slow", "body": "<p>x</p>"}),
    ("PUT", "/api/v1/posts/slow", {"title": "Slow", "body": "<p>x</p>"}),
    ("POST", "/api/v1/pages", {"title": "Slow", "body": "<p>x</p>"}),
    ("PUT", "/api/v1/pages/slow", {"title": "Slow", "body": "<p>x</p>"}),
    ("PUT", "/api/v1/settings", {"site_name": "Slow", "footer_text": "<p>x</p>"}),
    ("POST", "/api/v1/rich-text/clean", {"html": "<p>x</p>"}),
]


@pytest.mark.parametrize(("method", "path", "payload"), WRITES)
async def test_a_read_needs_not_wait_for_html_that_is_being_cleaned(
    own_database_url: str,
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    path: str,
    payload: dict[str, str],
) -> None:
    """There is one connection: whoever holds it keeps everybody else waiting."""
    reached, go_on = asyncio.Event(), asyncio.Event()

    async def clean_slowly(html: str, _limit: int) -> SafeHtml:
        reached.set()
        await go_on.wait()
        return SafeHtml(html)

    async def clean_and_tell(html: str, limit: int) -> tuple[SafeHtml, list[object]]:
        return await clean_slowly(html, limit), []

    monkeypatch.setattr(fields, "clean_html", clean_slowly)
    monkeypatch.setattr(rich_text, "clean_html_and_tell", clean_and_tell)
    settings = make_settings(own_database_url, database_pool_size=1, cache_max_bytes=0)
    async with connected(settings) as database:
        user = UserFactory.build()
        async with database.session() as session:
            session.add(user)
        token = await make_token(database, settings, user)
        async with make_client(assemble(settings, database=database)) as client:
            client.headers["Authorization"] = f"Bearer {token}"
            writing = asyncio.create_task(client.request(method, path, json=payload))
            await reached.wait()
            read = await asyncio.wait_for(client.get("/api/v1/posts"), 5)
            go_on.set()
            written = await writing

    assert read.status_code == 200
    assert written.status_code in {200, 201, 404}


async def test_html_is_cleaned_for_nobody_without_a_token_of_ours(
    client: AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("cleaned for a stranger")

    monkeypatch.setattr(fields, "clean_html", refuse)
    monkeypatch.setattr(rich_text, "clean_html_and_tell", refuse)
    for method, path, payload in WRITES:
        for headers in ({}, {"Authorization": "Bearer forged"}):
            answer = await client.request(method, path, json=payload, headers=headers)
            assert answer.status_code == 401
