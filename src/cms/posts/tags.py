from fastapi import Response

from cms.cache import cached
from cms.documents import NOT_MODIFIED, PublicView, content_response
from cms.kernel import slice_router
from cms.posts import repository
from cms.posts.schema import TagList

router = slice_router("posts", "/tags")


@router.get("", summary="List tags", response_model=TagList, responses=NOT_MODIFIED)
@cached("posts")
async def list_tags(view: PublicView) -> Response:
    """The tags of the published posts, those of most posts first: the first 1,000 of them. A tag that
    is spelt in several ways is one, and has the name that most of its posts give it."""
    return content_response(
        view, TagList.model_validate({"items": await repository.read_tags(view)})
    )
