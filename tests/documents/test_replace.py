from datetime import datetime

from httpx import AsyncClient

from tests.documents.conftest import Rows
from tests.documents.kinds import Kind, each_collection, each_kind, public
from tests.problems import assert_problem

RICH = (
    '<h2>Üb &amp; er</h2><p title="a &lt; b">5 &gt; 4<br>'
    '<a href="https://example.com/?a=1&amp;b=2">x</a></p>'
    '<pre><code class="language-js">\n\n&lt;b&gt;</code></pre>'
)


@each_kind
async def test_every_field_is_replaced(
    client: AsyncClient, editor: AsyncClient, kind: Kind, document: str
) -> None:
    response = await editor.put(document, json=kind.changed)

    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-store"
    assert kind.written(response) == kind.changed
    read = await client.get(document)
    assert read.json() == public(response)
    assert read.headers["etag"] == response.headers["etag"]


@each_kind
async def test_what_is_left_out_goes_back_to_its_default_and_a_slug_stays(
    editor: AsyncClient, kind: Kind, document: str
) -> None:
    response = await editor.put(document, json=kind.minimal)

    kept = {} if kind.singleton else {"slug": kind.example["slug"]}
    assert kind.written(response) == kind.bare | kept


@each_kind
async def test_a_change_moves_version_and_update_and_nothing_besides(
    editor: AsyncClient, kind: Kind, document: str, rows: Rows
) -> None:
    [before] = await rows()

    response = await editor.put(document, json=kind.example | {kind.title: "Something else"})

    [after] = await rows()
    assert after["updated_at"] > before["updated_at"]
    assert datetime.fromisoformat(response.json()["updated_at"]) == after["updated_at"]
    moved = {"version": before["version"] + 1, "updated_at": after["updated_at"]}
    assert after == before | moved | {kind.title: "Something else"}


@each_kind
async def test_a_put_of_what_was_read_changes_nothing(
    client: AsyncClient, editor: AsyncClient, kind: Kind, document: str, rows: Rows
) -> None:
    awkward = dict.fromkeys(kind.texts, "A <b> & c") | dict.fromkeys(kind.rich, RICH)
    await editor.put(document, json=kind.example | awkward)
    read = await client.get(document)
    before = await rows()
    payload = kind.written(read)
    without_slug = {k: v for k, v in payload.items() if k != "slug"}

    for same in (
        payload,
        without_slug,
        without_slug if kind.singleton else payload | {"slug": None},
    ):
        response = await editor.put(document, json=same)

        assert response.status_code == 200
        assert public(response) == read.json()
        assert response.headers["etag"] == read.headers["etag"]
        assert await rows() == before


@each_kind
async def test_an_admin_replaces_too(admin: AsyncClient, kind: Kind, document: str) -> None:
    assert (await admin.put(document, json=kind.changed)).status_code == 200


@each_collection
async def test_another_slug_moves_it(
    client: AsyncClient, editor: AsyncClient, kind: Kind, document: str, rows: Rows
) -> None:
    [before] = await rows()

    response = await editor.put(document, json=kind.example | {"slug": "moved"})

    assert response.status_code == 200
    assert (await client.get(document)).status_code == 301
    read = await client.get(f"{kind.path}/moved")
    assert read.json() == public(response)
    assert read.headers["etag"] == response.headers["etag"]
    [after] = await rows()
    moved = {"slug": "moved", "version": before["version"] + 1, "updated_at": after["updated_at"]}
    assert after == before | moved


@each_collection
async def test_a_slug_that_it_moved_away_from_is_free(
    editor: AsyncClient, kind: Kind, document: str
) -> None:
    await editor.put(document, json=kind.example | {"slug": "moved"})

    assert (await editor.post(kind.path, json=kind.example)).status_code == 201


@each_collection
async def test_a_move_onto_a_taken_slug_is_a_conflict_and_changes_neither(
    editor: AsyncClient, kind: Kind, document: str, draft: str, rows: Rows
) -> None:
    before = await rows()

    response = await editor.put(document, json=kind.changed | {"slug": "draft"})

    problem = assert_problem(response, 409)
    assert problem["detail"] == "This slug is taken."
    assert [error["loc"] for error in problem["errors"]] == [["body", "slug"]]
    assert await rows() == before


@each_collection
async def test_what_is_missing_is_not_found_and_not_made(
    editor: AsyncClient, kind: Kind, document: str, rows: Rows
) -> None:
    before = await rows()

    for slug in ("missing", kind.example["slug"].upper(), f"{kind.example['slug']}%00", "a" * 300):
        assert_problem(await editor.put(f"{kind.path}/{slug}", json=kind.changed), 404)
    for above in ("..", "%2e%2e"):
        assert (await editor.put(f"{kind.path}/{above}", json=kind.changed)).status_code == 404

    assert await rows() == before


@each_collection
async def test_a_draft_is_replaced_like_any_other_and_no_other_is(
    client: AsyncClient, editor: AsyncClient, kind: Kind, document: str, draft: str
) -> None:
    payload = kind.changed | {"slug": "draft", "published": False}

    response = await editor.put(draft, json=payload)

    assert response.status_code == 200
    assert kind.written(response) == payload
    assert kind.written(await client.get(document)) == kind.example
