"""What `?status=` shows, and to whom."""

import pytest
from httpx import AsyncClient

from tests.documents.kinds import Kind, each_collection
from tests.problems import assert_problem

pytestmark = each_collection

PRIVATE = "private, no-store"


@pytest.fixture
async def paths(kind: Kind, document: str, draft: str) -> list[str]:
    return [kind.path, document, draft, f"{kind.path}/missing"]


@pytest.mark.attack("A5", "A7")
async def test_without_a_good_token_drafts_are_for_nobody(
    client: AsyncClient, kind: Kind, paths: list[str]
) -> None:
    for path in paths:
        for status in ("draft", "all"):
            for headers in ({}, {"Authorization": "Bearer garbage"}):
                response = await client.get(f"{path}?status={status}", headers=headers)
                assert_problem(response, 401)
            head = await client.head(f"{path}?status={status}")
            assert (head.status_code, head.content) == (401, b"")
            assert head.headers["www-authenticate"] == "Bearer"


@pytest.mark.attack("A5")
async def test_an_unknown_status_is_refused(
    client: AsyncClient, kind: Kind, paths: list[str]
) -> None:
    unknown = ["", "Draft", "drafts", "published,draft", "%00", "*", "true", "all&status=all"]
    for path in paths:
        for status in unknown:
            problem = assert_problem(await client.get(f"{path}?status={status}"), 422)
            assert problem["errors"][0]["loc"] == ["query", "status"]


@pytest.mark.parametrize(
    ("status", "shown"),
    [("published", {"public"}), ("draft", {"draft"}), ("all", {"public", "draft"})],
)
async def test_editors_and_admins_see_what_the_status_says(
    editor: AsyncClient,
    admin: AsyncClient,
    kind: Kind,
    document: str,
    draft: str,
    status: str,
    shown: set[str],
) -> None:
    slugs = {"public": kind.example["slug"], "draft": "draft", "missing": "missing"}

    for reader in (editor, admin):
        envelope = (await reader.get(f"{kind.path}?status={status}")).json()
        assert {item["slug"] for item in envelope["items"]} == {slugs[name] for name in shown}
        assert envelope["total"] == len(shown)
        for name, slug in slugs.items():
            response = await reader.get(f"{kind.path}/{slug}?status={status}")
            assert response.status_code == (200 if name in shown else 404)


async def test_an_editors_answer_is_kept_by_no_cache(
    editor: AsyncClient, kind: Kind, paths: list[str]
) -> None:
    for path in paths[:3]:
        first = await editor.get(f"{path}?status=all")
        known = {"If-None-Match": first.headers["etag"]}
        again = await editor.get(f"{path}?status=all", headers=known)

        assert (first.status_code, again.status_code) == (200, 304)
        assert first.headers["cache-control"] == again.headers["cache-control"] == PRIVATE


async def test_published_needs_no_token_and_is_private_all_the_same(
    client: AsyncClient, editor: AsyncClient, kind: Kind, paths: list[str]
) -> None:
    bad = {"Authorization": "Bearer garbage"}
    for path in paths[:2]:
        visitors = (await client.get(path)).json()
        published = f"{path}?status=published"
        for response in (
            await client.get(published),
            await client.get(published, headers=bad),
            await editor.get(published),
        ):
            answer = response.json()
            for each in answer.get("items", [answer]):
                assert each.pop("etag")
            assert (response.status_code, answer) == (200, visitors)
            assert response.headers["cache-control"] == PRIVATE


async def test_a_document_has_the_same_etag_in_every_view(
    client: AsyncClient, editor: AsyncClient, kind: Kind, document: str
) -> None:
    public = await client.get(document)
    private = await editor.get(f"{document}?status=all")

    assert public.headers["etag"] == private.headers["etag"]
