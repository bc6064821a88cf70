"""The application itself, as its processes serve it: to a website, and to its own documentation."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from itertools import starmap
from pathlib import Path

import pytest
from httpx import AsyncClient
from playwright.async_api import Browser, Page

from cms.kernel.config import ROOT
from cms.richtext.tests.hostile import HOSTILE, TOO_DEEP
from cms.richtext.tests.judge import clean
from tests.browser.watch import Watch
from tests.faults.harness import Server, add_admin, running

pytestmark = pytest.mark.browser

POSTS = "/api/v1/posts"
AT_ONCE = 8


@pytest.fixture(scope="module")
async def server(
    own_database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Server]:
    await add_admin(own_database_url)
    checkout = tmp_path_factory.mktemp("application") / "checkout"
    ignored = shutil.ignore_patterns("web")
    shutil.copytree(ROOT / "src", Path(checkout) / "src", ignore=ignored)
    shutil.copytree(ROOT / "migrations", Path(checkout) / "migrations")
    server = Server(checkout, own_database_url, workers=1)
    async with running(server):
        yield server
        assert server.faults == []


async def stored(editor: AsyncClient, visitor: AsyncClient, title: str, body: str) -> str:
    """The body as a visitor is given it, after an editor has published it."""
    response = await editor.post(POSTS, json={"title": title, "body": body, "published": True})
    assert response.status_code == 201
    response = await visitor.get(response.headers["Location"])
    assert response.status_code == 200
    read: str = response.json()["body"]
    return read


@pytest.mark.attack("H3")
async def test_nothing_of_a_published_post_acts_in_a_page(server: Server, watch: Watch) -> None:
    turns = asyncio.Semaphore(AT_ONCE)

    async def in_turn(number: int, body: str) -> str:
        async with turns:
            return await stored(editor, visitor, f"Post {number}", body)

    async with server.client(await server.log_in()) as editor, server.client() as visitor:
        bodies = await asyncio.gather(*starmap(in_turn, enumerate(HOSTILE)))

    assert bodies == [clean(markup) for markup in HOSTILE]
    shown = sorted(set(bodies))
    records = await watch.visit(shown, ["served", "template"])
    acts = {body: record.acts(body) for body, record in zip(shown, records, strict=True)}
    assert {body: notes for body, notes in acts.items() if notes} == {}
    assert watch.elsewhere.notes == []


@pytest.mark.attack("H8")
async def test_what_a_browser_would_flatten_is_not_stored(server: Server) -> None:
    async with server.client(await server.log_in()) as editor:
        for markup in TOO_DEEP:
            response = await editor.post(POSTS, json={"title": "Deep", "body": markup})
            assert response.status_code == 422
        assert (await editor.get(f"{POSTS}/deep?status=all")).status_code == 404


@pytest.fixture
async def page(browser: Browser) -> AsyncIterator[Page]:
    context = await browser.new_context()
    yield await context.new_page()
    await context.close()


@pytest.mark.parametrize(
    ("path", "shown"), [("/docs", "#operations-posts-create_post"), ("/redoc", "[id$=create_post]")]
)
async def test_the_documentation_renders_from_this_machine_alone(
    server: Server, page: Page, path: str, shown: str
) -> None:
    asked: list[str] = []
    wrong: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda line: wrong.append(line.text) if line.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))

    await page.goto(f"{server.url}{path}", wait_until="networkidle")
    await page.locator(shown).first.wait_for()

    local = (server.url, "data:", "blob:")
    assert [url for url in asked if not url.startswith(local)] == []
    assert wrong == []
