"""Below a path of a real nginx, which removes that path or passes it on: nothing leads past it."""

import re
import shutil
from collections.abc import AsyncIterator
from http.cookies import SimpleCookie
from pathlib import Path

import httpx
import pytest

from cms.identity.cookie import COOKIE
from cms.identity.tests.factories import PASSWORD
from tests.faults.harness import ADMIN, PATIENCE_SECONDS, PATIENT, Server, running
from tests.faults.web_proxy import CONFIGURATIONS, web_proxy

pytestmark = pytest.mark.faults

ROOT = "/cms"
REFERENCE = re.compile(r"""(?:src|href|url)\s*[=:]\s*["']([^"']+)["']""")
SCRIPT = "_app/immutable/start.js"


@pytest.fixture(scope="module")
async def server(checkout: Path, site_url: str) -> AsyncIterator[Server]:
    """With an editors' app that is as small as one can be."""
    build = checkout / "src/web/admin/build"
    (build / SCRIPT).parent.mkdir(parents=True)
    (build / SCRIPT).write_text("start()")
    (build / "index.html").write_text(f'<script src="/admin/{SCRIPT}"></script>')
    server = Server(checkout, site_url, workers=1, ROOT_PATH=ROOT, **PATIENT)
    try:
        async with running(server):
            yield server
    finally:
        shutil.rmtree(checkout / "src/web")


@pytest.mark.parametrize("remains", ["/", ""])
@pytest.mark.parametrize("name", ["nginx, proxy_pass", "nginx, keepalive"])
async def test_nothing_leads_past_the_path(
    name: str, remains: str, server: Server, tmp_path: Path
) -> None:
    nginx = web_proxy(CONFIGURATIONS[name], server.address[1], tmp_path, ROOT, remains)
    with nginx as port:
        async with httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=PATIENCE_SECONDS
        ) as client:
            assert (await client.get("/api/v1/posts")).status_code == 404  # nginx's own
            await assert_documents_are_found(client)
            for page in ("/docs", "/redoc", "/admin", "/admin/posts"):
                await assert_files_are_found(client, page)
            document = (await client.get(f"{ROOT}/openapi.json")).json()
            [api] = document["servers"]
            assert (await client.get(f"{api['url']}/api/v1/posts")).status_code == 200


async def assert_documents_are_found(client: httpx.AsyncClient) -> None:
    login = await client.post(
        f"{ROOT}/api/v1/auth/login",
        json={"email": ADMIN, "password": PASSWORD},
        headers={"X-Session": "cookie"},
    )
    cookie = SimpleCookie(login.headers["Set-Cookie"])[COOKIE]
    kept = {"X-Session": "cookie", "Cookie": f"{COOKIE}={cookie.value}"}
    refreshed = await client.post(f"{cookie['path']}/refresh", headers=kept)
    editor = {"Authorization": f"Bearer {refreshed.json()['access_token']}"}
    made = await client.post(
        f"{ROOT}/api/v1/posts", json={"title": "One", "published": True}, headers=editor
    )
    at_first = made.headers["Location"]
    assert at_first.startswith(f"{ROOT}/api/v1/posts/one")
    assert (await client.get(at_first)).json()["id"] == made.json()["id"]

    slug = f"moved-{made.json()['id']}"
    patched = await client.patch(at_first, json={"slug": slug}, headers=editor)
    assert patched.status_code == 200
    moved = await client.get(at_first, follow_redirects=True)

    assert [each.status_code for each in (*moved.history, moved)] == [301, 200]
    assert moved.url.path == f"{ROOT}/api/v1/posts/{slug}"


async def assert_files_are_found(client: httpx.AsyncClient, page: str) -> None:
    shown = await client.get(ROOT + page)

    assert shown.headers["Content-Type"] == "text/html; charset=utf-8"
    references = REFERENCE.findall(shown.text)
    assert references
    for reference in references:
        found = await client.get(reference)
        assert found.status_code == 200, reference
        assert found.headers["Content-Type"] != "text/html; charset=utf-8", reference
