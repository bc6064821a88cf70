"""Requests made up from the API's own document, and answers held against it."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from uuid import UUID, uuid4

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import settings
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.python.asgi import shutdown_lifespans
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from sqlalchemy import update

from cms.documents.working_copies import WorkingCopy
from cms.history.model import HistoryEntry
from cms.history.schema import ENTRY_ID
from cms.identity.model import User
from cms.identity.tests.factories import UserFactory
from cms.kernel import Base, Database
from cms.main import assemble
from cms.pages.tests.factories import PageFactory
from cms.posts.tests.factories import PostFactory
from cms.previews.model import Preview
from cms.previews.schema import PREVIEW_ID, TOKEN
from cms.redirects.model import Redirect
from cms.redirects.schema import REDIRECT_ID
from cms.schedule.model import Schedule
from cms.schedule.schema import DOCUMENT_ID
from tests.fixtures import make_settings, make_token

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
# Random ids of users and sessions, tokens, passwords and ETags meet nothing that is stored, and the
# example of a rule has been created by then.
NEVER_SUCCEED = {
    "PUT /api/v1/redirects/{id}",
    "PUT /api/v1/working-copies/{type}/{id}",
    "POST /api/v1/working-copies/{type}/{id}/publish",
    "DELETE /api/v1/working-copies/{type}/{id}",
    "GET /api/v1/users/{user_id}",
    "PATCH /api/v1/users/{user_id}",
    "DELETE /api/v1/users/{user_id}",
    "DELETE /api/v1/users/me/sessions/{session_id}",
    "PUT /api/v1/users/me/password",
    "POST /api/v1/auth/login",
    "POST /api/v1/auth/refresh",
}

DOCUMENT = assemble(make_settings("postgresql://db/cms")).app.openapi()
schema = schemathesis.openapi.from_dict(DOCUMENT)
# The same requests in every run, so that a failure is nobody else's and can be made again.
bounded = settings(max_examples=25, derandomize=True, database=None, deadline=None)
answers: Counter[tuple[str, int]] = Counter()


@pytest.fixture(scope="module")
def app(own_database_url: str) -> Iterator[FastAPI]:
    # Without the rate limit, which would let no body through to be looked at.
    settings = make_settings(own_database_url, auth_rate_limit="1000000/minute")
    yield assemble(settings)
    shutdown_lifespans()


@pytest.fixture(scope="module")
def token(own_database_url: str) -> str:
    """An administrator's, who has a password that nobody guesses, and something to find."""

    async def prepare() -> str:
        settings = make_settings(own_database_url)
        database = Database.connect(settings)
        admin = UserFactory.build(role="admin", password_hash=str(uuid4()))
        documents = [factory.build(slug="about-us") for factory in (PageFactory, PostFactory)]
        draft = PostFactory.build(id=UUID(DOCUMENT_ID), published=False)
        async with database.session() as session:
            session.add_all([admin, *documents, draft])
            await session.flush()
            session.add_all(of_draft(admin))
            entry = update(HistoryEntry).where(HistoryEntry.type == "pages")
            await session.execute(entry.values(id=ENTRY_ID))
        token = await make_token(database, settings, admin)
        await database.close()
        return token

    return asyncio.run(prepare())


def of_draft(user: User) -> list[Base]:
    """What the examples name besides the draft itself."""
    of = {"type": "posts", "document_id": UUID(DOCUMENT_ID)}
    never = datetime(2099, 1, 1, tzinfo=UTC)
    content = {"title": "Changed"}
    return [
        Schedule(**of, publish_at=never, set_by_id=user.id, set_by_email=user.email),
        WorkingCopy(**of, content=content, base_etag="", user_id=user.id, user_email=user.email),
        # One to be taken back, another to be followed.
        Preview(**of, id=UUID(PREVIEW_ID), token_hash=b"", created_by=user.id, expires_at=never),
        Preview(
            **of, token_hash=sha256(TOKEN.encode()).digest(), created_by=user.id, expires_at=never
        ),
        Redirect(id=UUID(REDIRECT_ID), from_path="/old", to="/", to_path="/", status=301),
    ]


@schema.parametrize()
@bounded
def test_an_administrator_is_answered_as_the_document_says(
    case: Case, app: FastAPI, token: str
) -> None:
    response = case.call(app=app, headers={"Authorization": f"Bearer {token}"})

    answers[case.operation.label, response.status_code] += 1
    case.validate_response(response, checks=CHECKS)


def test_every_operation_was_also_asked_for_what_it_can_do() -> None:
    if not answers:
        pytest.skip("the test above did not run")
    operations = {operation for operation, _ in answers}
    successes = {operation for operation, status in answers if status < 300}

    assert operations - successes == NEVER_SUCCEED


@schema.include(method="GET").parametrize()
@bounded
def test_a_visitor_is_answered_as_the_document_says(case: Case, app: FastAPI) -> None:
    case.validate_response(case.call(app=app), checks=CHECKS)
