from datetime import datetime
from typing import Annotated

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from cms.kernel import Digits, Envelope

MAX_PER_PAGE = 1_000

SitemapPageSize = Annotated[
    int, Field(ge=1, le=MAX_PER_PAGE), Digits, Query(description="Items on a page.")
]


class SitemapItem(BaseModel):
    """A published document."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "type": "posts",
                "slug": "a-quieter-kitchen",
                "path": "/blog/a-quieter-kitchen",
                "updated_at": "2026-02-01T16:05:12.345678Z",
                "published_at": "2026-01-15T09:30:00Z",
            }
        }
    )

    type: str
    slug: str
    path: str = Field(description="On the website, by `SITE_PATHS`.")
    updated_at: datetime
    published_at: datetime


class Sitemap(Envelope[SitemapItem]):
    """One page of all that is published."""


class Addresses(BaseModel):
    """Where documents live on the website."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "site_url": "https://www.example.com",
                "paths": {"pages": "/{slug}", "pages/home": "/", "posts": "/blog/{slug}"},
            }
        }
    )

    site_url: str | None = Field(description="`SITE_URL`; null where it is not set.")
    paths: dict[str, str] = Field(
        description="By type, with `{slug}` in it, or by type and slug for a single document."
    )
