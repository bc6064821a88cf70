from dataclasses import replace
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path, Response

from cms.cache import cached
from cms.documents import (
    CREATED,
    NOT_MODIFIED,
    CurrentSite,
    IfMatch,
    PublicView,
    document_response,
    list_response,
    require_match,
    written_response,
)
from cms.kernel import (
    CurrentUser,
    NotFound,
    PageNumber,
    Paging,
    PreconditionFailed,
    Session,
    get_current_user,
    problems,
    slice_router,
)
from cms.redirects import repository, service
from cms.redirects.schema import (
    MAX_REDIRECTS,
    REDIRECT_ID,
    RedirectList,
    RedirectRead,
    RedirectsPageSize,
    RedirectWrite,
)
from cms.redirects.service import RuleConflict

router = slice_router("redirects", "/redirects")

RuleId = Annotated[UUID, Path(alias="id", description="The rule's id.", examples=[REDIRECT_ID])]


@router.get("", summary="List redirects", response_model=RedirectList, responses=NOT_MODIFIED)
@cached("redirects")
async def list_redirects(
    view: PublicView, page: PageNumber = 1, per_page: RedirectsPageSize = MAX_REDIRECTS
) -> Response:
    """All rules by path, in one answer unless `per_page` says otherwise. For a website to hold, and
    to look into where it has found nothing: what is published comes before any rule."""
    paging = Paging(page, per_page)
    rows, total = await repository.read_page(view, paging)
    return list_response(view, RedirectList.of(rows, total, paging))


@router.get(
    "/{id:uuid}",
    summary="Read a redirect",
    response_model=RedirectRead,
    responses=NOT_MODIFIED | problems(NotFound),
)
async def get_redirect(rule: RuleId, _user: CurrentUser, view: PublicView) -> Response:
    """One rule, with the ETag to change it by."""
    row = await repository.read(view.database, rule)
    return document_response(replace(view, shared=False), row, RedirectRead)


@router.post(
    "",
    summary="Create a redirect",
    status_code=201,
    response_model=RedirectRead,
    responses=CREATED | problems(RuleConflict),
)
async def create_redirect(
    rule: RedirectWrite, _user: CurrentUser, site: CurrentSite, session: Session
) -> Response:
    """Stores a rule. Refused is one that would hide a published document, begin where another does,
    lead to where another begins, or begin where another leads to: `rule` names the other."""
    row = await service.create(session, site, rule)
    return written_response(row, RedirectRead, f"{router.prefix}/{row['id']}")


@router.put(
    "/{id:uuid}",
    summary="Replace a redirect",
    response_model=RedirectRead,
    responses=problems(NotFound, RuleConflict, PreconditionFailed),
)
async def replace_redirect(
    rule: RedirectWrite,
    _user: CurrentUser,
    rule_id: RuleId,
    site: CurrentSite,
    session: Session,
    if_match: IfMatch = None,
) -> Response:
    """Replaces the whole rule; refused like a new one."""
    row = await repository.locked(session, rule_id)
    require_match(if_match, row)
    return written_response(await service.replace(session, site, row, rule), RedirectRead)


@router.delete(
    "/{id:uuid}",
    summary="Delete a redirect",
    status_code=204,
    dependencies=[Depends(get_current_user)],
    responses=problems(NotFound, PreconditionFailed),
)
async def delete_redirect(rule_id: RuleId, session: Session, if_match: IfMatch = None) -> None:
    """Deletes the rule for good."""
    row = await repository.locked(session, rule_id)
    require_match(if_match, row)
    await repository.remove(session, row)
