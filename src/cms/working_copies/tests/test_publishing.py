"""Publishing a working copy, and discarding it, of every document type."""

import json

from httpx import AsyncClient
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from cms.working_copies.tests.conftest import API, Desk
from tests.documents.kinds import Kind, each_collection, each_kind, public
from tests.problems import assert_problem


@each_kind
async def test_what_was_looked_at_goes_live_and_the_copy_is_gone(
    client: AsyncClient, desk: Desk, kind: Kind
) -> None:
    etag = await desk.start()

    published = await desk.publish(etag)

    assert published.status_code == 200
    assert kind.written(published) == desk.content
    live = await client.get(kind.document)
    assert (public(live), live.headers["ETag"]) == (public(published), published.headers["ETag"])
    assert_problem(await desk.editor.get(desk.path), 404)
    assert_problem(await desk.publish(etag), 404)


@each_kind
async def test_a_version_that_was_not_looked_at_does_not_go_live(desk: Desk, kind: Kind) -> None:
    seen = await desk.start()
    saved = await desk.save({"If-Match": seen}, desk.content | {kind.title: "Unseen"})
    before = await desk.live()

    for condition in (None, "*"):
        assert_problem(await desk.publish(condition), 428)
    refused = assert_problem(await desk.publish(seen), 412)

    assert refused["current_etag"] == saved.headers["ETag"]
    assert (await desk.live()).json() == before.json()
    assert (await desk.editor.get(desk.path)).headers["ETag"] == saved.headers["ETag"]


@each_kind
async def test_a_document_that_has_moved_on_is_not_overwritten_unless_asked(
    desk: Desk, kind: Kind
) -> None:
    seen = await desk.start()
    moved = await desk.editor.put(desk.document, json=desk.content | {kind.title: "Meanwhile"})
    content = desk.content | {kind.title: "Saved after that"}
    etag = (await desk.save({"If-Match": seen}, content)).headers["ETag"]

    refused = assert_problem(await desk.publish(etag), 412)

    assert refused["current_etag"] == moved.headers["ETag"]
    assert "working copy" in str(refused["detail"])
    assert public(await desk.live()) == public(moved)
    overwritten = await desk.publish(etag, "?overwrite=true")
    assert kind.written(overwritten) == content


@each_collection
async def test_it_publishes_a_draft_whatever_the_copy_says_of_that(
    client: AsyncClient, desk: Desk, kind: Kind
) -> None:
    await desk.editor.patch(desk.document, json={"published": False})
    etag = await desk.start(desk.content | {"published": False})

    assert (await desk.publish(etag)).json()["published"] is True
    assert (await client.get(desk.document)).status_code == 200


@each_collection
async def test_a_slug_that_is_taken_by_now_is_409_and_the_copy_stays(
    desk: Desk, kind: Kind
) -> None:
    etag = await desk.start(desk.content | {"slug": "wanted"})
    await desk.editor.post(kind.path, json=kind.minimal | {"slug": "wanted"})
    before = await desk.live()

    assert_problem(await desk.publish(etag), 409)

    assert (await desk.live()).json() == before.json()
    assert (await desk.editor.get(desk.path)).headers["ETag"] == etag


@each_collection
async def test_a_copy_without_a_slug_leaves_the_document_where_it_is(
    desk: Desk, kind: Kind
) -> None:
    content = {name: value for name, value in desk.content.items() if name != "slug"}
    etag = await desk.start(content)

    assert (await desk.publish(etag)).json()["slug"] == kind.example["slug"]


@each_kind
async def test_it_goes_through_todays_schema_and_sanitiser(
    desk: Desk, kind: Kind, connection: AsyncConnection
) -> None:
    etag = await desk.start()
    change = text("UPDATE working_copies SET content = content || CAST(:more AS jsonb)")
    hostile = dict.fromkeys(kind.rich, "<p>a<script>alert(1)</script></p>")
    await connection.execute(change, {"more": json.dumps({**hostile, kind.title: ""})})
    refused = assert_problem(await desk.publish(etag), 422)
    assert refused["errors"][0]["loc"] == ["content", kind.title]

    await connection.execute(change, {"more": json.dumps({kind.title: "x", "gone": 1})})
    published = (await desk.publish(etag)).json()

    assert [published[name] for name in kind.rich] == ["<p>a</p>"] * len(kind.rich)


@each_kind
async def test_a_discarded_copy_leaves_the_document_and_its_etag_as_they_were(
    desk: Desk, kind: Kind
) -> None:
    before = await desk.live()
    etag = await desk.start()
    for condition in (None, "*"):
        assert_problem(await desk.discard(condition), 428)
    assert assert_problem(await desk.discard('"x"'), 412)["current_etag"] == etag

    assert (await desk.discard(etag)).status_code == 204

    assert_problem(await desk.discard(etag), 404)
    after = await desk.live()
    assert (after.json(), after.headers["ETag"]) == (before.json(), before.headers["ETag"])
    saved = await desk.editor.put(
        desk.document, json=desk.content, headers={"If-Match": before.headers["ETag"]}
    )
    assert saved.status_code == 200


@each_kind
async def test_no_etag_of_a_former_copy_is_good_for_the_next(desk: Desk, kind: Kind) -> None:
    former = await desk.start()
    await desk.discard(former)
    etag = await desk.start()

    assert etag != former
    for refused in (await desk.publish(former), await desk.discard(former)):
        assert assert_problem(refused, 412)["current_etag"] == etag


@each_collection
async def test_after_unpublishing_publishing_and_restoring_the_answers_etag_is_good(
    desk: Desk, kind: Kind
) -> None:
    history = await desk.editor.get(f"{API}/history?id={desk.id}")
    first = history.json()["items"][-1]["id"]
    answers = [
        await desk.editor.patch(desk.document, json={"published": False}),
        await desk.publish(await desk.start()),
        await desk.editor.post(f"{API}/history/{first}/restore"),
    ]
    for number, answer in enumerate(answers):
        live = await desk.live()
        if answer is answers[-1]:
            assert answer.headers["ETag"] == live.headers["ETag"]
        assert answer.headers["ETag"] not in {each.headers["ETag"] for each in answers[:number]}
    saved = await desk.editor.put(
        desk.document, json=desk.content, headers={"If-Match": answers[-1].headers["ETag"]}
    )
    assert saved.status_code == 200


@each_kind
async def test_publishing_is_one_entry_of_history_and_saving_none(
    desk: Desk, kind: Kind, connection: AsyncConnection
) -> None:
    count = text("SELECT count(*) FROM history")
    before = await connection.scalar(count) or 0
    etag = await desk.start()
    saved = await desk.save({"If-Match": etag}, desk.content | {kind.title: "More"})
    assert await connection.scalar(count) == before

    await desk.publish(saved.headers["ETag"])

    assert await connection.scalar(count) == before + 1


@each_collection
async def test_no_public_answer_depends_on_a_working_copy(
    client: AsyncClient, desk: Desk, kind: Kind
) -> None:
    paths = [kind.document, kind.path, f"{kind.path}?sort=title", f"{kind.path}/unseen"]
    paths += [f"{API}/{each}" for each in ("search?q=unseen", "sitemap", "tags")]
    before = [await client.get(path, headers={"X-Request-ID": "one"}) for path in paths]

    await desk.start(desk.content | {"slug": "unseen", kind.title: "Unseen"})

    after = [await client.get(path, headers={"X-Request-ID": "one"}) for path in paths]
    assert [(each.status_code, each.headers, each.content) for each in after] == [
        (each.status_code, each.headers, each.content) for each in before
    ]
