from typing import Annotated, Any

from fastapi import Depends, Response

from cms.cache import cached
from cms.documents import (
    NOT_MODIFIED,
    IfMatch,
    PublicView,
    cleaned,
    document_response,
    require_match,
    written_response,
)
from cms.kernel import CurrentUser, PreconditionFailed, Session, problems, slice_router
from cms.settings import repository
from cms.settings.schema import SettingsRead, SettingsWrite

router = slice_router("settings", "/settings")

SettingsValues = Annotated[dict[str, Any], Depends(cleaned(SettingsWrite))]


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
    values: SettingsValues, _user: CurrentUser, session: Session, if_match: IfMatch = None
) -> Response:
    """Replaces all settings; what is left out goes back to its default."""
    row = await repository.lock(session)
    require_match(if_match, row)
    return written_response(await repository.update(session, row, values), SettingsRead)
