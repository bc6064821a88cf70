"""What visitors learn of drafts: nothing."""

import pytest
from httpx import AsyncClient

from tests.documents.kinds import SAME_ID, Kind, each_collection, everything
from tests.fixtures import Save
from tests.problems import assert_problem

pytestmark = each_collection


@pytest.mark.attack("A2", "A6", "A7")
@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_what_is_hidden_deleted_or_was_never_there_has_the_same_bytes_whatever_is_known_of_it(
    client: AsyncClient, editor: AsyncClient, kind: Kind, document: str, draft: str, method: str
) -> None:
    etags = [(await editor.get(f"{path}?status=all")).headers["etag"] for path in (document, draft)]
    assert (await editor.delete(document)).status_code == 204
    known = [
        None,
        "*",
        *(form.format(each) for each in etags for form in ("{}", "W/{}", '"x", {}')),
    ]
    for etag in known:
        for query in ("", "?status=published"):
            headers = SAME_ID | ({"If-None-Match": etag} if etag else {})
            never, hidden, deleted = [
                everything(await client.request(method, path + query, headers=headers))
                for path in (f"{kind.path}/missing", draft, document)
            ]
            assert never[0] == 404
            assert never == hidden == deleted


@pytest.mark.attack("A3")
async def test_a_draft_is_not_listed_nor_counted(
    client: AsyncClient, save: Save, kind: Kind, document: str
) -> None:
    await save(*kind.batch(9, published=False))

    envelope = (await client.get(f"{kind.path}?per_page=5")).json()

    assert [item["slug"] for item in envelope["items"]] == [kind.example["slug"]]
    assert (envelope["total"], envelope["total_pages"]) == (1, 1)


@pytest.mark.attack("A3")
async def test_a_draft_leaves_the_public_list_as_it_was(
    client: AsyncClient, editor: AsyncClient, kind: Kind, document: str, draft: str
) -> None:
    before = await client.get(kind.path, headers=SAME_ID)

    await editor.post(kind.path, json=kind.minimal | {"title": "Hush"})
    await editor.put(draft, json=kind.minimal | {"title": "Still hush"})
    await editor.delete(f"{kind.path}/hush")

    assert everything(await client.get(kind.path, headers=SAME_ID)) == everything(before)


@pytest.mark.attack("A5", "A10")
async def test_what_an_editor_has_seen_stays_hidden(
    client: AsyncClient, editor: AsyncClient, kind: Kind, draft: str
) -> None:
    public = [path + query for path in (draft, kind.path) for query in ("", "?status=published")]
    before = [everything(await client.get(path, headers=SAME_ID)) for path in public]

    for status in ("draft", "all"):
        seen = [await editor.get(f"{path}?status={status}") for path in (draft, kind.path)]
        assert seen[0].status_code == 200
        assert seen[1].json()["total"] == 1
        assert {each.headers["cache-control"] for each in seen} == {"private, no-store"}

    for reader in (client, editor):
        after = [everything(await reader.get(path, headers=SAME_ID)) for path in public]
        assert after == before
        assert [each[0] for each in after] == [404, 404, 200, 200]
        assert (await reader.get(kind.path)).json()["total"] == 0


@pytest.mark.attack("A11")
async def test_what_is_unpublished_is_gone_and_its_etag_with_it(
    client: AsyncClient, editor: AsyncClient, kind: Kind, document: str
) -> None:
    known = {"If-None-Match": (await client.get(document)).headers["etag"]}

    await editor.put(document, json=kind.example | {"published": False})

    response = await client.get(document, headers=known)
    assert_problem(response, 404)
    assert "etag" not in response.headers
    assert (await client.get(kind.path)).json()["total"] == 0


async def test_a_draft_that_is_published_appears(
    client: AsyncClient, editor: AsyncClient, kind: Kind, draft: str
) -> None:
    await editor.put(draft, json=kind.minimal | {"title": "Loud", "published": True})

    assert (await client.get(draft)).json()["title"] == "Loud"
    assert (await client.get(kind.path)).json()["total"] == 1
