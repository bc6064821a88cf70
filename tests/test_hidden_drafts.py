"""What the time of an answer tells of a draft: nothing."""

from statistics import median
from time import perf_counter

import pytest
from httpx import AsyncClient
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from cms.pages.tests.factories import PageFactory
from cms.posts.tests.factories import PostFactory
from tests.fixtures import Save

FACTORIES = {"pages": PageFactory, "posts": PostFactory}

each_kind = pytest.mark.parametrize("kind", FACTORIES)


@pytest.fixture(autouse=True)
async def documents(save: Save) -> None:
    for factory in FACTORIES.values():
        await save(factory.build(slug="draft", published=False))


async def seconds(client: AsyncClient, path: str) -> float:
    began = perf_counter()
    assert (await client.get(path)).status_code == 404
    return perf_counter() - began


async def are_told_apart(client: AsyncClient, *paths: str) -> bool:
    """Whether the times of their answers, taken in turn, differ by more than a tenth."""
    turns = [[await seconds(client, path) for path in paths] for _ in range(150)]
    first, second = [median(times) for times in zip(*turns, strict=True)]
    return abs(first - second) > 0.1 * min(first, second)


@pytest.mark.attack("A9")
@each_kind
async def test_a_draft_and_a_missing_document_take_the_same_time(
    client: AsyncClient, connection: AsyncConnection, kind: str
) -> None:
    # Reading such a body takes PostgreSQL longer than looking it up.
    await connection.execute(
        text(
            f"UPDATE {kind} SET body = (SELECT string_agg(md5(n::text), '') "
            "FROM generate_series(1, 8000) AS n) WHERE slug = 'draft'"
        )
    )
    paths = (f"/api/v1/{kind}/draft", f"/api/v1/{kind}/never")
    for path in paths * 5:
        await seconds(client, path)  # the first requests make what the others use

    # What another process takes of the machine may fall on one of them, but not each time.
    for _ in range(3):
        if not await are_told_apart(client, *paths):
            return
    pytest.fail("a draft and a missing document can be told apart")
