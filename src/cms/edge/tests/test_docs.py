import re
from base64 import b64encode
from hashlib import sha256

import pytest
from httpx import AsyncClient

PAGES = ["/docs", "/redoc"]
REFERENCE = re.compile(r"""(?:src|href|url)\s*[=:]\s*["']([^"']+)["']""")


def directives(policy: str) -> dict[str, list[str]]:
    return {name: values for name, *values in (part.split() for part in policy.split(";"))}


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_refers_to_nothing_but_files_that_are_served_here(
    probe: AsyncClient, path: str
) -> None:
    page = await probe.get(path)

    references = REFERENCE.findall(page.text)
    assert len(references) >= 2
    for reference in references:
        assert reference.startswith("/")
        assert not reference.startswith("//")
        assert (await probe.get(reference)).status_code == 200


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_shows_the_document_of_this_api(probe: AsyncClient, path: str) -> None:
    page = await probe.get(path)

    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "/openapi.json" in page.text
    assert (await probe.get("/openapi.json")).json()["info"]["title"] in page.text
    assert ('"persistAuthorization": false' in page.text) == (path == "/docs")


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_may_run_its_own_scripts_and_load_from_here_alone(
    probe: AsyncClient, path: str
) -> None:
    page = await probe.get(path)

    policy = directives(page.headers["Content-Security-Policy"])
    inline = re.findall(r"<script>(.*?)</script>", page.text, re.DOTALL)
    hashes = [f"'sha256-{b64encode(sha256(s.encode()).digest()).decode()}'" for s in inline]
    assert policy["default-src"] == ["'none'"]
    assert policy["script-src"] == ["'self'", *hashes]
    assert policy["frame-ancestors"] == ["'none'"]
    sources = {source for values in policy.values() for source in values} - set(hashes)
    assert sources == {"'none'", "'self'", "'unsafe-inline'", "data:", "blob:"}
    assert "'unsafe-inline'" not in policy["script-src"]


async def test_redoc_has_its_logo_from_here(probe: AsyncClient) -> None:
    script = await probe.get("/docs/assets/redoc.standalone.js")

    assert script.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert "/docs/assets/favicon.png" in script.text
    assert "cdn.redoc.ly" not in script.text


async def test_an_asset_outside_of_the_folder_is_not_found(probe: AsyncClient) -> None:
    for path in ("/../__init__.py", "/%2e%2e/__init__.py", "/..%2f__init__.py", "/"):
        assert (await probe.get(f"/docs/assets{path}")).status_code == 404
