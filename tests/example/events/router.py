from typing import Annotated

from fastapi import Depends, Query, Response

from cms.cache import cached
from cms.documents import (
    CREATED,
    MOVED,
    NOT_MODIFIED,
    Content,
    CurrentView,
    ListQuery,
    SlugInPath,
    SlugTaken,
    cleaned,
    document_response,
    list_response,
    written_response,
)
from cms.events import repository
from cms.events.schema import EventList, EventRead, EventWrite
from cms.kernel import (
    CurrentUser,
    NotFound,
    Session,
    problems,
    slice_router,
)

router = slice_router("events", "/events")

EventContent = Annotated[Content, Depends(cleaned(EventWrite))]


@router.get("", summary="List events", response_model=EventList, responses=NOT_MODIFIED)
@cached("events")
async def list_events(view: CurrentView, query: Annotated[ListQuery, Query()]) -> Response:
    """The published events; newest first, unless `sort` says otherwise."""
    rows, total = await repository.read_list(view, query)
    return list_response(view, EventList.of(rows, total, query.paging))


@router.get(
    "/{slug}",
    summary="Read an event",
    response_model=EventRead,
    responses=NOT_MODIFIED | MOVED | problems(NotFound),
)
@cached("events")
async def get_event(slug: SlugInPath, view: CurrentView) -> Response:
    """One event. A draft is not found, unless an editor asks with `status`; under a slug that it had
    while it was public, a document is found with 301."""
    return document_response(view, await repository.read(view, slug), EventRead)


@router.post(
    "",
    summary="Create an event",
    status_code=201,
    response_model=EventRead,
    responses=CREATED | problems(SlugTaken),
)
async def create_event(content: EventContent, user: CurrentUser, session: Session) -> Response:
    """Stores an event. Without a slug it gets the first free one made from its title."""
    row = await repository.create(session, content.new(user))
    return written_response(row, EventRead, f"{router.prefix}/{row['slug']}")
