"""Making, listing and revoking the links."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest
from httpx import AsyncClient
from sqlalchemy.ext.asyncio import AsyncEngine

from cms.documents.tests.statements import recorded
from cms.identity.tests.factories import UserFactory
from cms.kernel import Database, Settings
from cms.main import assemble
from cms.posts.model import Post
from cms.posts.tests.factories import PostFactory
from cms.previews.tests.conftest import PREVIEWS, Sql, follow, live, make
from tests.fixtures import LogIn, Save, make_client, make_settings
from tests.problems import assert_problem


def seconds_from_now(time: str) -> float:
    return (datetime.fromisoformat(time) - datetime.now(UTC)).total_seconds()


async def test_a_link_is_256_bits_of_which_only_the_hash_is_stored(
    editor: AsyncClient, draft: Post, sql: Sql
) -> None:
    one, two = [await make(editor, draft) for _ in range(2)]

    assert one.keys() == {"id", "token", "url", "expires_at"}
    assert len(one["token"]) == len(two["token"]) == 43
    assert one["token"] != two["token"]
    [(stored, row)] = await sql(
        "SELECT token_hash, previews::text FROM previews WHERE id = :id", id=one["id"]
    )
    assert stored == sha256(one["token"].encode()).digest()
    assert one["token"] not in row


@pytest.mark.parametrize(
    ("given", "seconds"),
    [({}, 86_400), ({"expires_in": 60}, 60), ({"expires_in": 2_592_000}, 2_592_000)],
)
async def test_it_lasts_as_long_as_is_asked(
    editor: AsyncClient, draft: Post, given: dict[str, int], seconds: int
) -> None:
    made = await make(editor, draft, **given)

    assert seconds_from_now(made["expires_at"]) == pytest.approx(seconds, abs=5)


@pytest.mark.parametrize("seconds", [59, 0, -60, 2_592_001, 60.5, "60", True, None])
async def test_it_lasts_a_minute_to_thirty_days(
    editor: AsyncClient, draft: Post, seconds: Any
) -> None:
    payload = {"type": "posts", "id": str(draft.id), "expires_in": seconds}

    response = await editor.post(PREVIEWS, json=payload)

    assert_problem(response, 422)
    assert response.json()["errors"][0]["loc"] == ["body", "expires_in"]
    assert await live(editor) == []


async def test_the_link_leads_to_the_website_where_that_is_known(
    editor: AsyncClient, settings: Settings, database: Database, draft: Post
) -> None:
    here = make_settings(settings.database_url, site_url="https://www.example.com")
    async with make_client(assemble(here, database=database), headers=editor.headers) as client:
        known = await make(client, draft)

    assert known["url"] == f"https://www.example.com/preview?token={known['token']}"
    assert (await make(editor, draft))["url"] is None


NOBODYS = "5b0fd4b1-7c1e-4a52-9f0e-0a5e0a0f3c11"


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"id": NOBODYS}, 404),
        ({"type": "pages"}, 404),
        ({"type": "users"}, 422),
        ({"id": "draft"}, 422),
        ({"slug": "draft"}, 422),
    ],
    ids=str,
)
async def test_there_is_no_link_to_what_is_no_document(
    editor: AsyncClient, draft: Post, changes: dict[str, str], status: int
) -> None:
    payload = {"type": "posts", "id": str(draft.id)} | changes

    assert_problem(await editor.post(PREVIEWS, json=payload), status)
    assert await live(editor) == []


async def test_the_list_tells_who_made_what_until_when_and_no_token(
    editor: AsyncClient, log_in: LogIn, save: Save, draft: Post
) -> None:
    maker = UserFactory.build(email="maker@example.com")
    colleague = await log_in(maker)
    other = PostFactory.build(slug="other")
    await save(other)
    first, second = await make(colleague, draft), await make(editor, other, expires_in=60)

    newest, oldest = await live(editor)

    assert oldest == {
        "id": first["id"],
        "type": "posts",
        "document_id": str(draft.id),
        "created_at": oldest["created_at"],
        "created_by": {"id": str(maker.id), "email": "maker@example.com"},
        "expires_at": first["expires_at"],
        "last_used_at": None,
    }
    assert (newest["id"], newest["expires_at"]) == (second["id"], second["expires_at"])
    assert await live(editor, type="posts", id=str(draft.id)) == [oldest]
    assert await live(editor, type="pages") == []
    page = (await editor.get(PREVIEWS, params={"per_page": 1, "page": 2})).json()
    assert page == {"items": [oldest], "page": 2, "per_page": 1, "total": 2, "total_pages": 2}


async def test_any_editor_revokes_a_link_at_once(
    editor: AsyncClient, log_in: LogIn, client: AsyncClient, draft: Post
) -> None:
    kept, made = await make(editor, draft), await make(editor, draft)
    colleague = await log_in(UserFactory.build())

    response = await colleague.delete(f"{PREVIEWS}/{made['id']}")

    assert (response.status_code, response.content) == (204, b"")
    assert_problem(await follow(client, made["token"]), 404)
    assert (await follow(client, kept["token"])).status_code == 200
    assert [each["id"] for each in await live(editor)] == [kept["id"]]
    assert_problem(await colleague.delete(f"{PREVIEWS}/{made['id']}"), 404)


async def test_its_last_use_is_noted_to_the_minute(
    editor: AsyncClient, client: AsyncClient, engine: AsyncEngine, draft: Post, sql: Sql
) -> None:
    token = (await make(editor, draft))["token"]

    async def last_used() -> datetime:
        await follow(client, token)
        [item] = await live(editor)
        return datetime.fromisoformat(item["last_used_at"])

    first = await last_used()
    assert abs(first - datetime.now(UTC)) < timedelta(seconds=5)
    with recorded(engine) as statements:
        assert await last_used() == first
    assert not [each.sql for each in statements if each.sql.startswith("UPDATE")]
    await sql("UPDATE previews SET last_used_at = last_used_at - interval '61 seconds'")
    assert await last_used() > first - timedelta(seconds=1)


async def test_what_has_expired_is_not_listed_and_dropped_by_the_next(
    editor: AsyncClient, draft: Post, sql: Sql
) -> None:
    await make(editor, draft)
    await sql("UPDATE previews SET expires_at = clock_timestamp()")
    assert await live(editor) == []

    made = await make(editor, draft)

    assert [str(id_) for (id_,) in await sql("SELECT id FROM previews")] == [made["id"]]
