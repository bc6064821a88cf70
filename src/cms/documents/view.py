"""Who may see which documents. Every query for reading takes a view, so that none forgets it."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, cast

from fastapi import Depends, Query, Request
from sqlalchemy import ColumnElement, true

from cms.documents.model import Document
from cms.edge import NEEDS_TOKEN
from cms.kernel import Database, authenticate, get_database

# Whoever keeps a copy asks before each use: an ETag that still holds costs a 304.
SHARED = "public, max-age=0, must-revalidate"
PRIVATE = "private, no-store"


class Status(StrEnum):
    """Which documents an editor asks to see."""

    PUBLISHED = "published"
    DRAFT = "draft"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class View:
    """The documents as this caller may see them, and what the caller knows of them already."""

    database: Database
    status: Status = Status.PUBLISHED
    shared: bool = True
    """Whether caches may keep the answer: never when `status` was asked for."""
    if_none_match: Sequence[str] = ()
    """The lines of that header."""


async def _get_view(
    request: Request,
    status: Annotated[
        Status | None,
        Query(
            description="For editors: with a valid token, also show drafts. Never cached.",
            json_schema_extra=NEEDS_TOKEN,
        ),
    ] = None,
) -> View:
    """Raises `Unauthorized` for a view of drafts without a valid token."""
    if status is not None and status is not Status.PUBLISHED:
        await authenticate(request)
    known = request.headers.getlist("if-none-match")
    return View(await get_database(request), status or Status.PUBLISHED, status is None, known)


async def _get_public_view(request: Request) -> View:
    known = request.headers.getlist("if-none-match")
    return View(await get_database(request), if_none_match=known)


CurrentView = Annotated[View, Depends(_get_view)]
PublicView = Annotated[View, Depends(_get_public_view)]
"""For what has no drafts."""


def visible(model: type[Document], status: Status) -> ColumnElement[bool]:
    """The one predicate that keeps drafts from who must not see them."""
    # The column itself, as the conditions of its partial indexes have it; an attribute says less.
    published = cast("ColumnElement[bool]", model.published)
    match status:
        case Status.PUBLISHED:
            return published
        case Status.DRAFT:
            return ~published
        case Status.ALL:
            return true()
