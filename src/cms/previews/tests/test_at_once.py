"""A link that is made while what ends it happens."""

import asyncio

import pytest
from httpx import Response

from cms.identity.model import User
from cms.identity.tests.calls import Tokens, bearer, change_user, delete_user, log_in_as, send
from cms.identity.tests.conftest import Arena
from cms.identity.tests.factories import UserFactory
from cms.kernel import Database
from cms.postgres import Changes
from cms.posts.tests.factories import PostFactory


@pytest.fixture
async def document(arena: Arena) -> str:
    await arena.sql("DELETE FROM posts")
    post = PostFactory.build(slug="draft", published=False)
    async with Database(arena.engine, Changes("", 1)).session() as session:
        session.add(post)
    return str(post.id)


@pytest.fixture
async def users(arena: Arena) -> tuple[User, User]:
    """An admin, and an editor."""
    users = UserFactory.build(role="admin"), UserFactory.build()
    await arena.add(*users)
    return users


async def make(arena: Arena, tokens: Tokens, id_: str) -> Response:
    payload = {"type": "posts", "id": id_}
    return await send(arena.app, "POST", "/previews", json=payload, headers=bearer(tokens.access))


async def assert_ended(arena: Arena, made: Response) -> None:
    followed = await send(arena.app, "GET", f"/preview/{made.json()['token']}")
    assert followed.status_code == 404
    assert await arena.sql("SELECT 1 FROM previews") == []


@pytest.mark.attack("A16")
@pytest.mark.parametrize("end", ["deactivated", "deleted"])
async def test_its_maker_is_dismissed(
    arena: Arena, document: str, users: tuple[User, User], end: str
) -> None:
    admin, maker = [await log_in_as(arena.app, each.email) for each in users]
    id_ = users[1].id

    async with arena.transaction() as someone:
        await someone.exec_driver_sql("SELECT 1 FROM posts FOR UPDATE")
        making = asyncio.ensure_future(make(arena, maker, document))
        await arena.until_waiting(1)
        dismissal = asyncio.ensure_future(
            delete_user(arena.app, admin, id_)
            if end == "deleted"
            else change_user(arena.app, admin, id_, is_active=False)
        )
        await arena.until_waiting(2)

    made, dismissed = await asyncio.gather(making, dismissal)
    assert (made.status_code, dismissed.status_code // 100) == (201, 2)
    await assert_ended(arena, made)


async def test_its_document_is_deleted(
    arena: Arena, document: str, users: tuple[User, User]
) -> None:
    tokens = await log_in_as(arena.app, users[1].email)
    headers = bearer(tokens.access)

    async with arena.transaction() as someone:
        await someone.exec_driver_sql("SELECT 1 FROM posts FOR UPDATE")
        making = asyncio.ensure_future(make(arena, tokens, document))
        await arena.until_waiting(1)
        deleting = asyncio.ensure_future(send(arena.app, "DELETE", "/posts/draft", headers=headers))
        await arena.until_waiting(2)

    made, deleted = await asyncio.gather(making, deleting)
    assert (made.status_code, deleted.status_code) == (201, 204)
    await assert_ended(arena, made)
