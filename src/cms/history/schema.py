from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from cms.kernel import Envelope

ENTRY_ID = "019c19ac-2b80-7d40-9d2f-2f4d6a1c0b55"
_DOCUMENT_ID = "019abf3e-7b1c-7d40-9d2f-2f4d6a1c0b55"

_ENTRY: JsonDict = {
    "id": ENTRY_ID,
    "type": "posts",
    "document_id": _DOCUMENT_ID,
    "version": 4,
    "action": "updated",
    "slug": "a-quieter-kitchen",
    "title": "A quieter kitchen",
    "changed_fields": ["body", "title"],
    "changed_at": "2026-02-01T16:05:12.345678Z",
    "changed_by": {"id": "019abf3e-0a11-7c52-8f00-6b1de2f0a9c4", "email": "editor@example.com"},
}
DOCUMENT: JsonDict = {
    "id": _DOCUMENT_ID,
    "slug": "a-quieter-kitchen",
    "title": "A quieter kitchen",
    "body": "<p>It began with a complaint about noise.</p>",
    "published": True,
    "created_at": "2026-01-15T09:30:00Z",
    "updated_at": "2026-02-01T16:05:12.345678Z",
}


class Action(StrEnum):
    """What a change did. Publishing comes first, then moving; `changed_fields` tells the rest."""

    CREATED = "created"
    UPDATED = "updated"
    PUBLISHED = "published"
    UNPUBLISHED = "unpublished"
    MOVED = "moved"
    DELETED = "deleted"


class ChangedBy(BaseModel):
    """A user, as they were called at that time; they may be gone."""

    model_config = ConfigDict(json_schema_extra={"example": _ENTRY["changed_by"]})

    id: UUID
    email: str


class HistoryItem(BaseModel):
    """A change of a document."""

    model_config = ConfigDict(json_schema_extra={"example": _ENTRY})

    id: UUID
    type: str = Field(description="As in addresses, such as `posts`.")
    document_id: UUID
    version: int = Field(description="The document's after the change; its last for a deletion.")
    action: Action
    slug: str
    title: str | None = Field(description="Null where the type has none.")
    changed_fields: list[str] = Field(description="Of a change; empty for what came or went.")
    changed_at: datetime
    changed_by: ChangedBy | None = Field(description="Null where no user of the API did it.")


class HistoryRead(HistoryItem):
    """A change with the whole document."""

    model_config = ConfigDict(json_schema_extra={"example": _ENTRY | {"document": DOCUMENT}})

    document: Annotated[
        dict[str, Any],
        Field(description="As it was after the change, before it for a deletion."),
    ]


class HistoryList(Envelope[HistoryItem]):
    """One page of changes."""
