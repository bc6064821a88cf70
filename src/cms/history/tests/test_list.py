"""The list of changes and one of them, as an editor asks for them."""

from uuid import uuid4

import pytest
from httpx import AsyncClient

from cms.history.tests.conftest import API, HISTORY, Entries
from cms.identity.model import User
from cms.identity.tests.factories import UserFactory
from tests.fixtures import LogIn
from tests.problems import assert_problem


@pytest.fixture
def other() -> User:
    return UserFactory.build(id=uuid4(), email="other@example.com")


@pytest.fixture(autouse=True)
async def changes(editor: AsyncClient, log_in: LogIn, other: User) -> None:
    """Two posts and a page; the other user publishes one."""
    colleague = await log_in(other)
    await editor.post(f"{API}/posts", json={"title": "First"})
    await editor.post(f"{API}/posts", json={"title": "Second"})
    await editor.post(f"{API}/pages", json={"title": "About"})
    await colleague.put(f"{API}/posts/first", json={"title": "First", "published": True})


async def test_all_changes_come_newest_first(entries: Entries) -> None:
    listed = [(each["type"], each["slug"], each["action"]) for each in await entries()]

    assert listed == [
        ("posts", "first", "published"),
        ("pages", "about", "created"),
        ("posts", "second", "created"),
        ("posts", "first", "created"),
        ("settings", "site", "created"),
    ]
    times = [each["changed_at"] for each in await entries()]
    assert times == sorted(times, reverse=True)


async def test_the_envelope_is_that_of_every_list(editor: AsyncClient, entries: Entries) -> None:
    page = (await editor.get(HISTORY, params={"per_page": 2, "page": 2})).json()

    assert page["items"] == (await entries())[2:4]
    del page["items"]
    assert page == {"page": 2, "per_page": 2, "total": 5, "total_pages": 3}


async def test_past_the_last_page_the_total_stays_true(editor: AsyncClient) -> None:
    page = (await editor.get(HISTORY, params={"type": "posts", "page": 9})).json()

    assert (page["items"], page["total"]) == ([], 3)


async def test_filters_narrow_the_list_alone_and_together(entries: Entries, other: User) -> None:
    first = (await entries(type="posts"))[0]["document_id"]

    assert len(await entries(type="pages")) == 1
    assert [each["action"] for each in await entries(id=first)] == ["published", "created"]
    assert [each["slug"] for each in await entries(user=other.id)] == ["first"]
    assert len(await entries(action="created")) == 4
    assert len(await entries(id=first, type="posts", action="created")) == 1
    assert await entries(id=first, type="pages") == []
    assert await entries(action="created", user=other.id) == []
    assert await entries(id=uuid4()) == []


@pytest.mark.parametrize(
    "query",
    ["type=site_settings", "type=", "type=users", "id=1", "user=x", "action=erased", "sort=slug"],
)
async def test_a_filter_that_cannot_be_is_422(editor: AsyncClient, query: str) -> None:
    problem = assert_problem(await editor.get(f"{HISTORY}?{query}"), 422)

    assert problem["errors"][0]["loc"] == ["query", query.partition("=")[0]]


async def test_the_types_that_there_are_are_named(editor: AsyncClient) -> None:
    problem = assert_problem(await editor.get(f"{HISTORY}?type=users"), 422)

    assert "posts, pages, settings" in problem["errors"][0]["msg"]


async def test_one_entry_is_the_same_as_in_the_list(editor: AsyncClient, entries: Entries) -> None:
    listed = (await entries())[0]

    response = await editor.get(f"{HISTORY}/{listed['id']}")

    entry = response.json()
    assert entry.pop("document")["title"] == "First"
    assert entry == listed
    assert response.headers["Cache-Control"] == "no-store"


async def test_without_a_token_there_is_no_history(client: AsyncClient, entries: Entries) -> None:
    entry = (await entries())[0]["id"]

    for method, path in (("GET", ""), ("GET", f"/{entry}"), ("POST", f"/{entry}/restore")):
        refused = await client.request(method, HISTORY + path)

        assert_problem(refused, 401)
        assert "first" not in refused.text


@pytest.mark.parametrize(("method", "suffix"), [("GET", ""), ("POST", "/restore")])
async def test_an_entry_that_is_not_there_is_404(
    editor: AsyncClient, method: str, suffix: str
) -> None:
    for id_ in (uuid4(), "first", "1"):
        assert_problem(await editor.request(method, f"{HISTORY}/{id_}{suffix}"), 404)


async def test_every_write_of_an_editor_names_them(
    editor: AsyncClient, entries: Entries, other: User
) -> None:
    published, created, *_ = await entries(type="posts")

    assert published["changed_by"] == {"id": str(other.id), "email": "other@example.com"}
    me = (await editor.get(f"{API}/users/me")).json()
    assert created["changed_by"] == {"id": me["id"], "email": me["email"]}
    assert (await entries(type="settings"))[0]["changed_by"] is None


async def test_who_it_was_stays_when_the_user_is_gone(
    admin: AsyncClient, entries: Entries, other: User
) -> None:
    assert (await admin.delete(f"{API}/users/{other.id}")).status_code == 204

    [entry] = await entries(user=other.id)

    assert entry["changed_by"] == {"id": str(other.id), "email": "other@example.com"}
