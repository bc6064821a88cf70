from collections.abc import Sequence
from typing import Any

from cms.documents import DocumentType, Site, View
from cms.kernel import Paging, Record
from cms.search import repository
from cms.search.highlight import folded, highlight, plain_text
from cms.search.query import Typed


async def search(
    view: View, site: Site, types: Sequence[DocumentType], q: str, paging: Paging
) -> tuple[list[Record], int]:
    """A page of what is found, best first, and how many there are: at most `repository.MOST`."""
    by_table = {each.model.__tablename__: each for each in types if not each.is_singleton}
    query = await repository.make_query(view, Typed.of(q))
    if query is None or not by_table:
        return [], 0
    found = await repository.search(view, query, list(by_table))
    of_page = found[paging.offset : paging.offset + paging.per_page]
    documents: dict[Any, Record] = {}
    for table in {each["type"] for each in of_page}:
        ids = [each["document_id"] for each in of_page if each["type"] == table]
        documents |= await repository.read(view, by_table[table], ids)
    # What has gone since it was found is left out.
    shown = [each for each in of_page if each["document_id"] in documents]
    items = [
        _item(
            site, by_table[each["type"]], documents[each["document_id"]], each["rank"], len(shown)
        )
        for each in shown
    ]
    await _highlight(view, query, items)
    return items, len(found)


def _item(site: Site, of: DocumentType, row: Record, rank: float, results: int) -> Record:
    fields = of.searched
    words = {name: _words(row[name]) for name in (*fields.summary, *fields.body)}
    sums_up = [name for name in fields.summary if isinstance(row[name], str)]
    return {
        "type": of.name,
        "id": row["id"],
        "slug": row["slug"],
        "path": site.path_of(of.name, row["slug"]),
        "title": " ".join(row[name] for name in fields.title),
        "excerpt": row[max(sums_up, key=_is_excerpt)] if sums_up else None,
        "published_at": row["published_at"],
        "rank": rank,
        "texts": [
            plain_text(" ".join(words[name] for name in names), results)
            for names in (fields.body, fields.summary)
        ],
    }


def _is_excerpt(name: str) -> bool:
    return name.endswith(("excerpt", "description", "summary"))


def _words(value: str | list[str] | None) -> str:
    return ", ".join(value) if isinstance(value, list) else value or ""


async def _highlight(view: View, query: str, items: list[Record]) -> None:
    """Of the body, or where nothing is found in it, of what sums it up."""
    texts = [text for item in items for text in item["texts"]]
    marked = await repository.mark(view, query, [folded(text) for text in texts]) if texts else []
    for number, item in enumerate(items):
        body, summary = (
            highlight(text, mark)
            for text, mark in zip(
                item.pop("texts"), marked[2 * number : 2 * number + 2], strict=True
            )
        )
        item["highlight"] = summary if summary["hits"] and not body["hits"] else body
