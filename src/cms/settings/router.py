from typing import Annotated

from fastapi import Depends, Response

from cms.cache import cached
from cms.documents import (
    NOT_MODIFIED,
    Content,
    IfMatch,
    IfNoneMatch,
    Patch,
    PublicView,
    cleaned,
    document_response,
    patched,
    require_match,
    written_response,
)
from cms.kernel import CurrentUser, PreconditionFailed, Session, problems, slice_router
from cms.settings import repository
from cms.settings.schema import SettingsRead, SettingsWrite

router = slice_router("settings", "/settings")

SettingsContent = Annotated[Content, Depends(cleaned(SettingsWrite))]
SettingsPatch = Annotated[Patch, Depends(patched(SettingsWrite))]


@router.get(
    "", summary="Read the site settings", response_model=SettingsRead, responses=NOT_MODIFIED
)
@cached("site_settings")
async def get_settings(view: PublicView) -> Response:
    """What every page of the site shares. They always exist."""
    return document_response(view, await repository.read(view), SettingsRead)


@router.put(
    "",
    summary="Replace the site settings",
    response_model=SettingsRead,
    responses=problems(PreconditionFailed),
)
async def replace_settings(
    content: SettingsContent,
    user: CurrentUser,
    session: Session,
    if_match: IfMatch = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Replaces all settings; what is left out goes back to its default."""
    row = await repository.lock(session)
    require_match(if_match, row, if_none_match)
    row = await repository.update(session, row, content.over(row, user))
    return written_response(row, SettingsRead)


@router.patch(
    "",
    summary="Change the site settings",
    response_model=SettingsRead,
    responses=problems(PreconditionFailed),
)
async def update_settings(
    patch: SettingsPatch,
    user: CurrentUser,
    session: Session,
    if_match: IfMatch = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Changes what is sent; what is left out stays, null goes back to the default (RFC 7396)."""
    row = await repository.lock(session)
    require_match(if_match, row, if_none_match)
    row = await repository.update(session, row, patch.over(row, user))
    return written_response(row, SettingsRead)
