from typing import Annotated

from fastapi import Query, Response

from cms.cache import cached
from cms.documents import (
    DOCUMENT_TYPES,
    NOT_MODIFIED,
    CurrentSite,
    CurrentView,
    TypeName,
    collection_tables,
    collections,
    list_response,
)
from cms.kernel import PageNumber, PageSize, Paging, slice_router
from cms.search import service
from cms.search.schema import SearchList, Words

router = slice_router("search", "/search")


@router.get("", summary="Search documents", response_model=SearchList, responses=NOT_MODIFIED)
@cached(collection_tables, "search_texts")
async def search(
    view: CurrentView,
    site: CurrentSite,
    q: Annotated[
        Words, Query(description='Words; `"a phrase"`, `-word`, `or`.', examples=["noise"])
    ],
    type: Annotated[TypeName | None, Query(description="Only documents of this type.")] = None,  # noqa: A002 - the parameter's name
    page: PageNumber = 1,
    per_page: PageSize = 10,
) -> Response:
    """What is published and has all the words, best first and then newest; the last word may be the
    beginning of one, and accents do not matter. A word in the title counts most, one in the body
    least. Counted and ranked are the newest 1,000: a `total` of 1,000 stands for as many or more. A phrase
    is looked for in the newest 1,000 that have its words."""
    paging = Paging(page, per_page)
    types = collections() if type is None else [DOCUMENT_TYPES[type]]
    items, total = await service.search(view, site, types, q, paging)
    return list_response(view, SearchList.of(items, total, paging))
