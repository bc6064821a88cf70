"""`/docs` and `/redoc` from assets on this machine: no CDN, no outside request."""

import re
from base64 import b64encode
from functools import cache
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

from fastapi import APIRouter, FastAPI
from fastapi.openapi.docs import get_redoc_html, get_swagger_ui_html
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles

_ASSETS_PATH = "/docs/assets"
_FAVICON = f"{_ASSETS_PATH}/favicon.png"

_REDOC = f"{_ASSETS_PATH}/redoc.standalone.js"
# The one address outside that ReDoc's script has an image from.
_REDOC_LOGO = "https://cdn.redoc.ly/redoc/logo-mini.svg"

_INLINE_SCRIPT = re.compile(rb"<script>(.*?)</script>", re.DOTALL)
# Both pages set styles from their scripts; ReDoc searches in a worker that it makes from a blob.
_POLICY = (
    "default-src 'none'; script-src 'self'{hashes}; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; worker-src blob:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def mount_docs(app: FastAPI, root: str) -> None:
    """`root` is what the browser sees in front of the paths here."""
    package = find_spec("fastapi_offline")  # found, not imported: only its files are wanted
    if package is None or package.origin is None:
        raise RuntimeError("fastapi-offline is not installed")
    folder = Path(package.origin).parent / "static"
    router = APIRouter(include_in_schema=False)

    @router.get("/docs")
    async def swagger_ui() -> HTMLResponse:
        page = get_swagger_ui_html(
            openapi_url=f"{root}/openapi.json",
            title=app.title,
            swagger_js_url=f"{root}{_ASSETS_PATH}/swagger-ui-bundle.js",
            swagger_css_url=f"{root}{_ASSETS_PATH}/swagger-ui.css",
            swagger_favicon_url=f"{root}{_FAVICON}",
            swagger_ui_parameters={"persistAuthorization": False},
        )
        return _confined(page)

    @router.get("/redoc")
    async def redoc() -> HTMLResponse:
        page = get_redoc_html(
            openapi_url=f"{root}/openapi.json",
            title=app.title,
            redoc_js_url=f"{root}{_REDOC}",
            redoc_favicon_url=f"{root}{_FAVICON}",
            with_google_fonts=False,
        )
        return _confined(page)

    @router.get(_REDOC)
    async def redoc_script() -> Response:
        return Response(_redoc_script(folder, root), media_type="text/javascript")

    app.include_router(router)
    app.mount(_ASSETS_PATH, StaticFiles(directory=folder))


@cache
def _redoc_script(folder: Path, root: str) -> bytes:
    script = (folder / Path(_REDOC).name).read_bytes()
    return script.replace(_REDOC_LOGO.encode(), f"{root}{_FAVICON}".encode())


def _confined(page: HTMLResponse) -> HTMLResponse:
    """Lets the page run its own scripts and load from here, and nothing else (W3C CSP 3)."""
    digests = (sha256(script).digest() for script in _INLINE_SCRIPT.findall(bytes(page.body)))
    hashes = "".join(f" 'sha256-{b64encode(digest).decode()}'" for digest in digests)
    page.headers["Content-Security-Policy"] = _POLICY.format(hashes=hashes)
    return page
