from typing import Annotated

from fastapi import Depends, Query, Response

from cms.cache import cached
from cms.documents import (
    CREATED,
    MOVED,
    NOT_MODIFIED,
    Content,
    CurrentView,
    IfMatch,
    IfNoneMatch,
    Patch,
    PublicView,
    SlugInPath,
    SlugTaken,
    cleaned,
    content_response,
    document_response,
    list_response,
    patched,
    require_match,
    written_response,
)
from cms.kernel import (
    CurrentUser,
    NotFound,
    PreconditionFailed,
    Session,
    get_current_user,
    problems,
    slice_router,
)
from cms.posts import repository
from cms.posts.schema import PostList, PostRead, PostsQuery, PostWrite, TagList

router = slice_router("posts", "/posts")
tags_router = slice_router("posts", "/tags")

PostContent = Annotated[Content, Depends(cleaned(PostWrite))]
PostPatch = Annotated[Patch, Depends(patched(PostWrite))]


@router.get("", summary="List posts", response_model=PostList, responses=NOT_MODIFIED)
@cached("posts")
async def list_posts(view: CurrentView, query: Annotated[PostsQuery, Query()]) -> Response:
    """The published posts, newest first unless `sort` says otherwise, without bodies unless
    `include` asks for them."""
    rows, total = await repository.read_list(view, query)
    return list_response(view, PostList.of(rows, total, query.paging))


@router.get(
    "/{slug}",
    summary="Read a post",
    response_model=PostRead,
    responses=NOT_MODIFIED | MOVED | problems(NotFound),
)
@cached("posts")
async def get_post(slug: SlugInPath, view: CurrentView) -> Response:
    """One whole post. A draft is not found, unless an editor asks with `status`; under a slug that it had
    while it was public, a document is found with 301."""
    return document_response(view, await repository.read(view, slug), PostRead)


@router.post(
    "",
    summary="Create a post",
    status_code=201,
    response_model=PostRead,
    responses=CREATED | problems(SlugTaken),
)
async def create_post(content: PostContent, user: CurrentUser, session: Session) -> Response:
    """Stores a post. Without a slug it gets the first free one made from its title."""
    row = await repository.create(session, content.new(user))
    return written_response(row, PostRead, f"{router.prefix}/{row['slug']}")


@router.put(
    "/{slug}",
    summary="Replace a post",
    response_model=PostRead,
    responses=problems(NotFound, SlugTaken, PreconditionFailed),
)
async def replace_post(
    content: PostContent,
    user: CurrentUser,
    slug: SlugInPath,
    session: Session,
    if_match: IfMatch = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Replaces the whole post; what is left out goes back to its default, a slug stays."""
    row = await repository.lock(session, slug)
    require_match(if_match, row, if_none_match)
    row = await repository.update(session, row, content.over(row, user))
    return written_response(row, PostRead)


@router.patch(
    "/{slug}",
    summary="Change a post",
    response_model=PostRead,
    responses=problems(NotFound, SlugTaken, PreconditionFailed),
)
async def update_post(
    patch: PostPatch,
    user: CurrentUser,
    slug: SlugInPath,
    session: Session,
    if_match: IfMatch = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Changes what is sent; what is left out stays, null goes back to the default (RFC 7396)."""
    row = await repository.lock(session, slug)
    require_match(if_match, row, if_none_match)
    row = await repository.update(session, row, patch.over(row, user))
    return written_response(row, PostRead)


@router.delete(
    "/{slug}",
    summary="Delete a post",
    status_code=204,
    dependencies=[Depends(get_current_user)],
    responses=problems(NotFound, PreconditionFailed),
)
async def delete_post(
    slug: SlugInPath,
    session: Session,
    if_match: IfMatch = None,
    if_none_match: IfNoneMatch = None,
) -> None:
    """Deletes the post for good."""
    row = await repository.lock(session, slug)
    require_match(if_match, row, if_none_match)
    await repository.delete(session, row)


@tags_router.get("", summary="List tags", response_model=TagList, responses=NOT_MODIFIED)
@cached("posts")
async def list_tags(view: PublicView) -> Response:
    """The tags of the published posts, those of most posts first: the first 1,000 of them. A tag that
    is spelt in several ways is one, and has the name that most of its posts give it."""
    return content_response(
        view, TagList.model_validate({"items": await repository.read_tags(view)})
    )
