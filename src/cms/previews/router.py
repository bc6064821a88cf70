from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path, Query, Response

from cms.documents import CurrentSite, TypeName
from cms.kernel import (
    CurrentUser,
    NotFound,
    PageNumber,
    PageSize,
    Paging,
    Reader,
    Session,
    get_current_user,
    problems,
    slice_router,
)
from cms.previews import repository, service
from cms.previews.schema import (
    PREVIEW_ID,
    TOKEN,
    PreviewCreate,
    PreviewCreated,
    PreviewList,
    PreviewRead,
)

router = slice_router("previews")


@router.post(
    "/previews",
    summary="Make a preview link",
    status_code=201,
    response_model=PreviewCreated,
    responses=problems(NotFound),
)
async def create_preview(
    payload: PreviewCreate, user: CurrentUser, session: Session, site: CurrentSite
) -> PreviewCreated:
    """Whoever has the link sees this one document, draft or not, and nothing else.

    It ends with the document, at its time, when it is revoked, or when you are deactivated.
    """
    return await service.create(session, site, user, payload)


@router.get(
    "/previews",
    summary="List preview links",
    response_model=PreviewList,
    dependencies=[Depends(get_current_user)],
)
async def list_previews(
    session: Session,
    page: PageNumber = 1,
    per_page: PageSize = 25,
    type_: Annotated[
        TypeName | None, Query(alias="type", description="Only of this type, such as `posts`.")
    ] = None,
    id_: Annotated[UUID | None, Query(alias="id", description="Only of this document.")] = None,
) -> PreviewList:
    """The links that work now, newest first, whoever made them. No token is told again."""
    paging = Paging(page, per_page)
    wanted = {"type": type_, "document_id": id_}
    filters = {name: value for name, value in wanted.items() if value is not None}
    rows, total = await repository.list_live(session, filters, paging)
    return PreviewList.of([service.shown(row) for row in rows], total, paging)


@router.delete(
    "/previews/{preview:uuid}",
    summary="Revoke a preview link",
    status_code=204,
    responses=problems(NotFound),
)
async def revoke_preview(
    preview: Annotated[UUID, Path(description="The link's id.", examples=[PREVIEW_ID])],
    _user: CurrentUser,
    session: Session,
) -> None:
    """Ends the link at once, whoever made it."""
    await repository.revoke(session, preview)


@router.get(
    "/preview/{token}",
    summary="Follow a preview link",
    response_model=PreviewRead,
    responses=problems(NotFound),
)
async def get_preview(
    token: Annotated[str, Path(description="The link's token.", examples=[TOKEN])],
    reader: Reader,
    site: CurrentSite,
    response: Response,
) -> PreviewRead:
    """The document with its working copy applied, if it has one. Nobody may keep the answer."""
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return await service.read(reader, site, token)
