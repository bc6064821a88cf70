"""A website's own redirects."""

from typing import Any
from uuid import uuid4

import pytest
from httpx import AsyncClient, Response
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from cms.kernel import API_PREFIX
from cms.pages.tests.factories import PageFactory
from cms.redirects.paths import path_on_site
from tests.fixtures import Save
from tests.problems import assert_problem

REDIRECTS = f"{API_PREFIX}/redirects"
# Which no compression makes short.
_WORDS = "".join(chr(0x4E00 + n * 7_919 % 20_000) for n in range(1_900))


async def add(editor: AsyncClient, from_path: str, to: str | None, status: int = 301) -> Response:
    return await editor.post(REDIRECTS, json={"from_path": from_path, "to": to, "status": status})


async def added(editor: AsyncClient, from_path: str, to: str | None, status: int = 301) -> Any:
    response = await add(editor, from_path, to, status)
    assert response.status_code == 201, response.text
    return response.json()


async def test_a_rule_is_made_listed_for_everybody_changed_and_deleted(
    client: AsyncClient, editor: AsyncClient
) -> None:
    made = await add(editor, "/old", "https://elsewhere.example/x", 302)
    rule = {"from_path": "/old", "to": "https://elsewhere.example/x", "status": 302}
    assert made.json() == {"id": made.json()["id"], **rule}
    place = made.headers["location"]
    assert place == f"{REDIRECTS}/{made.json()['id']}"
    read = await editor.get(place)
    assert (read.json(), read.headers["Cache-Control"]) == (made.json(), "private, no-store")
    assert (await client.get(REDIRECTS)).json() == {
        "items": [made.json()],
        "page": 1,
        "per_page": 10_000,
        "total": 1,
        "total_pages": 1,
    }

    etag = {"If-Match": made.headers["etag"]}
    gone = {"from_path": "/old", "status": 410}
    assert (await editor.put(place, json=rule, headers=etag)).headers["etag"] == etag["If-Match"]
    changed = await editor.put(place, json=gone, headers=etag)
    assert changed.json() == {"id": made.json()["id"], "to": None, **gone}
    assert (await editor.put(place, json=rule, headers=etag)).status_code == 412
    assert (await editor.delete(place, headers=etag)).status_code == 412

    assert (await editor.delete(place)).status_code == 204
    assert_problem(await editor.get(place), 404)
    assert (await client.get(REDIRECTS)).json()["total"] == 0


async def test_a_rule_is_for_good_unless_it_says_otherwise(
    client: AsyncClient, editor: AsyncClient
) -> None:
    for status in (308, 307, 302):
        assert (await added(editor, f"/{status}", "/to", status))["status"] == status
    rule = {"from_path": "/301", "to": "/to"}
    assert (await editor.post(REDIRECTS, json=rule)).json()["status"] == 301

    pages = [await client.get(REDIRECTS, params={"per_page": 2, "page": n}) for n in (1, 2)]
    listed = [rule["from_path"] for page in pages for rule in page.json()["items"]]
    assert listed == ["/301", "/302", "/307", "/308"]


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ("/", "/"),
        ("/Summer-Sale/", "/Summer-Sale"),
        ("/a?utm=1&x=/b/#c", "/a"),
        ("/%7euser/%C3%bcber", "/~user/%C3%BCber"),
        ("/über", "/%C3%BCber"),
        ("/a%2fb/c", "/a%2Fb/c"),
        ("/a//b", "/a//b"),
    ],
)
async def test_a_path_has_one_form(editor: AsyncClient, given: str, stored: str) -> None:
    assert (await added(editor, given, "/target"))["from_path"] == stored
    [other] = {"/elsewhere"} - {stored}
    assert_problem(await add(editor, stored, other), 409)


@pytest.mark.parametrize(
    "rule",
    [
        {"from_path": "old", "to": "/new"},
        {"from_path": "//old", "to": "/new"},
        {"from_path": "https://www.example.com/old", "to": "/new"},
        {"from_path": "/a b", "to": "/new"},
        {"from_path": "/a%zz", "to": "/new"},
        {"from_path": "/a/../b", "to": "/new"},
        {"from_path": "/a/%2e%2e/b", "to": "/new"},
        {"from_path": "/a\\b", "to": "/new"},
        {"from_path": "/" + "a" * 2_000, "to": "/new"},
        {"from_path": "/" + _WORDS[:1_000], "to": "/new"},
        {"from_path": "/old"},
        {"from_path": "/old", "status": 301},
        {"from_path": "/old", "to": "/new", "status": 410},
        {"from_path": "/old", "to": "/new", "status": 200},
        {"from_path": "/old", "to": "javascript:alert(1)"},
        {"from_path": "/old", "to": "//evil.example"},
        {"from_path": "/old", "to": "/new", "more": 1},
    ],
)
async def test_what_is_no_rule_is_refused(editor: AsyncClient, rule: dict[str, Any]) -> None:
    assert_problem(await editor.post(REDIRECTS, json=rule), 422)


