from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from httpx import AsyncClient

API = "/api/v1"
HISTORY = f"{API}/history"

type Entries = Callable[..., Awaitable[list[dict[str, Any]]]]


@pytest.fixture
def entries(editor: AsyncClient) -> Entries:
    """The entries of a list, newest first."""

    async def entries(**query: Any) -> list[dict[str, Any]]:
        response = await editor.get(HISTORY, params={"per_page": 100, **query})
        assert response.status_code == 200, response.text
        items: list[dict[str, Any]] = response.json()["items"]
        return items

    return entries


async def document_of(editor: AsyncClient, entry: dict[str, Any]) -> dict[str, Any]:
    """The whole document of an entry."""
    response = await editor.get(f"{HISTORY}/{entry['id']}")
    assert response.status_code == 200
    document: dict[str, Any] = response.json()["document"]
    return document
