from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from cms.documents import (
    BodyHtml,
    ComparedText,
    ContentQuery,
    DocumentWrite,
    Etag,
    HttpLink,
    IncludedHtml,
    LongText,
    Slug,
    Title,
)
from cms.kernel import Envelope

MAX_TAGS = 32
MAX_LISTED_TAGS = 1_000

Tag = Annotated[ComparedText, Field(min_length=1, max_length=50)]

Author = Annotated[ComparedText, Field(min_length=1, max_length=200)]


def _without_duplicates(tags: list[str]) -> list[str]:
    spellings: dict[str, str] = {}
    for tag in tags:
        spellings.setdefault(tag.lower().replace("ς", "σ"), tag)
    return list(spellings.values())


Tags = Annotated[
    list[Tag],
    Field(
        max_length=MAX_TAGS,
        description="In the order given. Case makes no difference: of two spellings of a tag the "
        "first is kept.",
    ),
    AfterValidator(_without_duplicates),
]

_WRITABLE: JsonDict = {
    "slug": "a-quieter-kitchen",
    "title": "A quieter kitchen",
    "excerpt": "What changed when the fans learned to listen.",
    "body": "<p>It began with a complaint about noise.</p>",
    "author": "Marta Lindqvist",
    "featured_image_url": "/images/kitchen.jpg",
    "tags": ["energy", "case-study"],
    "published": True,
}
_STORED: JsonDict = {
    "id": "019abf3e-7b1c-7d40-9d2f-2f4d6a1c0b55",
    "published_at": "2026-01-16T08:00:00Z",
    "created_at": "2026-01-15T09:30:00Z",
    "updated_at": "2026-02-01T16:05:12.345678Z",
}


class PostWrite(DocumentWrite):
    """A post as an editor writes it; what is left out goes back to its default."""

    model_config = ConfigDict(json_schema_extra={"example": _WRITABLE})

    title: Title
    slug: Slug | None = None
    excerpt: LongText | None = None
    body: BodyHtml = ""
    author: Author | None = None
    featured_image_url: HttpLink | None = None
    tags: Annotated[Tags, Field(default_factory=list)]
    published: bool = False


class _Post(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    slug: str
    title: str
    excerpt: str | None
    author: str | None
    featured_image_url: str | None
    tags: list[str]
    published: bool
    published_at: datetime | None
    created_at: datetime
    updated_at: datetime
    etag: Etag


class PostItem(_Post):
    """A post in a list: everything but its body."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {k: v for k, v in (_WRITABLE | _STORED).items() if k != "body"}
        },
    )

    body: IncludedHtml


class PostRead(_Post):
    """A whole post."""

    model_config = ConfigDict(json_schema_extra={"example": _WRITABLE | _STORED})

    body: str


class TagItem(BaseModel):
    """A tag, and how many published posts carry it."""

    model_config = ConfigDict(json_schema_extra={"example": {"tag": "energy", "posts": 12}})

    tag: str
    posts: int


class TagList(BaseModel):
    """The tags of published posts."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"items": [{"tag": "energy", "posts": 12}]}}
    )

    items: list[TagItem]


class PostList(Envelope[PostItem]):
    """One page of posts."""


class PostsQuery(ContentQuery):
    """What the list of posts may be asked for."""

    tag: Annotated[
        Tags,
        Field(
            default_factory=list,
            description="Only posts that carry it, in whatever case; repeated: all of them.",
        ),
    ]
    author: Annotated[Author | None, Field(description="Only posts of this author.")] = None
