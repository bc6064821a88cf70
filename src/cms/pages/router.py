from typing import Annotated

from fastapi import Depends, Request, Response

from cms.kernel.auth import get_current_user
from cms.kernel.cache import cached
from cms.kernel.content import CurrentView
from cms.kernel.database import Reader, Session
from cms.kernel.fields import SlugInPath
from cms.kernel.http import (
    IfMatch,
    document_response,
    list_response,
    require_match,
    written_response,
)
from cms.kernel.openapi import NOT_MODIFIED, problems
from cms.kernel.pagination import Paging, paging
from cms.kernel.slices import slice_router
from cms.pages import repository
from cms.pages.schema import PageItem, PageList, PageRead, PageWrite

router = slice_router("pages", "/pages")


@router.get("", summary="List pages", response_model=PageList, responses=NOT_MODIFIED)
@cached("pages")
async def list_pages(
    request: Request,
    reader: Reader,
    view: CurrentView,
    paging: Annotated[Paging, Depends(paging(100))],
) -> Response:
    """The published pages, newest first, without their bodies."""
    rows, total = await repository.read_list(reader, view, paging)
    items = [PageItem.model_validate(row) for row in rows]
    return list_response(request, view, PageList.of(items, total, paging))


@router.get(
    "/{slug}",
    summary="Read a page",
    response_model=PageRead,
    responses=NOT_MODIFIED | problems(404),
)
@cached("pages")
async def get_page(
    slug: SlugInPath, request: Request, reader: Reader, view: CurrentView
) -> Response:
    """One whole page. A draft is not found, unless an editor asks with `status`."""
    return document_response(request, view, await repository.read(reader, slug, view), PageRead)


@router.post(
    "",
    summary="Create a page",
    status_code=201,
    response_model=PageRead,
    dependencies=[Depends(get_current_user)],
    responses=problems(409),
)
async def create_page(payload: PageWrite, session: Session) -> Response:
    """Stores a page. Without a slug it gets the first free one made from its title."""
    row = await repository.create(session, payload.slug, await payload.values())
    return written_response(row, PageRead, f"{router.prefix}/{row['slug']}")


@router.put(
    "/{slug}",
    summary="Replace a page",
    response_model=PageRead,
    dependencies=[Depends(get_current_user)],
    responses=problems(404, 409, 412),
)
async def replace_page(
    slug: SlugInPath,
    payload: PageWrite,
    session: Session,
    if_match: IfMatch = None,
) -> Response:
    """Replaces the whole page; what is left out goes back to its default, a slug stays."""
    values = await payload.values()
    row = await repository.lock(session, slug)
    require_match(if_match, row)
    return written_response(await repository.update(session, row, payload.slug, values), PageRead)


@router.delete(
    "/{slug}",
    summary="Delete a page",
    status_code=204,
    dependencies=[Depends(get_current_user)],
    responses=problems(404, 412),
)
async def delete_page(slug: SlugInPath, session: Session, if_match: IfMatch = None) -> None:
    """Deletes the page for good."""
    row = await repository.lock(session, slug)
    require_match(if_match, row)
    await repository.delete(session, row)
