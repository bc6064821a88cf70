from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Path, Query, Request, Response

from cms.documents import (
    DOCUMENT_TYPES,
    IfMatch,
    IfNoneMatch,
    PreconditionRequired,
    SlugTaken,
    TypeInPath,
    TypeName,
    content_of,
    etag_of,
    written_response,
)
from cms.kernel import (
    Claims,
    CurrentUser,
    NotFound,
    PageNumber,
    PageSize,
    Paging,
    PreconditionFailed,
    Reader,
    Session,
    authenticate,
    get_current_user,
    problems,
    slice_router,
)
from cms.working_copies import repository, service
from cms.working_copies.schema import (
    DOCUMENT_ID,
    WorkingCopyList,
    WorkingCopyRead,
    WorkingCopyWrite,
)

router = slice_router("working_copies", "/working-copies")

DocumentId = Annotated[
    UUID, Path(alias="id", description="The document's id.", examples=[DOCUMENT_ID])
]
_CREATED: dict[int | str, dict[str, Any]] = {
    201: {"model": WorkingCopyRead, "description": "It has been started."}
}
_PUBLISHED: dict[int | str, dict[str, Any]] = {
    200: {"description": "The document, as its own address gives it."}
}


async def _saving(_claims: Claims, of: TypeInPath, payload: WorkingCopyWrite) -> service.Saving:
    """List it before the user: nothing is held while it is cleaned."""
    content = await content_of(of.write, payload.content, "body", "content")
    given = payload.model_fields_set
    return service.Saving(
        content, {"publish_at": payload.publish_at} if "publish_at" in given else {}
    )


async def _publication(
    request: Request, of: TypeInPath, id_: DocumentId, reader: Reader
) -> service.Publication:
    """List it before the user, too."""
    await authenticate(request)
    return await service.publication(reader, of, id_)


@router.get(
    "",
    summary="List working copies",
    response_model=WorkingCopyList,
    dependencies=[Depends(get_current_user)],
)
async def list_working_copies(
    session: Session,
    page: PageNumber = 1,
    per_page: PageSize = 25,
    type_: Annotated[
        TypeName | None, Query(alias="type", description="Only of this type, such as `posts`.")
    ] = None,
) -> WorkingCopyList:
    """Every document that is being edited beside its live version, last saved first."""
    paging = Paging(page, per_page)
    table = type_ and DOCUMENT_TYPES[type_].model.__tablename__
    rows, total = await repository.list_copies(session, table, paging)
    return WorkingCopyList.of(await service.items(session, rows), total, paging)


@router.get(
    "/{type}/{id:uuid}",
    summary="Read a working copy",
    response_model=WorkingCopyRead,
    dependencies=[Depends(get_current_user)],
    responses=problems(service.NoWorkingCopy),
)
async def get_working_copy(
    of: TypeInPath, id_: DocumentId, reader: Reader, response: Response
) -> WorkingCopyRead:
    """What the document will be. Its `ETag` names this version of the copy."""
    copy = await service.read(reader, of, id_)
    response.headers["ETag"] = etag_of(copy)
    return WorkingCopyRead.model_validate(service.shown(copy))


@router.put(
    "/{type}/{id:uuid}",
    summary="Save a working copy",
    response_model=WorkingCopyRead,
    responses=_CREATED | problems(NotFound, PreconditionFailed, PreconditionRequired),
)
async def save_working_copy(
    saving: Annotated[service.Saving, Depends(_saving)],
    user: CurrentUser,
    of: TypeInPath,
    id_: DocumentId,
    session: Session,
    response: Response,
    if_match: IfMatch = None,
    if_none_match: IfNoneMatch = None,
) -> WorkingCopyRead:
    """Starts one with `If-None-Match: *`, or goes on with the one that `If-Match` names.

    Saving what is stored already moves nothing, and is no conflict. The live document stays as it is.
    """
    copy, is_new = await service.save(session, of, id_, saving, user, if_match, if_none_match)
    response.status_code = 201 if is_new else 200
    response.headers["ETag"] = etag_of(copy)
    return WorkingCopyRead.model_validate(service.shown(copy))


@router.post(
    "/{type}/{id:uuid}/publish",
    summary="Publish a working copy",
    response_model=dict[str, Any],
    responses=_PUBLISHED
    | problems(service.NoWorkingCopy, SlugTaken, service.DocumentMovedOn, PreconditionRequired),
)
async def publish_working_copy(
    wanted: Annotated[service.Publication, Depends(_publication)],
    _user: CurrentUser,
    of: TypeInPath,
    id_: DocumentId,
    session: Session,
    if_match: IfMatch = None,
    overwrite: Annotated[
        bool, Query(description="Publish even where the document itself has changed meanwhile.")
    ] = False,
) -> Response:
    """Makes exactly the version that `If-Match` names the live document, and ends the copy, at once.

    The document is published with it. The answer's `ETag` is the document's.
    """
    row = await service.publish(session, of, id_, wanted, if_match, overwrite=overwrite)
    return written_response(row, of.read)


@router.delete(
    "/{type}/{id:uuid}",
    summary="Discard a working copy",
    status_code=204,
    dependencies=[Depends(get_current_user)],
    responses=problems(service.NoWorkingCopy, PreconditionFailed, PreconditionRequired),
)
async def delete_working_copy(
    of: TypeInPath, id_: DocumentId, session: Session, if_match: IfMatch = None
) -> None:
    """Ends the version that `If-Match` names. The live document stays as it is."""
    await service.discard(session, of, id_, if_match)
