from typing import Annotated

from fastapi import Depends, Query, Response

from cms.cache import cached
from cms.documents import (
    CREATED,
    MOVED,
    NOT_MODIFIED,
    Content,
    CurrentView,
    IfMatch,
    IfNoneMatch,
    Patch,
    SlugInPath,
    SlugTaken,
    cleaned,
    document_response,
    list_response,
    patched,
    require_match,
    written_response,
)
from cms.kernel import (
    CurrentUser,
    NotFound,
    PreconditionFailed,
    Session,
    get_current_user,
    problems,
    slice_router,
)
from cms.pages import repository
from cms.pages.schema import PageList, PageRead, PagesQuery, PageWrite

router = slice_router("pages", "/pages")

PageContent = Annotated[Content, Depends(cleaned(PageWrite))]
PagePatch = Annotated[Patch, Depends(patched(PageWrite))]


@router.get("", summary="List pages", response_model=PageList, responses=NOT_MODIFIED)
@cached("pages")
async def list_pages(view: CurrentView, query: Annotated[PagesQuery, Query()]) -> Response:
    """The published pages, newest first unless `sort` says otherwise, without bodies unless
    `include` asks for them."""
    rows, total = await repository.read_list(view, query)
    return list_response(view, PageList.of(rows, total, query.paging))


@router.get(
    "/{slug}",
    summary="Read a page",
    response_model=PageRead,
    responses=NOT_MODIFIED | MOVED | problems(NotFound),
)
@cached("pages")
async def get_page(slug: SlugInPath, view: CurrentView) -> Response:
    """One whole page. A draft is not found, unless an editor asks with `status`; under a slug that it had
    while it was public, a document is found with 301."""
    return document_response(view, await repository.read(view, slug), PageRead)


@router.post(
    "",
    summary="Create a page",
    status_code=201,
    response_model=PageRead,
    responses=CREATED | problems(SlugTaken),
)
async def create_page(content: PageContent, user: CurrentUser, session: Session) -> Response:
    """Stores a page. Without a slug it gets the first free one made from its title."""
    row = await repository.create(session, content.new(user))
    return written_response(row, PageRead, f"{router.prefix}/{row['slug']}")


@router.put(
    "/{slug}",
    summary="Replace a page",
    response_model=PageRead,
    responses=problems(NotFound, SlugTaken, PreconditionFailed),
)
async def replace_page(
    content: PageContent,
    user: CurrentUser,
    slug: SlugInPath,
    session: Session,
    if_match: IfMatch = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Replaces the whole page; what is left out goes back to its default, a slug stays."""
    row = await repository.lock(session, slug)
    require_match(if_match, row, if_none_match)
    row = await repository.update(session, row, content.over(row, user))
    return written_response(row, PageRead)


@router.patch(
    "/{slug}",
    summary="Change a page",
    response_model=PageRead,
    responses=problems(NotFound, SlugTaken, PreconditionFailed),
)
async def update_page(
    patch: PagePatch,
    user: CurrentUser,
    slug: SlugInPath,
    session: Session,
    if_match: IfMatch = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Changes what is sent; what is left out stays, null goes back to the default (RFC 7396)."""
    row = await repository.lock(session, slug)
    require_match(if_match, row, if_none_match)
    row = await repository.update(session, row, patch.over(row, user))
    return written_response(row, PageRead)


@router.delete(
    "/{slug}",
    summary="Delete a page",
    status_code=204,
    dependencies=[Depends(get_current_user)],
    responses=problems(NotFound, PreconditionFailed),
)
async def delete_page(
    slug: SlugInPath,
    session: Session,
    if_match: IfMatch = None,
    if_none_match: IfNoneMatch = None,
) -> None:
    """Deletes the page for good."""
    row = await repository.lock(session, slug)
    require_match(if_match, row, if_none_match)
    await repository.delete(session, row)
