"""Who may see which documents. Every query for reading takes a view, so that none forgets it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, cast

from fastapi import Depends, Query, Request
from sqlalchemy import ColumnElement, true

from cms.documents.model import Document
from cms.kernel import Token, authenticate


class Status(StrEnum):
    """Which documents an editor asks to see."""

    PUBLISHED = "published"
    DRAFT = "draft"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class View:
    """What this caller may see."""

    status: Status = Status.PUBLISHED
    shared: bool = True
    """Whether caches may keep the answer: never when `status` was asked for."""


async def _get_view(
    request: Request,
    token: Token,
    status: Annotated[
        Status | None,
        Query(description="For editors: with a valid token, also show drafts. Never cached."),
    ] = None,
) -> View:
    """Raises `Unauthorized` for a view of drafts without a valid token."""
    if status is None:
        return View()
    if status is not Status.PUBLISHED:
        await authenticate(request, token)
    return View(status, shared=False)


CurrentView = Annotated[View, Depends(_get_view)]


def visible(model: type[Document], view: View) -> ColumnElement[bool]:
    """The one predicate that keeps drafts from who must not see them."""
    # The column itself, as the conditions of its partial indexes have it; an attribute says less.
    published = cast("ColumnElement[bool]", model.published)
    match view.status:
        case Status.PUBLISHED:
            return published
        case Status.DRAFT:
            return ~published
        case Status.ALL:
            return true()
