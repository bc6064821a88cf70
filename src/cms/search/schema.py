from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from cms.documents import ComparedText
from cms.kernel import Envelope

Words = Annotated[ComparedText, Field(min_length=1, max_length=200)]

_HIGHLIGHT: JsonDict = {
    "text": "It began with a complaint about noise.",
    "hits": [{"start": 32, "end": 37}],
}


class Hit(BaseModel):
    """A word that was found, by its offsets in the text, as JavaScript counts (UTF-16)."""

    model_config = ConfigDict(json_schema_extra={"example": {"start": 32, "end": 37}})

    start: int
    end: int


class Highlight(BaseModel):
    """Plain text, never HTML, around words that were found."""

    model_config = ConfigDict(json_schema_extra={"example": _HIGHLIGHT})

    text: str
    hits: list[Hit]


class SearchItem(BaseModel):
    """A document that was found."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "type": "posts",
                "id": "019abf3e-7b1c-7d40-9d2f-2f4d6a1c0b55",
                "slug": "a-quieter-kitchen",
                "path": "/blog/a-quieter-kitchen",
                "title": "A quieter kitchen",
                "excerpt": "What changed when the fans learned to listen.",
                "highlight": _HIGHLIGHT,
                "published_at": "2026-01-15T09:30:00Z",
                "rank": 0.0608,
            }
        }
    )

    type: str
    id: UUID
    slug: str
    path: str = Field(description="On the website, by `SITE_PATHS`.")
    title: str
    excerpt: str | None = Field(description="Or whatever else sums the document up.")
    highlight: Highlight
    published_at: datetime | None
    rank: float


class SearchList(Envelope[SearchItem]):
    """One page of what was found."""
