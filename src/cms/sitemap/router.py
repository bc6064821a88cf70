from typing import Annotated

from fastapi import Depends, Query, Response

from cms.cache import cached
from cms.documents import (
    DOCUMENT_TYPES,
    NOT_MODIFIED,
    CurrentSite,
    PublicView,
    TypeName,
    collection_tables,
    collections,
    list_response,
)
from cms.kernel import PageNumber, Paging, get_current_user, slice_router
from cms.sitemap import service
from cms.sitemap.schema import Addresses, Sitemap, SitemapPageSize

router = slice_router("sitemap", "/sitemap")


@router.get(
    "", summary="List all that is published", response_model=Sitemap, responses=NOT_MODIFIED
)
@cached(collection_tables)
async def get_sitemap(
    view: PublicView,
    site: CurrentSite,
    type: Annotated[TypeName | None, Query(description="Only documents of this type.")] = None,  # noqa: A002 - the parameter's name
    page: PageNumber = 1,
    per_page: SitemapPageSize = 1_000,
) -> Response:
    """Every published document of every type, type by type and oldest first, so that new ones move
    no other to another page. What there is only one of, such as the settings, is not among them."""
    paging = Paging(page, per_page)
    types = collections() if type is None else [DOCUMENT_TYPES[type]]
    items, total = await service.read(view, site, types, paging)
    return list_response(view, Sitemap.of(items, total, paging))


@router.get(
    "/addresses",
    summary="Read where documents live on the website",
    response_model=Addresses,
    dependencies=[Depends(get_current_user)],
)
async def get_addresses(site: CurrentSite) -> Addresses:
    """`SITE_URL` and `SITE_PATHS`, for links to what is written here."""
    types = [each.name for each in collections()]
    return Addresses(site_url=site.url or None, paths=site.all_paths(types))
