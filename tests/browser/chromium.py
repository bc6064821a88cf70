"""The browser that the machine has: none is downloaded."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, async_playwright

MISSING = (
    "Chromium is not installed, so nothing was tried in a browser. Install the package chromium "
    "(Debian: apt-get install --no-install-recommends chromium)."
)
# The same engine without windows and menus comes first: it shows the same pages in half of the time.
_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")

# It shall speak to nothing but this machine: not to its maker, and not to what a page names.
_OFFLINE = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-quic",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
    "--no-first-run",
    "--disable-gpu",
)


def find_chromium() -> str | None:
    return next(filter(None, map(shutil.which, _NAMES)), None)


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    # Its sandbox refuses to start for root.
    as_root = ["--no-sandbox"] if os.geteuid() == 0 else []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=find_chromium(), args=[*_OFFLINE, *as_root]
        )
        try:
            yield browser
        finally:
            await browser.close()
