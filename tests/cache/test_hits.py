"""What is answered from memory, and with what."""

import asyncio
import json
from io import StringIO

import pytest

from cms.edge import request_log
from tests.cache.site import POSTS, Pause, Site, no_statement
from tests.problems import assert_problem
from tests.raw import content_of, messages_of


async def test_the_second_answer_needs_no_database(site: Site) -> None:
    first = await site.get(POSTS)
    async with no_statement(site):
        second = await site.get(POSTS)

    assert second.status_code == 200
    assert second.content == first.content


@pytest.mark.parametrize("path", [POSTS, f"{POSTS}/one", "/api/v1/pages", "/api/v1/settings"])
async def test_a_hit_has_the_headers_of_a_miss(site: Site, path: str) -> None:
    ids = [("X-Request-ID", "same"), ("X-Request-ID", "another")]
    sent = [("Origin", "https://admin.example.com"), *ids]
    miss = await site.client.get(path, headers=sent)
    async with no_statement(site):
        hits = [await site.client.get(path, headers=sent) for _ in range(2)]

    for hit in hits:
        assert sorted(hit.headers.multi_items()) == sorted(miss.headers.multi_items())


async def test_a_hit_is_a_line_of_the_log_like_a_miss(
    site: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "cms.request")
    written = StringIO()
    monkeypatch.setattr(request_log, "stream", written)
    await site.get(POSTS, **{"X-Request-ID": "miss"})
    async with no_statement(site):
        await site.get(POSTS, **{"X-Request-ID": "hit"})
    request_log.flush()

    lines = [json.loads(line) for line in written.getvalue().splitlines()]
    told = [(line["request_id"], line["route"], line["status"]) for line in lines]
    assert told == [("miss", POSTS, 200), ("hit", POSTS, 200)]


async def test_if_none_match_is_answered_from_memory(site: Site) -> None:
    etag = (await site.get(f"{POSTS}/one")).headers["etag"]
    async with no_statement(site):
        response = await site.get(f"{POSTS}/one", **{"If-None-Match": f'"x", W/{etag}'})

    assert response.status_code == 304
    assert response.content == b""
    assert response.headers["etag"] == etag
    assert response.headers["vary"] == "Origin"


async def test_if_none_match_in_two_lines_is_one_list(site: Site) -> None:
    etag = (await site.get(f"{POSTS}/one")).headers["etag"]
    async with no_statement(site):
        for tags in (('"x"', etag), (etag, '"x"')):
            lines = [("If-None-Match", tag) for tag in tags]
            response = await site.client.get(f"{POSTS}/one", headers=lines)
            assert response.status_code == 304, tags


async def test_a_conditional_miss_is_kept_and_still_answered_with_304(site: Site) -> None:
    known = await site.get(f"{POSTS}/one")
    site.cache.store.clear()

    response = await site.get(f"{POSTS}/one", **{"If-None-Match": known.headers["etag"]})
    async with no_statement(site):
        again = await site.get(f"{POSTS}/one")

    assert (response.status_code, response.content) == (304, b"")
    assert (again.status_code, again.content) == (200, known.content)


async def test_whoever_waits_with_a_conditional_miss_gets_the_whole_answer(site: Site) -> None:
    known = await site.get(f"{POSTS}/one")
    site.cache.store.clear()
    pause = site.database.pause = Pause()

    first = asyncio.create_task(
        site.get(f"{POSTS}/one", **{"If-None-Match": known.headers["etag"]})
    )
    await pause.has_read.wait()
    second = asyncio.create_task(site.get(f"{POSTS}/one"))
    pause.resume.set()

    assert (await first).status_code == 304
    assert ((await second).status_code, (await second).content) == (200, known.content)


@pytest.mark.attack("A7")
async def test_head_is_answered_from_memory_with_the_headers_of_get(site: Site) -> None:
    get = await site.get(POSTS, **{"X-Request-ID": "same"})
    async with no_statement(site):
        head = await site.client.head(POSTS, headers={"X-Request-ID": "same"})

    assert sorted(head.headers.multi_items()) == sorted(get.headers.multi_items())
    async with no_statement(site):
        sent = await messages_of(site.cache, "HEAD", POSTS)
    assert content_of(sent) == b""


@pytest.mark.attack("I20")
async def test_a_head_beyond_any_use_is_not_answered_from_memory(site: Site) -> None:
    await site.get(POSTS)
    by_their_names = [(f"X-{number}-{'x' * 400}", "") for number in range(90)]
    by_their_values = [(f"X-{number}", "x" * 400) for number in range(90)]
    too_many = [(f"X-{number}", "") for number in range(500)]
    for headers in (by_their_names, by_their_values, too_many):
        assert_problem(await site.client.get(POSTS, headers=headers), 431)


@pytest.mark.attack("A10")
@pytest.mark.parametrize(
    "path",
    [
        f"{POSTS}?nonsense=1",
        f"{POSTS}?page=0",
        f"{POSTS}?page=1&page=2",
        f"{POSTS}?status=published",
        f"{POSTS}?status=all",
        f"{POSTS}/missing",
        f"{POSTS}/..%2f",
        "/api/v1/nothing",
        "/healthz",
        "/openapi.json",
    ],
)
async def test_what_is_no_plain_public_answer_makes_no_entry(site: Site, path: str) -> None:
    await site.get(path)

    assert len(site.cache.store) == 0
    assert site.cache.store.bytes == 0


@pytest.mark.attack("A10")
async def test_a_draft_never_enters_the_cache(site: Site) -> None:
    await site.execute("UPDATE posts SET published = false WHERE slug = 'one'")
    response = await site.get(f"{POSTS}/one")

    assert response.status_code == 404
    assert len(site.cache.store) == 0


async def test_a_hundred_requests_for_one_missing_answer_cost_one_query(site: Site) -> None:
    await site.cache.changes.sync()  # however busy the machine
    responses = await asyncio.gather(*(site.get(f"{POSTS}/one") for _ in range(100)))

    assert {response.status_code for response in responses} == {200}
    assert len([s for s in site.statements if "FROM posts" in s]) == 1
