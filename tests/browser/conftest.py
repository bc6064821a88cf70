"""What the browser tests share: Chromium, and a website on this machine."""

from collections.abc import AsyncIterator, Iterator

import pytest
from playwright.async_api import Browser

from tests.browser import site as sites
from tests.browser.chromium import MISSING, chromium, find_chromium
from tests.browser.site import Site
from tests.browser.watch import Watch


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """Here and not in a fixture: nothing is started then, and pytest says it once for all tests."""
    if find_chromium() is None:
        pytest.skip(MISSING)


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    with sites.running() as site:
        yield site


@pytest.fixture
async def watch(browser: Browser, site: Site) -> AsyncIterator[Watch]:
    async with Watch.of(browser, site) as watch:
        yield watch