@pytest.mark.parametrize(
    ("from_path", "to"),
    [
        ("/a", "/other"),  # begins where a rule does
        ("/x", "/a/?q"),  # leads to where one begins
        ("/x", "/gone#top"),
        ("/b", "/c"),  # begins where one leads to
        ("/b", "/a"),  # in a circle
    ],
)
async def test_a_chain_or_loop_is_refused_with_the_rule_that_makes_it(
    editor: AsyncClient, from_path: str, to: str
) -> None:
    rules = {
        "/a": await added(editor, "/a", "/b?x=1"),
        "/gone": await added(editor, "/gone", None, 410),
    }
    refused = await add(editor, from_path, to)

    assert_problem(refused, 409)
    assert refused.json()["rule"] == rules["/gone" if "gone" in to else "/a"]
    place = f"{REDIRECTS}/{(await added(editor, '/free', '/nowhere'))['id']}"
    replaced = await editor.put(place, json={"from_path": from_path, "to": to, "status": 308})
    assert replaced.json()["rule"] == refused.json()["rule"]


async def test_a_rule_to_itself_is_refused_and_one_over_itself_is_not(editor: AsyncClient) -> None:
    assert_problem(await add(editor, "/a", "/a/?again"), 409)

    place = f"{REDIRECTS}/{(await added(editor, '/a', '/b'))['id']}"
    changed = await editor.put(place, json={"from_path": "/b", "to": "/a", "status": 301})
    assert changed.status_code == 200
    assert_problem(await editor.put(f"{REDIRECTS}/{uuid4()}", json=changed.json()), 422)


@pytest.mark.parametrize(
    ("to", "path"),
    [
        ("/b/", "/b"),
        ("https://www.example.com/b?x", "/b"),
        ("http://WWW.example.com", "/"),
        ("https://www.example.com:443/b", "/b"),
        ("https://www.example.com:8443/b", None),
        ("/./x/../a/%2E%2e/b/?x/../y", "/b"),
        ("/../b", "/b"),
        ("/a/..", "/"),
        ("https://elsewhere.example/b", None),
    ],
)
def test_a_target_on_the_website_itself_counts_as_its_path(to: str, path: str | None) -> None:
    assert path_on_site(to, "https://www.example.com") == path
    assert path_on_site(to, "") == (path if to.startswith("/") else None)


def test_a_website_below_a_path_has_its_own_paths_below_it() -> None:
    site = "https://www.example.com/de/"
    for to, path in (("/de/a", "/a"), ("/de", "/"), ("/de/", "/"), ("/dear", None), ("", None)):
        assert path_on_site(f"https://www.example.com{to}", site) == path, to
    assert path_on_site("/a", site) == "/a"


async def test_where_a_rule_leads_may_be_as_long_as_an_address(editor: AsyncClient) -> None:
    """As long as it is percent-encoded, no index could hold it."""
    made = await added(editor, "/short", f"/{_WORDS}")
    assert made["to"] == f"/{_WORDS}"


async def test_a_rule_hides_nothing_that_is_public(editor: AsyncClient, save: Save) -> None:
    for slug, published in (("out", True), ("home", True), ("in", False)):
        await save(PageFactory.build(slug=slug, published=published))

    for path in ("/out", "/out/", "/"):
        assert_problem(await add(editor, path, "/target"), 409)
    for path in ("/in", "/home", "/OUT"):
        assert (await add(editor, path, "/target")).status_code == 201


async def test_there_are_never_more_than_a_site_can_hold(
    client: AsyncClient, editor: AsyncClient, connection: AsyncConnection
) -> None:
    await connection.execute(
        text(
            'INSERT INTO redirects (from_path, "to", to_path, status) '
            "SELECT '/' || n, '/t', '/t', 301 FROM generate_series(1, 10000) AS n"
        )
    )
    assert_problem(await add(editor, "/one-more", "/t"), 409)
    assert len((await client.get(REDIRECTS)).json()["items"]) == 10_000
    assert_problem(await client.get(f"{REDIRECTS}?per_page=10001"), 422)
