from typing import Annotated

from fastapi import Depends, Query, Request, Response

from cms.kernel.auth import get_current_user
from cms.kernel.cache import cached
from cms.kernel.content import CurrentView
from cms.kernel.database import Reader, Session
from cms.kernel.fields import SlugInPath
from cms.kernel.http import (
    IfMatch,
    document_response,
    list_response,
    require_match,
    written_response,
)
from cms.kernel.openapi import NOT_MODIFIED, problems
from cms.kernel.pagination import Paging, paging
from cms.kernel.slices import slice_router
from cms.posts import repository
from cms.posts.schema import PostItem, PostList, PostRead, PostWrite, Tags

router = slice_router("posts", "/posts")


@router.get("", summary="List posts", response_model=PostList, responses=NOT_MODIFIED)
@cached("posts")
async def list_posts(
    request: Request,
    reader: Reader,
    view: CurrentView,
    paging: Annotated[Paging, Depends(paging(10))],
    tag: Annotated[
        Tags, Query(description="Only posts that carry it; repeated: all of them.")
    ] = [],  # noqa: B006 - FastAPI copies it, and asks a default_factory for its signature each time
) -> Response:
    """The published posts, newest first, without their bodies."""
    rows, total = await repository.read_list(reader, view, paging, tag)
    items = [PostItem.model_validate(row) for row in rows]
    return list_response(request, view, PostList.of(items, total, paging))


@router.get(
    "/{slug}",
    summary="Read a post",
    response_model=PostRead,
    responses=NOT_MODIFIED | problems(404),
)
@cached("posts")
async def get_post(
    slug: SlugInPath, request: Request, reader: Reader, view: CurrentView
) -> Response:
    """One whole post. A draft is not found, unless an editor asks with `status`."""
    return document_response(request, view, await repository.read(reader, slug, view), PostRead)


@router.post(
    "",
    summary="Create a post",
    status_code=201,
    response_model=PostRead,
    dependencies=[Depends(get_current_user)],
    responses=problems(409),
)
async def create_post(payload: PostWrite, session: Session) -> Response:
    """Stores a post. Without a slug it gets the first free one made from its title."""
    row = await repository.create(session, payload.slug, await payload.values())
    return written_response(row, PostRead, f"{router.prefix}/{row['slug']}")


@router.put(
    "/{slug}",
    summary="Replace a post",
    response_model=PostRead,
    dependencies=[Depends(get_current_user)],
    responses=problems(404, 409, 412),
)
async def replace_post(
    slug: SlugInPath,
    payload: PostWrite,
    session: Session,
    if_match: IfMatch = None,
) -> Response:
    """Replaces the whole post; what is left out goes back to its default, a slug stays."""
    values = await payload.values()
    row = await repository.lock(session, slug)
    require_match(if_match, row)
    return written_response(await repository.update(session, row, payload.slug, values), PostRead)


@router.delete(
    "/{slug}",
    summary="Delete a post",
    status_code=204,
    dependencies=[Depends(get_current_user)],
    responses=problems(404, 412),
)
async def delete_post(slug: SlugInPath, session: Session, if_match: IfMatch = None) -> None:
    """Deletes the post for good."""
    row = await repository.lock(session, slug)
    require_match(if_match, row)
    await repository.delete(session, row)
