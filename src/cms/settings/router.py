from fastapi import Depends, Request, Response

from cms.kernel.auth import get_current_user
from cms.kernel.cache import cached
from cms.kernel.content import View
from cms.kernel.database import Reader, Session
from cms.kernel.http import IfMatch, document_etag, document_response, require_match
from cms.kernel.openapi import NOT_MODIFIED, problems
from cms.kernel.slices import slice_router
from cms.kernel.writing import update_document
from cms.settings import repository
from cms.settings.model import SiteSettings
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
    payload: SettingsWrite, session: Session, response: Response, if_match: IfMatch = None
) -> SiteSettings:
    """Replaces all settings; what is left out goes back to its default."""
    values = await payload.values()
    stored = await repository.lock(session)
    require_match(if_match, stored)
    await update_document(session, stored, None, values)
    response.headers["ETag"] = document_etag(stored.id, stored.version)
    return stored
