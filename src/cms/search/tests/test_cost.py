"""What one search may cost, since anybody may ask."""

from collections.abc import Sequence

import pytest
from httpx import AsyncClient

from cms.documents import View
from cms.kernel import Database
from cms.posts.tests.factories import PostFactory
from cms.richtext import SafeHtml
from cms.search import repository
from cms.search.highlight import folded
from cms.search.indexing import catch_up
from cms.search.tests.test_search import search
from tests.fixtures import Save


async def test_a_page_of_many_large_documents_is_not_looked_through_whole(
    client: AsyncClient, database: Database, save: Save, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All others would wait for it."""
    body = SafeHtml(f"<p>Otters {'<b>and</b> more ' * 2_400}</p>")
    await save(*(PostFactory.build(title="Otters", excerpt=None, body=body) for _ in range(40)))
    await catch_up(database)
    looked_at: list[int] = []
    mark = repository.mark

    async def count(view: View, query: str, texts: Sequence[str]) -> list[str]:
        looked_at.append(sum(map(len, texts)))
        return await mark(view, query, texts)

    monkeypatch.setattr(repository, "mark", count)
    found = await search(client, "otter", per_page=100)
    assert all(item["highlight"]["hits"] for item in found)
    await search(client, "otter", per_page=1)

    assert looked_at[0] < 405_000
    assert looked_at[1] > 20_000


@pytest.mark.parametrize("run", ["a_", "./"])
async def test_what_postgresql_would_read_for_minutes_is_found_at_once(
    client: AsyncClient, save: Save, run: str
) -> None:
    """It would end no search before the time that a statement has, and so no other search either."""
    await save(PostFactory.build(title="Noise", body=SafeHtml(f"<p>{run * 40_000} kitchen</p>")))

    [found] = await search(client, "kitchen")
    assert found["highlight"]["text"].startswith(run)
    written = f"<!--{run * 9_999}"
    assert len(folded(written)) == len(written)
    assert "<" not in folded(written)
