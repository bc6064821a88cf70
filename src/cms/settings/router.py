from fastapi import Depends, Request, Response

from cms.kernel.auth import get_current_user
from cms.kernel.cache import cached
from cms.kernel.content import View
from cms.kernel.database import Reader, Session
from cms.kernel.http import IfMatch, document_response, require_match, written_response
from cms.kernel.openapi import NOT_MODIFIED, problems
from cms.kernel.slices import slice_router
from cms.settings import repository
from cms.settings.schema import SettingsRead, SettingsWrite

router = slice_router("settings", "/settings")


@router.get(
    "", summary="Read the site settings", response_model=SettingsRead, responses=NOT_MODIFIED
)
@cached("site_settings")
async def get_settings(request: Request, reader: Reader) -> Response:
    """What every page of the site shares. They always exist."""
    return document_response(request, View(), await repository.read(reader), SettingsRead)


@router.put(
    "",
    summary="Replace the site settings",
    response_model=SettingsRead,
    dependencies=[Depends(get_current_user)],
    responses=problems(412),
)
async def replace_settings(
    payload: SettingsWrite, session: Session, if_match: IfMatch = None
) -> Response:
    """Replaces all settings; what is left out goes back to its default."""
    values = await payload.values()
    row = await repository.lock(session)
    require_match(if_match, row)
    return written_response(await repository.update(session, row, values), SettingsRead)
