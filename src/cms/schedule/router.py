from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path, Query

from cms.documents import DOCUMENT_TYPES, TypeInPath, TypeName
from cms.kernel import (
    CurrentUser,
    NotFound,
    PageNumber,
    PageSize,
    Paging,
    Session,
    get_current_user,
    problems,
    slice_router,
)
from cms.schedule import repository, service
from cms.schedule.schema import DOCUMENT_ID, ScheduleList, ScheduleRead, ScheduleWrite

router = slice_router("schedule", "/schedule")

DocumentId = Annotated[
    UUID, Path(alias="id", description="The document's id.", examples=[DOCUMENT_ID])
]


@router.get(
    "",
    summary="List what is scheduled",
    response_model=ScheduleList,
    dependencies=[Depends(get_current_user)],
)
async def list_schedule(
    session: Session,
    page: PageNumber = 1,
    per_page: PageSize = 25,
    type_: Annotated[
        TypeName | None, Query(alias="type", description="Only of this type, such as `posts`.")
    ] = None,
) -> ScheduleList:
    """What the clock will do, soonest first; scheduled working copies too."""
    paging = Paging(page, per_page)
    table = type_ and DOCUMENT_TYPES[type_].model.__tablename__
    rows, total = await repository.list_entries(session, table, paging)
    return ScheduleList.of(await service.items(session, rows), total, paging)


@router.get(
    "/{type}/{id:uuid}",
    summary="Read a document's schedule",
    response_model=ScheduleRead,
    dependencies=[Depends(get_current_user)],
    responses=problems(service.NoSchedule),
)
async def get_schedule(of: TypeInPath, id_: DocumentId, session: Session) -> ScheduleRead:
    """When the document will be published and unpublished."""
    return ScheduleRead.model_validate(await service.read(session, of, id_))


@router.put(
    "/{type}/{id:uuid}",
    summary="Schedule a document",
    response_model=ScheduleRead,
    responses=problems(NotFound),
)
async def replace_schedule(
    of: TypeInPath, id_: DocumentId, wanted: ScheduleWrite, user: CurrentUser, session: Session
) -> ScheduleRead:
    """Says when to publish and unpublish the document. What is due already is done at once.

    Later it is done at most a second late, once, by the database's clock, in the name of this user.
    """
    return ScheduleRead.model_validate(await service.store(session, of, id_, wanted, user))


@router.delete(
    "/{type}/{id:uuid}",
    summary="Take a schedule back",
    status_code=204,
    dependencies=[Depends(get_current_user)],
    responses=problems(service.NoSchedule),
)
async def delete_schedule(of: TypeInPath, id_: DocumentId, session: Session) -> None:
    """The document stays as it is. A working copy keeps its own time."""
    await service.remove(session, of, id_)
