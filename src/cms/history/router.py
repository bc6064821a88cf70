from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Path, Query, Request, Response

from cms.documents import DOCUMENT_TYPES, IfMatch, SlugTaken, TypeName, written_response
from cms.history import repository, service
from cms.history.schema import DOCUMENT, ENTRY_ID, Action, HistoryList, HistoryRead
from cms.kernel import (
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

router = slice_router("history", "/history")


EntryId = Annotated[UUID, Path(description="The entry's id.", examples=[ENTRY_ID])]
_EXAMPLE = {"content": {"application/json": {"example": DOCUMENT}}}
_RESTORED: dict[int | str, dict[str, Any]] = {
    200: {"description": "The document, as its own address gives it.", **_EXAMPLE},
    201: {"description": "It had been deleted, and is back as a draft.", **_EXAMPLE},
}


async def _restoration(request: Request, entry: EntryId, reader: Reader) -> service.Restoration:
    """List it before the user: nothing is held while the entry is looked at and cleaned."""
    await authenticate(request)
    return await service.restoration(reader, entry)


@router.get(
    "",
    summary="List changes",
    response_model=HistoryList,
    dependencies=[Depends(get_current_user)],
)
async def list_history(
    session: Session,
    page: PageNumber = 1,
    per_page: PageSize = 25,
    type_: Annotated[
        TypeName | None, Query(alias="type", description="Only of this type, such as `posts`.")
    ] = None,
    id_: Annotated[UUID | None, Query(alias="id", description="Only of this document.")] = None,
    user: Annotated[UUID | None, Query(description="Only by this user.")] = None,
    action: Annotated[Action | None, Query(description="Only of this kind.")] = None,
) -> HistoryList:
    """Every change of every document, newest first, whoever made it."""
    table = DOCUMENT_TYPES[type_].model.__tablename__ if type_ else None
    wanted = {"type": table, "document_id": id_, "user_id": user, "action": action}
    paging = Paging(page, per_page)
    filters = {name: value for name, value in wanted.items() if value is not None}
    rows, total = await repository.list_entries(session, filters, paging)
    return HistoryList.of([service.shown(row) for row in rows], total, paging)


@router.get(
    "/{entry:uuid}",
    summary="Read a change",
    response_model=HistoryRead,
    dependencies=[Depends(get_current_user)],
    responses=problems(NotFound),
)
async def get_history_entry(entry: EntryId, reader: Reader) -> HistoryRead:
    """One change with the whole document as it was then."""
    return HistoryRead.model_validate(await service.read(reader, entry))


@router.post(
    "/{entry:uuid}/restore",
    summary="Restore a document",
    response_model=dict[str, Any],
    responses=_RESTORED | problems(NotFound, SlugTaken, service.TypeGone, PreconditionFailed),
)
async def restore_history_entry(
    wanted: Annotated[service.Restoration, Depends(_restoration)],
    _user: CurrentUser,
    session: Session,
    if_match: IfMatch = None,
) -> Response:
    """Gives the document the content of this entry again, as a PUT of it would.

    A deleted one returns under its old id, under its slug or the next free one, as a draft.
    """
    row, was_deleted = await service.restore(session, wanted, if_match)
    location = wanted.type.location(row["slug"]) if was_deleted else None
    return written_response(row, wanted.type.read, location)
