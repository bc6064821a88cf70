"""A website on this machine that shows given HTML: each piece in a document of its own."""

import json
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from cms.richtext.tests.judge import ATTRIBUTES

NONCE = "the-site-itself"
# Only reported, so that what would run does: it tells even of a script that does nothing.
_POLICY = (
    f"default-src 'none'; script-src 'nonce-{NONCE}'; img-src 'self'; base-uri 'none'; "
    "form-action 'none'"
)
_DOCUMENT = (
    "<!doctype html><html><head><title>A page</title>"
    f'<script nonce="{NONCE}" src="/visit.js" data-visit="{{visit}}"></script></head>'
    "<body><main><article>{served}</article><footer></footer></main></body></html>"
)
_SCRIPT = f"const LISTED = {json.dumps(ATTRIBUTES)};\n" + (
    Path(__file__).with_name("visit.js").read_text()
)


@dataclass(frozen=True)
class Visit:
    """A piece of HTML, and the ways in which it is put into its document."""

    markup: str
    ways: Sequence[str]

    @property
    def document(self) -> str:
        visit = json.dumps({"markup": self.markup, "ways": list(self.ways)})
        return _DOCUMENT.format(
            # A nonce counts for nothing where an attribute beside it has "<script" in it.
            visit=escape(visit.replace("<", r"\u003c")),
            served=self.markup if "served" in self.ways else "",
        )


class Site(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.origin = f"http://127.0.0.1:{self.server_port}"
        self.visits: Sequence[Visit] = ()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A frame that is left hangs up on what it has asked for; all else is a fault of ours."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    def page(self, path: str) -> tuple[str, str] | None:
        """The content type and text of what is at `path`."""
        if visit := re.fullmatch(r"/visit/(\d+)", path):
            return "text/html", self.visits[int(visit[1])].document
        if visits := re.fullmatch(r"/visits/(\d+)-(\d+)", path):
            return "text/html", "<!doctype html>" + "".join(
                f'<iframe src="/visit/{number}"></iframe>'
                for number in range(int(visits[1]), int(visits[2]))
            )
        match path:
            case "/visit.js":
                return "text/javascript", _SCRIPT
            case "/canary.js":
                return "text/javascript", "alert(1)"
            case "/canary.svg":
                return "image/svg+xml", (
                    '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
                )
            case _:
                return None


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Site

    def do_GET(self) -> None:
        page = self.server.page(self.path)
        # Without content a link that is followed leads nowhere, and the page stays.
        self.send_response(204 if page is None else 200)
        if page is not None:
            kind, text = page
            content = text.encode()
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.send_header("Content-Length", str(len(content)))
            if self.path.startswith("/visit/"):
                self.send_header("Content-Security-Policy-Report-Only", _POLICY)
        self.end_headers()
        if page is not None:
            self.wfile.write(content)

    do_POST = do_GET  # noqa: N815 - the standard library's name

    def log_message(self, *_args: Any) -> None:
        """Says nothing: a run has thousands of requests."""


@contextmanager
def running() -> Iterator[Site]:
    with Site() as site:
        thread = Thread(target=site.serve_forever, daemon=True)
        thread.start()
        try:
            yield site
        finally:
            site.shutdown()
            thread.join()
