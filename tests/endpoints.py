"""Every endpoint that takes input, and what it would take."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from httpx import AsyncClient, Response
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from cms.cache import PublicCache
from cms.documents.working_copies import WorkingCopy
from cms.identity.tests.factories import UserFactory
from cms.kernel import Base, Database, Settings
from cms.pages.tests.factories import PageFactory
from cms.posts.tests.factories import PostFactory
from cms.previews.model import Preview
from cms.redirects.model import Redirect
from cms.schedule.model import Schedule
from tests.fixtures import Save, make_settings, on

API = "/api/v1"
JSON = {"Content-Type": "application/json"}
USER_ID = UUID("019abf3e-7b1c-7d40-9d2f-2f4d6a1c0b55")
POST_ID = UUID("019abf3e-7b1c-7d40-9d2f-2f4d6a1c0b56")

# Each write with a body, and the body.
WRITES: dict[str, dict[str, Any]] = {
    "POST /pages": {"title": "New"},
    "POST /posts": {"title": "New"},
    "PUT /pages/kept": {"title": "Changed"},
    "PUT /posts/kept": {"title": "Changed"},
    "PUT /settings": {"site_name": "Changed"},
    "PATCH /pages/kept": {"title": "Changed"},
    "PATCH /posts/kept": {"title": "Changed"},
    "PATCH /settings": {"site_name": "Changed"},
    "POST /redirects": {"from_path": "/new", "to": "/changed"},
    f"PUT /redirects/{USER_ID}": {"from_path": "/kept", "to": "/changed"},
    "POST /users": {"email": "new@example.com", "password": "correct horse battery"},
    f"PATCH /users/{USER_ID}": {"role": "editor"},
    "PUT /users/me/password": {"current_password": "x" * 12, "new_password": "y" * 12},
    f"PUT /working-copies/posts/{POST_ID}": {"content": {"title": "Changed"}},
    f"PUT /schedule/posts/{POST_ID}": {"publish_at": "2099-01-01T08:00:00Z"},
    "POST /rich-text/clean": {"html": "<p>New</p>"},
    "POST /previews": {"type": "posts", "id": str(POST_ID)},
    "POST /auth/login": {"email": "new@example.com", "password": "correct horse battery"},
    "POST /auth/refresh": {"refresh_token": "x"},
    "POST /auth/logout": {"refresh_token": "x"},
}
DELETIONS = [
    "DELETE /pages/kept",
    "DELETE /posts/kept",
    f"DELETE /working-copies/posts/{POST_ID}",
    f"DELETE /schedule/posts/{POST_ID}",
    f"DELETE /redirects/{USER_ID}",
    f"DELETE /users/{USER_ID}",
    f"DELETE /users/me/sessions/{USER_ID}",
    f"DELETE /previews/{USER_ID}",
]
# Other writes without a body.
ACTIONS = [
    f"POST /history/{USER_ID}/restore",
    f"POST /working-copies/posts/{POST_ID}/publish",
]
LISTS = [
    *("/pages", "/posts", "/users", "/users/me/sessions", "/history", "/previews"),
    *("/working-copies", "/schedule"),
    *("/sitemap", "/redirects"),
]
READS = [
    *LISTS,
    *("/pages/kept", "/posts/kept", "/settings", "/users/me", f"/users/{USER_ID}"),
    *("/tags", "/sitemap/addresses", f"/redirects/{USER_ID}"),
]


def kept() -> list[Base]:
    """What the endpoints above are about."""
    return [
        PageFactory.build(slug="kept"),
        PostFactory.build(id=POST_ID, slug="kept"),
        UserFactory.build(id=USER_ID, role="admin"),
        Schedule(
            type="posts",
            document_id=POST_ID,
            publish_at=datetime(2099, 1, 1, tzinfo=UTC),
            set_by_id=USER_ID,
            set_by_email="x@example.com",
        ),
        WorkingCopy(
            type="posts",
            document_id=POST_ID,
            content={"title": "Changed"},
            base_etag='"x"',
            user_id=USER_ID,
            user_email="x@example.com",
        ),
        Preview(
            id=USER_ID,
            token_hash=b"kept",
            type="posts",
            document_id=POST_ID,
            created_by=USER_ID,
            expires_at=datetime(2099, 1, 1, tzinfo=UTC),
        ),
        Redirect(id=USER_ID, from_path="/kept", to="/elsewhere", to_path="/elsewhere", status=301),
    ]


@pytest.fixture
async def unchanged(
    app: PublicCache,
    database: Database,
    settings: Settings,
    admin: AsyncClient,
    save: Save,
    connection: AsyncConnection,
) -> AsyncIterator[AsyncClient]:
    """An administrator who may ask as often as they like, with whose help nothing may change."""
    on(app, database, make_settings(settings.database_url, auth_rate_limit="1000000/minute"))
    await save(*kept())
    async with nothing_stored_changes(connection):
        yield admin


async def send(
    client: AsyncClient, write: str, content: bytes, headers: dict[str, str] = JSON
) -> Response:
    method, path = write.split()
    return await client.request(method, API + path, content=content, headers=headers)


@asynccontextmanager
async def nothing_stored_changes(connection: AsyncConnection) -> AsyncIterator[None]:
    before = await _stored(connection)
    yield
    assert await _stored(connection) == before


_TABLES = (
    *("pages", "posts", "site_settings", "history", "previews", "working_copies", "schedules"),
    *("redirects", "users", "auth_sessions", "refresh_tokens"),
)
_DIGESTS = text(
    " UNION ALL ".join(
        f"SELECT '{table}' AS name, md5(string_agg(row::text, '|' ORDER BY row::text)) AS digest "
        f"FROM {table} AS row"
        for table in _TABLES
    )
)


async def _stored(connection: AsyncConnection) -> dict[str, str | None]:
    stored = await connection.execute(_DIGESTS)
    return {row.name: row.digest for row in stored}
