from typing import Annotated

from fastapi import Depends

from cms.documents import BODY_BYTES, clean_html_and_tell, rich_text_policy
from cms.kernel import Claims, CurrentUser, Invalid, slice_router
from cms.rich_text.schema import RichTextClean, RichTextDraft

router = slice_router("rich_text", "/rich-text")


async def _cleaned(_claims: Claims, payload: RichTextDraft) -> RichTextClean:
    """List it before the user: no connection and no session is held meanwhile."""
    try:
        html, removed = await clean_html_and_tell(payload.html, BODY_BYTES)
    except ValueError as error:
        raise Invalid.at("body", "html", msg=str(error)) from error
    return RichTextClean.model_validate({"html": html, "removed": removed})


@router.post(
    "/clean",
    summary="Clean rich text",
    response_model=RichTextClean,
    openapi_extra={"x-rich-text": rich_text_policy()},
)
async def clean_rich_text(
    cleaned: Annotated[RichTextClean, Depends(_cleaned)], _user: CurrentUser
) -> RichTextClean:
    """What saving this HTML would keep, and what it would not. Nothing is stored.

    `x-rich-text` of this operation is the table of all that is kept, for an editor to be made from.
    """
    return cleaned
