"""Requests made up from the API's own document, and answers held against it."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import settings
from schemathesis import Case, HookContext
from schemathesis.checks import not_a_server_error
from schemathesis.python.asgi import shutdown_lifespans
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from sqlalchemy import update

from cms.documents import etag_of
from cms.documents.working_copies import WorkingCopy
from cms.history.model import HistoryEntry
from cms.history.schema import ENTRY_ID
from cms.identity.model import AuthSession, RefreshToken, User
from cms.identity.tests.factories import PASSWORD, UserFactory
from cms.identity.tokens import refresh_token_hash
from cms.kernel import Base
from cms.main import assemble
from cms.pages.tests.factories import PageFactory
from cms.posts.tests.factories import PostFactory
from cms.previews.model import Preview
from cms.previews.schema import PREVIEW_ID, TOKEN
from cms.redirects.model import Redirect
from cms.redirects.schema import REDIRECT_ID
from cms.schedule.model import Schedule
from cms.schedule.schema import DOCUMENT_ID
from tests.fixtures import connected, make_settings, make_token

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
USER_ID, SESSION_ID = str(uuid4()), str(uuid4())
EMAIL, UNSPENT = "known@example.com", "x" * 43
NEVER = datetime(2099, 1, 1, tzinfo=UTC)
COPIES = {
    f"{method} /api/v1/working-copies/{{type}}/{{id}}{rest}": uuid4()
    for method, rest in (("PUT", ""), ("POST", "/publish"), ("DELETE", ""))
}
"""Of each request that changes or ends a working copy, the document whose copy it is."""


def version(id_: UUID) -> dict[str, Any]:
    """Of a document and its copy, so that one ETag names both."""
    return {"id": id_, "version": 1, "updated_at": NEVER}


# What the document's own examples cannot know of this database.
EXAMPLES: dict[str, dict[str, Any]] = {
    "POST /api/v1/auth/login": {"body": {"email": EMAIL, "password": PASSWORD}},
    "POST /api/v1/auth/refresh": {"body": {"refresh_token": UNSPENT}},
    "DELETE /api/v1/users/me/sessions/{session_id}": {
        "path_parameters": {"session_id": SESSION_ID}
    },
    # Another has been created of the example by then.
    "PUT /api/v1/redirects/{id}": {"body": {"from_path": "/old", "to": "/new"}},
    **{
        f"{method} /api/v1/users/{{user_id}}": {"path_parameters": {"user_id": USER_ID}}
        for method in ("GET", "PATCH", "DELETE")
    },
    **{
        request: {
            "path_parameters": {"type": "posts", "id": str(id_)},
            "headers": {"If-Match": etag_of(version(id_))},
        }
        for request, id_ in COPIES.items()
    },
}
# It would end the session of all who come after.
NEVER_SUCCEED = {"PUT /api/v1/users/me/password"}

DOCUMENT = assemble(make_settings("postgresql://db/cms")).app.openapi()
schema = schemathesis.openapi.from_dict(DOCUMENT)
# The same requests in every run, so that a failure is nobody else's and can be made again.
bounded = settings(max_examples=25, derandomize=True, database=None, deadline=None)
answers: Counter[tuple[str, int]] = Counter()


@schema.hook  # type: ignore[untyped-decorator]
def before_add_examples(context: HookContext, examples: list[Case]) -> None:
    operation = context.operation
    assert operation is not None
    known = EXAMPLES.get(operation.label, {})
    if known and not examples:
        examples.append(operation.Case(**known))
    for example in examples:
        for name, value in known.items():
            setattr(example, name, value)


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
        admin = UserFactory.build(role="admin", password_hash=str(uuid4()))
        documents = [factory.build(slug="about-us") for factory in (PageFactory, PostFactory)]
        draft = PostFactory.build(id=UUID(DOCUMENT_ID), published=False)
        user = UserFactory.build(id=UUID(USER_ID), email=EMAIL)
        edited = [PostFactory.build(**version(id_)) for id_ in COPIES.values()]
        of_session = {"created_at": NEVER, "last_used_at": NEVER, "expires_at": NEVER, "ip": ""}
        refreshed = AuthSession(id=uuid4(), user_id=user.id, **of_session)
        async with connected(settings) as database:
            async with database.session() as session:
                session.add_all([admin, user, *documents, draft, *edited])
                await session.flush()
                session.add_all(of_draft(admin))
                session.add(AuthSession(id=UUID(SESSION_ID), user_id=admin.id, **of_session))
                session.add(refreshed)
                await session.flush()
                unspent = refresh_token_hash(UNSPENT)
                session.add(RefreshToken(token_hash=unspent, session_id=refreshed.id))
                entry = update(HistoryEntry).where(HistoryEntry.type == "pages")
                await session.execute(entry.values(id=ENTRY_ID))
            return await make_token(database, settings, admin)

    return asyncio.run(prepare())


def of_draft(user: User) -> list[Base]:
    """What the examples name besides the draft itself."""
    of = {"type": "posts", "document_id": UUID(DOCUMENT_ID)}
    by = {"user_id": user.id, "user_email": user.email}
    content = {"title": "Changed"}
    return [
        Schedule(**of, publish_at=NEVER, set_by_id=user.id, set_by_email=user.email),
        WorkingCopy(**of, content=content, base_etag="", **by),
        *(
            WorkingCopy(
                **version(id_),
                type="posts",
                document_id=id_,
                content=content,
                base_etag=etag_of(version(id_)),
                **by,
            )
            for id_ in COPIES.values()
        ),
        # One to be taken back, another to be followed.
        Preview(**of, id=UUID(PREVIEW_ID), token_hash=b"", created_by=user.id, expires_at=NEVER),
        Preview(
            **of, token_hash=sha256(TOKEN.encode()).digest(), created_by=user.id, expires_at=NEVER
        ),
        Redirect(id=UUID(REDIRECT_ID), from_path="/old", to="/", to_path="/", status=301),
    ]


@schema.parametrize()
@bounded
def test_administrators_and_visitors_are_answered_as_the_document_says(
    case: Case, app: FastAPI, token: str
) -> None:
    response = case.call(app=app, headers={"Authorization": f"Bearer {token}"})

    answers[case.operation.label, response.status_code] += 1
    case.validate_response(response, checks=CHECKS)
    if case.operation.method == "get":
        case.validate_response(case.call(app=app), checks=CHECKS)


def test_every_operation_was_also_asked_for_what_it_can_do() -> None:
    if not answers:
        pytest.skip("the test above did not run")
    operations = {operation for operation, _ in answers}
    successes = {operation for operation, status in answers if status < 300}

    assert operations - successes == NEVER_SUCCEED
