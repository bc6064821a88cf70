from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from pydantic.config import JsonDict

from cms.documents import DocumentWrite, Etag, ShortText, Slug, Title
from cms.kernel import Envelope

_WRITABLE: JsonDict = {"slug": "open-day", "title": "Open day", "place": "Malmö", "published": True}
_STORED: JsonDict = {
    "id": "019abf3e-7b1c-7d40-9d2f-2f4d6a1c0b55",
    "published_at": "2026-01-16T08:00:00Z",
    "created_at": "2026-01-15T09:30:00Z",
    "updated_at": "2026-02-01T16:05:12.345678Z",
}


class EventWrite(DocumentWrite):
    """An event as an editor writes it."""

    model_config = ConfigDict(json_schema_extra={"example": _WRITABLE})

    title: Title
    slug: Slug | None = None
    place: ShortText | None = None
    published: bool = False


class EventRead(BaseModel):
    """An event."""

    model_config = ConfigDict(
        from_attributes=True, json_schema_extra={"example": _WRITABLE | _STORED}
    )

    id: UUID
    slug: str
    title: str
    place: str | None
    published: bool
    published_at: datetime | None
    created_at: datetime
    updated_at: datetime
    etag: Etag


class EventList(Envelope[EventRead]):
    """One page of events."""
