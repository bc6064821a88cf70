from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from httpx import AsyncClient
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from cms.kernel import Database
from cms.schedule.watcher import do_what_is_due
from tests.documents.conftest import document  # noqa: F401 - the fixture
from tests.documents.kinds import Kind

API = "/api/v1"
SCHEDULE = f"{API}/schedule"
SOON, LATER = "2099-01-01T09:00:00+01:00", "2099-02-01T08:00:00Z"
SOON_IN_UTC = "2099-01-01T08:00:00Z"
PAST = "2020-01-01T08:00:00Z"

type MakeDue = Callable[[], Awaitable[None]]
type Create = Callable[..., Awaitable[str]]


@pytest.fixture
def create(editor: AsyncClient, kind: Kind) -> Create:
    """Stores the example of the kind; gives where its schedule is."""

    async def create(*, published: bool = False, **fields: Any) -> str:
        body = kind.example | {"published": published} | fields
        response = await editor.post(kind.path, json=body)
        assert response.status_code == 201, response.text
        return f"{SCHEDULE}/{kind.name}/{response.json()['id']}"

    return create


@pytest.fixture
def make_due(connection: AsyncConnection, database: Database) -> MakeDue:
    """Lets a century pass, and a process look at the clock."""

    async def make_due() -> None:
        for table, column in (
            ("schedules", "publish_at"),
            ("schedules", "unpublish_at"),
            ("working_copies", "publish_at"),
        ):
            await connection.execute(
                text(f"UPDATE {table} SET {column} = {column} - interval '100 years'")
            )
        await do_what_is_due(database)

    return make_due
