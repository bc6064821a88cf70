from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from pydantic.config import JsonDict

from cms.documents import (
    BodyHtml,
    ContentQuery,
    DocumentWrite,
    Etag,
    HttpLink,
    IncludedHtml,
    LongText,
    ShortText,
    Slug,
    Title,
)
from cms.kernel import Envelope, PageSize

_WRITABLE: JsonDict = {
    "slug": "about-us",
    "title": "About us",
    "body": "<h2>Who we are</h2><p>Nine people and a workshop.</p>",
    "meta_title": "About us",
    "meta_description": "Who we are and how we work.",
    "og_image_url": "/images/team.jpg",
    "published": True,
}
_STORED: JsonDict = {
    "id": "019abf3e-7b1c-7d40-9d2f-2f4d6a1c0b55",
    "published_at": "2026-01-16T08:00:00Z",
    "created_at": "2026-01-15T09:30:00Z",
    "updated_at": "2026-02-01T16:05:12.345678Z",
}


class PageWrite(DocumentWrite):
    """A page as an editor writes it; what is left out goes back to its default."""

    model_config = ConfigDict(json_schema_extra={"example": _WRITABLE})

    title: Title
    slug: Slug | None = None
    body: BodyHtml = ""
    meta_title: ShortText | None = None
    meta_description: LongText | None = None
    og_image_url: HttpLink | None = None
    published: bool = False


class _Page(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    slug: str
    title: str
    meta_title: str | None
    meta_description: str | None
    og_image_url: str | None
    published: bool
    published_at: datetime | None
    created_at: datetime
    updated_at: datetime
    etag: Etag


class PageItem(_Page):
    """A page in a list: everything but its body."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {k: v for k, v in (_WRITABLE | _STORED).items() if k != "body"}
        },
    )

    body: IncludedHtml


class PageRead(_Page):
    """A whole page."""

    model_config = ConfigDict(json_schema_extra={"example": _WRITABLE | _STORED})

    body: str


class PageList(Envelope[PageItem]):
    """One page of pages."""


class PagesQuery(ContentQuery):
    """What the list of pages may be asked for."""

    per_page: PageSize = 100
