from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from cms.documents import Moment, TypeName
from cms.kernel import Envelope, Payload

DOCUMENT_ID = "019abf3e-7b1c-7d40-9d2f-2f4d6a1c0b55"

_CONTENT: JsonDict = {
    "title": "A quieter kitchen",
    "body": "<p>It began with a complaint about noise.</p>",
    "tags": ["energy"],
}
_SAVED: JsonDict = {
    "updated_at": "2026-02-01T16:05:12.345678Z",
    "updated_by": {"id": "019abf3e-0a11-7c52-8f00-6b1de2f0a9c4", "email": "editor@example.com"},
    "publish_at": "2026-03-01T08:00:00Z",
}


class Editor(BaseModel):
    """A user, as they were called at that time; they may be gone."""

    model_config = ConfigDict(json_schema_extra={"example": _SAVED["updated_by"]})

    id: UUID
    email: str


class WorkingCopyItem(BaseModel):
    """A working copy in a list."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "type": "posts",
                "document_id": DOCUMENT_ID,
                "slug": "a-quieter-kitchen",
                "title": "A quieter kitchen",
                **_SAVED,
            }
        }
    )

    type: TypeName
    document_id: UUID
    slug: str = Field(description="The document's, as it is stored.")
    title: str | None = Field(description="The working copy's; null where the type has none.")
    updated_at: datetime
    updated_by: Editor
    publish_at: datetime | None = Field(description="When it will be published by the clock.")


class WorkingCopyList(Envelope[WorkingCopyItem]):
    """One page of working copies."""


class WorkingCopyRead(BaseModel):
    """What a document will be."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "content": _CONTENT,
                "base_etag": '"0f343b0931126a20f133d67c2b018a3b"',
                **_SAVED,
            }
        }
    )

    content: dict[str, Any] = Field(description="Cleaned, as the type's PUT would store it.")
    base_etag: str = Field(description="The document's ETag when this copy was started.")
    updated_at: datetime
    updated_by: Editor
    publish_at: datetime | None


class WorkingCopyWrite(Payload):
    """A working copy as an editor saves it."""

    model_config = ConfigDict(json_schema_extra={"example": {"content": _CONTENT}})

    content: dict[str, Any] = Field(
        description="What the PUT of this type takes, held to the same rules and cleaned alike."
    )
    publish_at: Annotated[
        Moment | None,
        Field(
            description="When to publish it by the clock. Left out it stays, null takes it back."
        ),
    ] = None
