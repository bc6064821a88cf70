from collections.abc import Sequence

from cms.documents import DocumentType, Site, View
from cms.kernel import Paging, Record
from cms.sitemap import repository


async def read(
    view: View, site: Site, types: Sequence[DocumentType], paging: Paging
) -> tuple[list[Record], int]:
    """A page of the documents of all these types, one type after the other, and their total."""
    items: list[Record] = []
    total, end = 0, paging.offset + paging.per_page
    for each in types:
        if each.is_singleton:
            continue
        begin, count = total, await repository.count(view, each)
        total += count
        first, last = max(paging.offset, begin), min(end, total)
        if first < last:
            rows = await repository.read_part(view, each, first - begin, last - first, count)
            items += [
                {"type": each.name, "path": site.path_of(each.name, row["slug"]), **row}
                for row in rows
            ]
    return items, total
