"""Who is said to have made a change, over real commits on one connection that all of them share."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from httpx import AsyncClient
from sqlalchemy import text

from cms.identity.model import User
from cms.identity.tests.factories import UserFactory
from cms.kernel import Database
from cms.main import assemble
from tests.fixtures import connected, make_client, make_settings, make_token

POSTS = "/api/v1/posts"


class Office:
    """Two editors, and somebody with `psql`, one after the other on the same connection."""

    def __init__(self, database: Database, first: AsyncClient, second: AsyncClient) -> None:
        self.database, self.first, self.second = database, first, second

    async def run(self, *statements: str) -> None:
        """In one transaction."""
        async with self.database.session() as session:
            for statement in statements:
                await session.execute(text(statement))

    async def last_editor(self) -> str | None:
        """Of the newest entry."""
        newest = "SELECT user_email FROM history ORDER BY id DESC LIMIT 1"
        async with self.database.session() as session:
            email: str | None = await session.scalar(text(newest))
            return email


@pytest.fixture
async def office(own_database_url: str) -> AsyncIterator[Office]:
    settings = make_settings(own_database_url, database_pool_size=1)
    async with connected(settings) as database:
        app = assemble(settings, database=database)
        headers = []
        for email in ("first@example.com", "second@example.com"):
            user: User = UserFactory.build(id=uuid4(), email=email)
            async with database.session() as session:
                await session.execute(
                    text("DELETE FROM users WHERE email = :email"), {"email": email}
                )
            async with database.session() as session:
                session.add(user)
            token = await make_token(database, settings, user)
            headers.append({"Authorization": f"Bearer {token}"})
        async with (
            make_client(app, headers=headers[0]) as first,
            make_client(app, headers=headers[1]) as second,
        ):
            yield Office(database, first, second)


async def write(editor: AsyncClient, title: str) -> None:
    slug = {"title": title, "slug": "shared"}
    if (await editor.put(f"{POSTS}/shared", json=slug)).status_code == 404:
        assert (await editor.post(POSTS, json=slug)).status_code == 201


async def test_each_write_is_its_own_editors_and_what_comes_after_it_nobodys(
    office: Office,
) -> None:
    await write(office.first, "one")
    assert await office.last_editor() == "first@example.com"
    await write(office.second, "two")
    assert await office.last_editor() == "second@example.com"

    await office.run("UPDATE posts SET title = 'three'")

    assert await office.last_editor() is None


async def test_a_refused_write_leaves_nobody_behind(office: Office) -> None:
    await write(office.first, "one")
    refused = await office.first.put(
        f"{POSTS}/shared", json={"title": "x"}, headers={"If-Match": '"other"'}
    )
    assert refused.status_code == 412

    await office.run("UPDATE posts SET title = 'four'")

    assert await office.last_editor() is None


@pytest.mark.parametrize("word", ["SESSION", "LOCAL"])
@pytest.mark.parametrize("forged", ["{user} {email}", "123 {user} {email}", "nonsense", ""])
async def test_nothing_but_the_query_that_authenticates_tells_who(
    office: Office, word: str, forged: str
) -> None:
    """A session's setting, as a pooler may hand it on, is believed as little as a role's."""
    await write(office.first, "one")
    value = forged.format(user=uuid4(), email="forged@example.com")

    await office.run(f"SET {word} cms.\"user\" = '{value}'", "UPDATE posts SET title = 'five'")
    assert await office.last_editor() is None
    await office.run("UPDATE posts SET title = 'six'")
    assert await office.last_editor() is None

    await write(office.second, "seven")
    assert await office.last_editor() == "second@example.com"
    await office.run('RESET cms."user"')


async def test_who_looks_but_does_not_write_is_not_named(office: Office) -> None:
    assert (await office.first.get("/api/v1/users/me")).status_code == 200

    await office.run("INSERT INTO pages (slug, title, body) VALUES (gen_random_uuid(), 'x', '')")

    assert await office.last_editor() is None
