import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest
from httpx import AsyncClient, Response
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from cms.documents.types import DocumentType
from tests.documents.kinds import Kind

API = "/api/v1"
COPIES = f"{API}/working-copies"


@dataclass(frozen=True)
class Desk:
    """A document, and what an editor does with its working copy."""

    editor: AsyncClient
    of: DocumentType
    id: str
    document: str
    """Its address."""
    content: dict[str, Any]
    """Another content than it has."""

    @property
    def path(self) -> str:
        return f"{COPIES}/{self.of.name}/{self.id}"

    async def start(self, content: dict[str, Any] | None = None, **more: Any) -> str:
        """Starts the copy, and gives its ETag."""
        response = await self.save({"If-None-Match": "*"}, content or self.content, **more)
        assert response.status_code == 201, response.text
        return str(response.headers["ETag"])

    async def save(
        self, condition: dict[str, str], content: dict[str, Any] | None = None, **more: Any
    ) -> Response:
        body = {"content": self.content if content is None else content, **more}
        return await self.editor.put(self.path, json=body, headers=condition)

    async def publish(self, etag: str | None, query: str = "") -> Response:
        headers = {} if etag is None else {"If-Match": etag}
        return await self.editor.post(f"{self.path}/publish{query}", headers=headers)

    async def discard(self, etag: str | None) -> Response:
        headers = {} if etag is None else {"If-Match": etag}
        return await self.editor.delete(self.path, headers=headers)

    async def live(self) -> Response:
        suffix = "" if self.of.is_singleton else "?status=all"
        return await self.editor.get(self.document + suffix)


type MakeDesk = Callable[[Kind], Awaitable[Desk]]


@pytest.fixture
def make_desk(editor: AsyncClient, connection: AsyncConnection) -> MakeDesk:
    """The published example of a kind, at an editor's."""

    async def make(kind: Kind) -> Desk:
        if kind.singleton:
            await connection.execute(update(kind.table).values(kind.values()))
        else:
            example = kind.example | {"published": True}
            assert (await editor.post(kind.path, json=example)).status_code == 201
        id_ = await connection.scalar(select(kind.table.c.id))
        return Desk(
            editor, kind.type, str(id_), kind.document, json.loads(json.dumps(kind.changed))
        )

    return make


@pytest.fixture
async def desk(make_desk: MakeDesk, kind: Kind) -> Desk:
    return await make_desk(kind)
