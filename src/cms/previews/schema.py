from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from cms.documents import TypeName
from cms.kernel import Envelope, Payload

PREVIEW_ID = "019c19ac-2b80-7d40-9d2f-2f4d6a1c0b55"
TOKEN = "Vn0Zl0yCq3kq6m8mYb0mJt5pCwq9rX1o4sE7uHn2aLk"  # noqa: S105 - an example
_DOCUMENT_ID = "019abf3e-7b1c-7d40-9d2f-2f4d6a1c0b55"
_EXPIRES_AT = "2026-02-02T16:05:12.345678Z"
_MAKER: JsonDict = {"id": "019abf3e-0a11-7c52-8f00-6b1de2f0a9c4", "email": "editor@example.com"}
_ITEM: JsonDict = {
    "id": PREVIEW_ID,
    "type": "posts",
    "document_id": _DOCUMENT_ID,
    "created_at": "2026-02-01T16:05:12.345678Z",
    "created_by": _MAKER,
    "expires_at": _EXPIRES_AT,
    "last_used_at": "2026-02-01T17:00:00Z",
}
_MINUTE = 60
_DAY = 24 * 60 * _MINUTE


class PreviewCreate(Payload):
    """What to show, and for how long."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"type": "posts", "id": _DOCUMENT_ID, "expires_in": 3600}}
    )

    type: TypeName
    id: Annotated[UUID, Field(strict=False, description="The document's.")]
    expires_in: Annotated[
        int, Field(ge=_MINUTE, le=30 * _DAY, description="Seconds from now; at most 30 days.")
    ] = _DAY


class PreviewCreated(BaseModel):
    """The link. Its token is told this once."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": PREVIEW_ID,
                "token": TOKEN,
                "url": f"https://www.example.com/preview?token={TOKEN}",
                "expires_at": _EXPIRES_AT,
            }
        }
    )

    id: UUID
    token: str
    url: str | None = Field(description="On the website; null where `SITE_URL` is not set.")
    expires_at: datetime


class PreviewMaker(BaseModel):
    """The user who made a link: it ends when they are deactivated."""

    model_config = ConfigDict(json_schema_extra={"example": _MAKER})

    id: UUID
    email: str


class PreviewItem(BaseModel):
    """A link that works."""

    model_config = ConfigDict(json_schema_extra={"example": _ITEM})

    id: UUID
    type: str
    document_id: UUID
    created_at: datetime
    created_by: PreviewMaker
    expires_at: datetime
    last_used_at: datetime | None = Field(description="To the minute.")


class PreviewList(Envelope[PreviewItem]):
    """One page of links."""


class PreviewRead(BaseModel):
    """A document as it would be if what is prepared were published now."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "type": "posts",
                "document": {"slug": "a-quieter-kitchen", "title": "A quieter kitchen"},
                "path": "/blog/a-quieter-kitchen",
                "expires_at": _EXPIRES_AT,
            }
        }
    )

    type: str
    document: dict[str, Any] = Field(description="As the type's own address gives it.")
    path: str | None = Field(description="Where the website shows it; null for the settings.")
    expires_at: datetime
