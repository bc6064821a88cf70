"""Following a link, for whoever has it."""

import base64
from secrets import token_bytes
from uuid import UUID

import pytest
from httpx import AsyncClient
from sqlalchemy.ext.asyncio import AsyncEngine

from cms.documents.tests.statements import recorded
from cms.edge.tests.test_requestlog import Log
from cms.identity.model import User
from cms.identity.tests.factories import UserFactory
from cms.posts.model import Post
from cms.posts.tests.factories import PostFactory
from cms.previews.tests.conftest import PREVIEWS, Sql, follow, live, make
from tests.fixtures import LogIn, Save
from tests.problems import assert_problem


@pytest.fixture
def maker() -> User:
    return UserFactory.build(id=UUID("019abf3e-0a11-7c52-8f00-6b1de2f0a9c4"))


@pytest.fixture
async def token(log_in: LogIn, maker: User, draft: Post) -> str:
    """Of a link to the draft, made by `maker`."""
    made = await make(await log_in(maker), draft)
    return str(made["token"])


@pytest.mark.attack("A15")
async def test_a_link_shows_its_document_and_opens_nothing_else(
    client: AsyncClient, editor: AsyncClient, save: Save, draft: Post, token: str
) -> None:
    other = PostFactory.build(slug="other", published=False)
    await save(other)
    shown = (await follow(client, token)).json()

    assert shown["document"]["id"] == str(draft.id)
    assert "other" not in str(shown)
    for path in ("posts/draft", "posts/other", "posts/draft?preview=1", f"preview/{other.id}"):
        assert (await client.get(f"/api/v1/{path}")).status_code in {404, 422}
    for query in (f"?id={other.id}", "?status=all", "?slug=other"):
        assert_problem(await client.get(f"/api/v1/preview/{token}{query}"), 422)
    bearer = {"Authorization": f"Bearer {token}"}
    assert_problem(await client.get("/api/v1/posts?status=all", headers=bearer), 401)
    assert_problem(await client.get(PREVIEWS, headers=bearer), 401)


@pytest.mark.attack("A15")
async def test_it_follows_the_document_as_it_changes(
    client: AsyncClient, editor: AsyncClient, token: str
) -> None:
    change = {"title": "Moved", "slug": "moved"}
    assert (await editor.patch("/api/v1/posts/draft", json=change)).status_code == 200

    shown = (await follow(client, token)).json()

    assert shown["document"]["title"] == "Moved"
    assert shown["path"] == "/blog/moved"


@pytest.mark.attack("A16")
@pytest.mark.parametrize("end", ["deactivated", "deleted"])
async def test_a_link_ends_for_good_with_the_dismissal_of_its_maker(
    client: AsyncClient,
    admin: AsyncClient,
    draft: Post,
    maker: User,
    token: str,
    sql: Sql,
    end: str,
) -> None:
    kept = await make(admin, draft)
    path = f"/api/v1/users/{maker.id}"
    assert (await admin.patch(path, json={"role": "admin"})).status_code == 200
    assert (await follow(client, token)).status_code == 200

    if end == "deleted":
        assert (await admin.delete(path)).status_code == 204
    else:
        for is_active in (False, True):
            assert (await admin.patch(path, json={"is_active": is_active})).status_code == 200
            await sql("SET CONSTRAINTS ALL IMMEDIATE")  # as at the commit, which no test has

    assert_problem(await follow(client, token), 404)
    assert [each["id"] for each in await live(admin)] == [kept["id"]]
    await sql("SET CONSTRAINTS ALL IMMEDIATE")
    assert len(await sql("SELECT id FROM previews")) == 1


@pytest.mark.attack("A16")
async def test_a_link_that_was_restored_without_triggers_works_as_little(
    client: AsyncClient, editor: AsyncClient, token: str, sql: Sql
) -> None:
    await sql("SET LOCAL session_replication_role = replica")  # in which no trigger fires
    await sql("UPDATE users SET is_active = false WHERE id = (SELECT created_by FROM previews)")

    assert_problem(await follow(client, token), 404)
    assert await live(editor) == []


@pytest.mark.attack("A17")
async def test_nobody_may_keep_the_answer(client: AsyncClient, token: str) -> None:
    response = await follow(client, token)

    assert response.headers["cache-control"] == "private, no-store"
    assert response.headers["x-robots-tag"] == "noindex"
    assert "etag" not in response.headers
    refused = await follow(client, "wrong")
    assert refused.headers["cache-control"] == "no-store"


async def spoilt(sql: Sql, token: str) -> dict[str, str]:
    """Tokens that are no good, each for another reason."""
    last = "A" if token[-1] != "A" else "B"
    return {
        "unknown": base64.urlsafe_b64encode(token_bytes(32)).decode().rstrip("="),
        "one letter off": token[:-1] + last,
        "short": "x",
        "long": "x" * 4000,
        "NUL": "%00",
        "other case": token.swapcase(),
        "padded": token + "=",
        "blank behind": token + "%20",
        "of another": str((await sql("SELECT id FROM previews"))[0][0]),
        "hash": (await sql("SELECT encode(token_hash, 'hex') FROM previews"))[0][0],
    }


@pytest.mark.attack("A18")
async def test_whatever_is_wrong_with_a_token_the_answer_and_its_work_are_the_same(
    client: AsyncClient, engine: AsyncEngine, token: str, sql: Sql
) -> None:
    tokens = await spoilt(sql, token)
    seen = set[tuple[int, object, bytes, tuple[str, ...]]]()

    async def look(token: str) -> None:
        with recorded(engine) as statements:
            response = await client.get(
                f"/api/v1/preview/{token}", headers={"X-Request-ID": "same"}
            )
        work = tuple(each.sql for each in statements)
        assert len(work) == 1
        seen.add((response.status_code, str(response.headers), response.content, work))

    for each in tokens.values():
        await look(each)
    for end in (
        "UPDATE previews SET expires_at = clock_timestamp()",
        "UPDATE users SET is_active = false",
        "DELETE FROM previews",
    ):
        await sql("SAVEPOINT before")
        await sql(end)
        await look(token)
        await sql("ROLLBACK TO before")

    assert (await follow(client, token)).status_code == 200
    [(status, *_)] = seen
    assert status == 404


@pytest.mark.attack("T22")
async def test_no_token_is_in_the_log(client: AsyncClient, token: str, log: Log) -> None:
    for each in (token, "guessed-token"):
        await follow(client, each)

    assert [event["route"] for event in log.requests] == ["/api/v1/preview/{token}"] * 2
    assert token not in log.text
    assert "guessed" not in log.text
