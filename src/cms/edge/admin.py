"""The editors' app under `/admin`: files that were built before the start, and one page for them all."""

import logging
import mimetypes
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, FastAPI, Header
from starlette.responses import Response

from cms.edge.headers import bytes_etag, names_etag
from cms.kernel import ROOT, NotFound

ADMIN_BUILD = ROOT / "src/web/admin/build"

_logger = logging.getLogger(__name__)

_PAGE = "index.html"
# Their names change with what is in them.
_HASHED = "_app/immutable/"
_ENCODINGS = {"br": ".br", "gzip": ".gz"}
_REFUSED = re.compile(r"q=0(?:\.0{0,3})?")
# The one style attribute is SvelteKit's own, of what tells screen readers of a new page.
_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-hashes' "
    "'sha256-S8qMpvofolR8Mpjy4kQvEm7m1q8clzU4dfDH0AmvZjo='; img-src 'self' https: data:; "
    "connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)


@dataclass(frozen=True, slots=True)
class _File:
    headers: Mapping[str, str]
    etag: str
    contents: Mapping[str, bytes]
    """By its encoding; as it is under the empty one."""

    def response(self, accepted: str, condition: str) -> Response:
        if condition and names_etag(condition.encode("latin-1"), self.etag.encode()):
            return Response(status_code=304, headers=self.headers)
        wanted = _codings(accepted) & set(self.contents)
        encoding = next((each for each in _ENCODINGS if each in wanted), "")
        headers = {**self.headers, **({"Content-Encoding": encoding} if encoding else {})}
        return Response(self.contents[encoding], headers=headers)


def _codings(accepted: str) -> set[str]:
    """What `Accept-Encoding` names, but for what it refuses by a weight of 0 (RFC 9110, 12.5.3)."""
    parts = (part.partition(";") for part in accepted.lower().split(","))
    return {name.strip() for name, _, weight in parts if not _REFUSED.fullmatch(weight.strip())}


def mount_admin(app: FastAPI, folder: Path, root: str) -> None:
    """Serves the app, or says in the log why there is none. `root` is what the browser sees in front."""
    if not (folder / _PAGE).is_file():
        _logger.warning("no /admin: %s has not been built (make run does, with Node.js)", folder)
        return
    files = {path: _read(folder / path, path, root) for path in _paths(folder)}
    router = APIRouter(include_in_schema=False)

    @router.get("/admin")
    @router.get("/admin/{path:path}")
    async def admin_app(
        path: str = "",
        accept_encoding: Annotated[str, Header()] = "",
        if_none_match: Annotated[str, Header()] = "",
    ) -> Response:
        if path.startswith("_app/") and path not in files:
            return NotFound().response()
        return files.get(path, files[_PAGE]).response(accept_encoding, if_none_match)

    app.include_router(router)


def _paths(folder: Path) -> list[str]:
    found = (file for file in folder.rglob("*") if file.is_file())
    return [
        file.relative_to(folder).as_posix()
        for file in found
        if file.suffix not in _ENCODINGS.values()
    ]


def _read(file: Path, path: str, root: str) -> _File:
    content = file.read_bytes()
    if path == _PAGE:  # the one file that names others by their whole paths
        content = content.replace(b'="/admin/', f'="{root}/admin/'.encode())
    etag = bytes_etag(content)
    kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
    kept = "public, max-age=31536000, immutable" if path.startswith(_HASHED) else "no-cache"
    headers = {
        "Content-Type": f"{kind}; charset=utf-8" if kind.startswith("text/") else kind,
        "Cache-Control": kept,
        "ETag": etag,
        "Vary": "Accept-Encoding",
        "Content-Security-Policy": _POLICY,
        "Referrer-Policy": "strict-origin-when-cross-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
    }
    packed = {name: file.with_name(file.name + end) for name, end in _ENCODINGS.items()}
    return _File(
        headers,
        etag,
        {"": content}
        | {name: each.read_bytes() for name, each in packed.items() if each.is_file()},
    )
