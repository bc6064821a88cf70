"""What Chromium does with HTML: opens each piece in a frame of its own and takes down what happens.

Noticed are: a script that ran (`ran`), one that would have been stopped by a Content-Security-Policy
(`policy`), a request to another place (`asked`), a document that was left for another (`left`), one
that came to no end (`hung`), and what the page itself finds (see visit.js).
"""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from playwright.async_api import Browser, BrowserContext, Dialog, Frame, Page, Request, Route

from cms.richtext.tests.judge import elements
from tests.browser.site import Site, Visit

_SCRIPT = Path(__file__).with_name("watch.js")
_AT_ONCE = 40
_PATIENCE_SECONDS = 60.0
# Of a navigation that another has overtaken Chromium may never tell the end.
_NAVIGATION_SECONDS = 5.0
ALL_WAYS = ("served", "innerHTML", "template", "parser", "fragment", "unsafe", "again", "inside")


class Note(NamedTuple):
    kind: str
    way: str
    what: str


@dataclass
class Record:
    """What became of one visit."""

    way: str = ""
    notes: list[Note] = field(default_factory=list[Note])
    finished: bool = False

    def acts(self, piece: str) -> list[Note]:
        """The notes but for what `piece` says: its links were followed, its images asked for."""
        urls = [value for _, own in elements(piece) for value in map(own.get, ("href", "src"))]
        said = {_place(url) for url in urls if url} - {None}
        return [note for note in self.notes if _asked_for(note) not in said]

    def kinds(self) -> set[str]:
        return {note.kind for note in self.notes}


def _place(url: str) -> str | None:
    """The host of a URL, or an address or number that has none."""
    contact = url.startswith(("mailto:", "tel:"))
    return url if contact else urlsplit(url).hostname


def _asked_for(note: Note) -> str | None:
    """Where a link, an image or a frame leads, where the note is of that alone."""
    if note.kind == "asked":
        return _place(note.what)
    directive, _, url = note.what.partition(" ")
    shown = note.kind == "policy" and directive in {"img-src", "frame-src"}
    return urlsplit(url).hostname if shown else None


class Watch:
    """Opens visits in one page of the browser."""

    def __init__(self, page: Page, site: Site) -> None:
        self._page = page
        self._site = site
        self._records: list[Record] = []
        self._numbers: dict[Frame, int] = {}
        self.elsewhere = Record(way="elsewhere")
        self._navigations: set[Request] = set()
        self._progress = asyncio.Event()

    @classmethod
    @asynccontextmanager
    async def of(cls, browser: Browser, site: Site) -> AsyncIterator["Watch"]:
        context = await browser.new_context(accept_downloads=False, service_workers="block")
        try:
            watch = cls(await context.new_page(), site)
            await watch._listen(context)
            yield watch
        finally:
            await context.close()

    async def _listen(self, context: BrowserContext) -> None:
        await context.expose_binding("noted", self._on_note)
        await context.add_init_script(path=_SCRIPT)
        # Answered without content, as the site answers what it does not have.
        elsewhere = re.compile(f"^(?!{re.escape(self._site.origin)}/)")
        await context.route(elsewhere, _answer_nothing)
        context.on("request", self._on_request)
        context.on("requestfinished", self._on_request_end)
        context.on("requestfailed", self._on_request_end)
        context.on("dialog", self._on_dialog)
        context.on("page", self._on_page)
        self._page.on("framenavigated", self._on_navigation)

    async def visit(self, pieces: Sequence[str], ways: Sequence[str] = ALL_WAYS) -> list[Record]:
        """What became of each piece."""
        self._site.visits = [Visit(piece, ways) for piece in pieces]
        self._records = [Record() for _ in pieces]
        self._numbers.clear()
        for first in range(0, len(pieces), _AT_ONCE):
            behind = min(first + _AT_ONCE, len(pieces))
            await self._page.goto(
                f"{self._site.origin}/visits/{first}-{behind}", wait_until="commit"
            )
            shown = self._records[first:behind]
            await self._until(lambda: all(each.finished for each in shown), _PATIENCE_SECONDS)  # noqa: B023 - waited for here
            await self._until(lambda: not self._navigations, _NAVIGATION_SECONDS)
            self._navigations.clear()
            for record in shown:
                if not record.finished:
                    record.notes.append(Note("hung", record.way, "it has not come to an end"))
        return self._records

    async def noticed(self, record: Record, kind: str) -> bool:
        """Whether it does, or soon will, note that: a request is told of when it is made, not asked for."""
        await self._until(lambda: kind in record.kinds(), _NAVIGATION_SECONDS)
        return kind in record.kinds()

    async def _until(self, condition: Callable[[], bool], seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not condition():
                    self._progress.clear()
                    await self._progress.wait()

    def _record(self, frame: Frame | None) -> Record:
        """That of the visit in whose frame, or in a frame of whose frame, it happened."""
        while frame is not None:
            if frame in self._numbers:
                return self._records[self._numbers[frame]]
            frame = frame.parent_frame
        return self.elsewhere

    def _note(self, frame: Frame | None, kind: str, what: str) -> None:
        record = self._record(frame)
        record.notes.append(Note(kind, record.way, what[:200]))

    def _finish(self, record: Record) -> None:
        record.finished = True
        self._progress.set()

    def _on_note(self, source: dict[str, Any], kind: str, what: str) -> None:
        frame: Frame = source["frame"]
        match kind:
            case "way":
                self._record(frame).way = what
            case "done":
                self._finish(self._record(frame))
            case _:
                self._note(frame, kind, what)

    def _on_request(self, request: Request) -> None:
        path = request.url.removeprefix(self._site.origin)
        if path == request.url or path.startswith("/canary"):
            self._note(request.frame, "asked", request.url)
            self._progress.set()
        if request.is_navigation_request():
            self._navigations.add(request)

    def _on_request_end(self, request: Request) -> None:
        self._navigations.discard(request)
        self._progress.set()

    def _on_navigation(self, frame: Frame) -> None:
        visit = re.fullmatch(rf"{re.escape(self._site.origin)}/visit/(\d+)(#.*)?", frame.url)
        if visit:
            self._numbers.setdefault(frame, int(visit[1]))
        elif frame in self._numbers:
            self._note(frame, "left", frame.url)
            self._finish(self._record(frame))

    async def _on_dialog(self, dialog: Dialog) -> None:
        self._note(None, "ran", dialog.message)
        await dialog.dismiss()

    async def _on_page(self, page: Page) -> None:
        self._note(None, "ran", f"opened {page.url}")
        await page.close()


async def _answer_nothing(route: Route) -> None:
    await route.fulfill(status=204)
