"""The cookie of an editors' session in Chromium, over plain HTTP of this machine as `make run` serves it."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page

from cms.identity.tests.factories import PASSWORD
from cms.kernel.config import ROOT
from tests.faults.harness import ADMIN, Server, add_admin, running

pytestmark = pytest.mark.browser

POST = """async ([path, asked, body]) => {
    const headers = { ...(asked && {'X-Session': 'cookie'}), ...(body && {'Content-Type': 'application/json'}) };
    const init = { method: 'POST', headers, body: body && JSON.stringify(body), credentials: 'include' };
    try {
        const response = await fetch(path, init);
        return [response.status, (await response.text()).includes('refresh_token'), document.cookie];
    } catch { return 'refused'; }
}"""


@pytest.fixture(scope="module")
async def server(
    own_database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Server]:
    await add_admin(own_database_url)
    checkout = tmp_path_factory.mktemp("session") / "checkout"
    ignored = shutil.ignore_patterns("web")
    shutil.copytree(ROOT / "src", Path(checkout) / "src", ignore=ignored)
    shutil.copytree(ROOT / "migrations", Path(checkout) / "migrations")
    server = Server(checkout, own_database_url, workers=1)
    async with running(server):
        yield server


async def post(page: Page, url: str, *, asked: bool = True, body: Any = None) -> Any:
    return await page.evaluate(POST, [url, asked, body])


@pytest.mark.attack("T25")
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_a_tab_stays_logged_in_and_no_other_origin_can_use_its_cookie(
    browser: Browser, server: Server, host: str
) -> None:
    own = server.url.replace("127.0.0.1", host)
    # The same site for the browser, so that SameSite lets the cookie through: another origin all the same.
    other = server.like()
    async with running(other), await browser.new_context() as context:
        page, stranger = await context.new_page(), await context.new_page()
        await page.goto(f"{own}/healthz")
        await stranger.goto(f"{other.url.replace('127.0.0.1', host)}/healthz")
        auth = f"{own}/api/v1/auth"
        login = {"email": ADMIN, "password": PASSWORD}

        assert await post(page, f"{auth}/login", body=login) == [200, False, ""]
        for _ in range(2):
            assert await post(page, f"{auth}/refresh") == [200, False, ""]
            assert await post(stranger, f"{auth}/refresh") == "refused"
            assert await post(stranger, f"{auth}/logout", asked=False) == "refused"
        assert (await post(page, f"{auth}/refresh", asked=False))[0] == 422
        assert await post(page, f"{auth}/logout") == [204, False, ""]
        assert (await post(page, f"{auth}/refresh"))[0] == 401
        assert await context.cookies() == []
