"""The editors' app as it is served: which files, for how long, and what it may do."""

from collections.abc import AsyncIterator
from importlib import import_module
from pathlib import Path

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient

from cms.edge.admin import mount_admin
from cms.kernel import Database, Settings
from tests.fixtures import make_client
from tests.probe import make_probe

PAGE = b"<!doctype html><title>Admin</title>"
SCRIPT = "_app/immutable/start.abc.js"


@pytest.fixture
def build(tmp_path: Path) -> Path:
    (tmp_path / SCRIPT).parent.mkdir(parents=True)
    (tmp_path / "index.html").write_bytes(PAGE)
    (tmp_path / SCRIPT).write_text("start()")
    (tmp_path / f"{SCRIPT}.br").write_bytes(b"packed")
    return tmp_path


@pytest.fixture
async def browser(build: Path) -> AsyncIterator[AsyncClient]:
    app = FastAPI()
    mount_admin(app, build, "")
    async with AsyncClient(transport=ASGITransport(app), base_url="http://test") as client:
        yield client


@pytest.mark.parametrize("path", ["/admin", "/admin/", "/admin/posts?status=draft", "/admin/a/b"])
async def test_every_address_of_the_app_is_its_one_page_asked_for_anew(
    browser: AsyncClient, path: str
) -> None:
    page = await browser.get(path)

    assert page.content == PAGE
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert page.headers["Cache-Control"] == "no-cache"
    again = await browser.get(path, headers={"If-None-Match": page.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert (await browser.get(path, headers={"If-None-Match": '"older"'})).content == PAGE


async def test_hashed_files_are_kept_for_good_and_sent_compressed(browser: AsyncClient) -> None:
    plain = await browser.get(f"/admin/{SCRIPT}", headers={"Accept-Encoding": "identity"})
    asked = browser.stream("GET", f"/admin/{SCRIPT}", headers={"Accept-Encoding": "gzip, br"})
    async with asked as packed:
        raw = b"".join([part async for part in packed.aiter_raw()])

    assert plain.text == "start()"
    assert "immutable" in plain.headers["Cache-Control"]
    assert (packed.headers["Content-Encoding"], raw) == ("br", b"packed")
    assert plain.headers["Vary"] == packed.headers["Vary"] == "Accept-Encoding"


@pytest.mark.parametrize(
    "accepted", ["br;q=0", "BR; Q=0.000, *;q=0", "brotli", "gzip;q=0, br; q=0."]
)
async def test_who_cannot_unpack_it_gets_it_as_it_is(browser: AsyncClient, accepted: str) -> None:
    plain = await browser.get(f"/admin/{SCRIPT}", headers={"Accept-Encoding": accepted})

    assert "Content-Encoding" not in plain.headers
    assert plain.text == "start()"


async def test_a_small_weight_is_no_refusal(browser: AsyncClient) -> None:
    asked = browser.stream("GET", f"/admin/{SCRIPT}", headers={"Accept-Encoding": "br;q=0.001"})
    async with asked as packed:
        assert packed.headers["Content-Encoding"] == "br"


@pytest.mark.parametrize("path", ["_app/immutable/old.js", "_app/..%2f..%2fsecret", "_app/"])
async def test_a_file_that_is_not_there_is_not_found(browser: AsyncClient, path: str) -> None:
    assert (await browser.get(f"/admin/{path}")).status_code == 404


async def test_it_runs_its_own_scripts_alone_and_in_no_frame(browser: AsyncClient) -> None:
    policy = (await browser.get("/admin")).headers["Content-Security-Policy"]

    assert "default-src 'self'" in policy
    assert "script-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe-inline" not in policy
    assert "unsafe-eval" not in policy


async def test_below_a_path_the_page_names_its_files_there(build: Path) -> None:
    (build / "index.html").write_text(f'<script src="/admin/{SCRIPT}"></script>')
    mount_admin(app := FastAPI(), build, "/cms")

    async with AsyncClient(transport=ASGITransport(app), base_url="http://test") as client:
        page = (await client.get("/admin/posts")).text

    assert page == f'<script src="/cms/admin/{SCRIPT}"></script>'


async def test_without_a_build_the_api_says_why_and_goes_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    mount_admin(app := FastAPI(), tmp_path, "")

    assert [record.getMessage().split(":")[0] for record in caplog.records] == ["no /admin"]
    async with AsyncClient(transport=ASGITransport(app), base_url="http://test") as client:
        assert (await client.get("/admin")).status_code == 404


@pytest.mark.parametrize(("admin_app", "status"), [("on", 200), ("off", 404)])
async def test_an_installation_switches_it_off(
    settings: Settings,
    database: Database,
    build: Path,
    monkeypatch: pytest.MonkeyPatch,
    admin_app: str,
    status: int,
) -> None:
    monkeypatch.setattr(import_module("cms.edge.install"), "ADMIN_BUILD", build)
    app = make_probe(settings.model_copy(update={"admin_app": admin_app}), database)

    async with make_client(app) as client:
        assert (await client.get("/admin")).status_code == status
