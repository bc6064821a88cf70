import pytest
from httpx import AsyncClient
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from cms.posts.tests.factories import PostFactory
from tests.fixtures import Save


async def listed(client: AsyncClient, *tags: str) -> set[str]:
    response = await client.get("/api/v1/posts", params={"tag": list(tags)})
    assert response.status_code == 200
    envelope = response.json()
    assert envelope["total"] == len(envelope["items"])
    return {item["slug"] for item in envelope["items"]}


@pytest.fixture
async def tagged(save: Save) -> None:
    await save(
        PostFactory.build(slug="both", tags=["news", "energy"]),
        PostFactory.build(slug="news", tags=["news"]),
        PostFactory.build(slug="energy", tags=["energy", "Über uns"]),
        PostFactory.build(slug="none", tags=[]),
    )


async def test_posts_are_listed_that_carry_all_of_the_tags(
    client: AsyncClient, tagged: None
) -> None:
    for tags, slugs in (
        ((), {"both", "news", "energy", "none"}),
        (("news",), {"both", "news"}),
        (("news", "energy"), {"both"}),
        (("energy", "news"), {"both"}),
        (("news", "news"), {"both", "news"}),
        ((" news ",), {"both", "news"}),
        (("Über uns",), {"energy"}),
        *(((other,), set()) for other in ("sport", "new", "néws", "news%", "{news}", "*")),
        (("news,energy",), set()),
    ):
        assert await listed(client, *tags) == slugs, tags


async def test_a_tag_is_found_in_any_case_and_however_it_was_typed(
    client: AsyncClient, editor: AsyncClient, tagged: None
) -> None:
    for spelling in ("über uns", "ÜBER UNS", "u\u0308ber Uns"):
        assert await listed(client, spelling) == {"energy"}
        assert await listed(client, spelling, "ENERGY") == {"energy"}
        envelope = (
            await editor.get("/api/v1/posts", params={"tag": spelling, "status": "all"})
        ).json()
        assert envelope["total"] == 1
    for spelling in ("ΛΌΓΟΣ", "λόγος", "λόγοσ"):
        await editor.put(
            "/api/v1/posts/none", json={"title": "x", "tags": [spelling], "published": True}
        )
        for other in ("ΛΌΓΟΣ", "λόγος"):
            assert await listed(client, other) == {"none"}


@pytest.mark.attack("A4")
async def test_a_tag_lists_a_post_no_longer_than_it_is_public(
    client: AsyncClient, editor: AsyncClient, tagged: None
) -> None:
    await editor.put("/api/v1/posts/news", json={"title": "News", "tags": ["news"]})
    assert await listed(client, "news") == {"both"}

    await editor.delete("/api/v1/posts/both")
    assert await listed(client, "news") == set()


async def test_the_status_holds_for_tags_too(editor: AsyncClient, save: Save, tagged: None) -> None:
    await save(PostFactory.build(slug="draft", tags=["news"], published=False))

    for status, tag, slugs in (
        ("draft", "news", {"draft"}),
        ("draft", "energy", set()),
        ("all", "news", {"draft", "news", "both"}),
    ):
        envelope = (await editor.get(f"/api/v1/posts?status={status}&tag={tag}")).json()
        assert {item["slug"] for item in envelope["items"]} == slugs
        assert envelope["total"] == len(slugs)


@pytest.mark.attack("A4")
async def test_the_answer_to_a_tag_of_drafts_is_that_to_a_tag_of_none(
    client: AsyncClient, save: Save
) -> None:
    await save(PostFactory.build(tags=["secret"], published=False))
    same_id = {"X-Request-ID": "one"}

    drafts_only = await client.get("/api/v1/posts?tag=secret", headers=same_id)
    unused = await client.get("/api/v1/posts?tag=unused", headers=same_id)

    assert unused.json()["items"] == []
    assert drafts_only.content == unused.content
    assert drafts_only.headers == unused.headers


async def test_totals_and_pages_count_the_posts_of_the_tag(
    client: AsyncClient, tagged: None
) -> None:
    response = await client.get("/api/v1/posts?tag=news&per_page=1&page=2")

    envelope = response.json()
    assert len(envelope.pop("items")) == 1
    assert envelope == {"page": 2, "per_page": 1, "total": 2, "total_pages": 2}


@pytest.mark.parametrize("tag", ["", "  ", "a\0b", pytest.param("x" * 51, id="51 letters")])
async def test_a_tag_that_cannot_be_is_refused(client: AsyncClient, tag: str) -> None:
    response = await client.get("/api/v1/posts", params={"tag": tag})

    assert response.status_code == 422
    assert response.json()["errors"][0]["loc"][:2] == ["query", "tag"]


async def test_equal_tags_are_kept_once_in_their_first_spelling_and_in_their_order(
    editor: AsyncClient,
) -> None:
    tags = ["Data", "a", " data ", "DATA", "a", "a  b", "e\u0301", "É"]

    response = await editor.post("/api/v1/posts", json={"title": "Fine", "tags": tags})

    assert response.json()["tags"] == ["Data", "a", "a  b", "é"]


@pytest.mark.parametrize("tags", [["é" * 50], [f"tag-{n}" for n in range(32)]], ids=["50", "32"])
async def test_tags_within_the_rules_are_kept(editor: AsyncClient, tags: list[str]) -> None:
    response = await editor.post("/api/v1/posts", json={"title": "Fine", "tags": tags})

    assert response.json()["tags"] == tags


@pytest.mark.parametrize("tag", ["", "  "])
async def test_a_tag_that_is_refused_is_named_by_its_place(editor: AsyncClient, tag: str) -> None:
    response = await editor.post("/api/v1/posts", json={"title": "Fine", "tags": ["x", tag]})

    assert response.status_code == 422
    assert [error["loc"] for error in response.json()["errors"]] == [["body", "tags", 1]]


async def test_the_order_of_tags_is_a_change(editor: AsyncClient) -> None:
    payload = {"title": "Fine", "tags": ["a", "b"]}
    created = await editor.post("/api/v1/posts", json=payload)

    response = await editor.put("/api/v1/posts/fine", json=payload | {"tags": ["b", "a"]})

    assert response.json()["tags"] == ["b", "a"]
    assert response.headers["etag"] != created.headers["etag"]


@pytest.mark.attack("I18")
@pytest.mark.parametrize(
    "tags",
    [
        pytest.param([f"tag-{n}" for n in range(1_000)], id="1 000"),
        pytest.param([f"tag-{n}" for n in range(33)], id="33"),
        pytest.param(["same"] * 1_000, id="1 000 alike"),
        pytest.param(["x" * 10_000], id="10 KB"),
        pytest.param(["x" * 51], id="51 letters"),
    ],
)
async def test_tags_too_many_or_too_long_are_not_stored(
    editor: AsyncClient, tags: list[str]
) -> None:
    response = await editor.post("/api/v1/posts", json={"title": "Fine", "tags": tags})

    assert response.status_code == 422
    assert response.json()["errors"][0]["loc"][:2] == ["body", "tags"]
    assert tags[0] not in response.text
    assert (await editor.get("/api/v1/posts?status=all")).json()["total"] == 0


@pytest.mark.attack("I18")
async def test_a_tag_of_10_kb_is_not_looked_for(client: AsyncClient) -> None:
    # 8 KB of address are read at most.
    for length, status in ((51, 422), (7_000, 422), (10_000, 414)):
        response = await client.get("/api/v1/posts", params={"tag": "x" * length})

        assert response.status_code == status


@pytest.mark.attack("I18")
async def test_more_tags_than_a_post_may_carry_are_refused(client: AsyncClient) -> None:
    tags = [f"tag-{number}" for number in range(33)]

    response = await client.get("/api/v1/posts", params={"tag": tags})

    assert response.status_code == 422


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE posts SET published = false WHERE slug = 'one'",
        "UPDATE posts SET published = true WHERE slug = 'draft'",
        "UPDATE posts SET tags = '{b,b,c}' WHERE slug = 'one'",
        "UPDATE posts SET tags = '{}'",
        "UPDATE posts SET tags = '{B,b,É}'",
        "UPDATE posts SET published_at = published_at - interval '1 year'",
        "UPDATE posts SET created_at = created_at - interval '1 year', id = uuidv7()",
        "UPDATE posts SET title = 'Other'",
        "DELETE FROM posts WHERE slug = 'one'",
        "TRUNCATE posts",
    ],
)
async def test_whoever_writes_a_post_the_lists_of_its_tags_stay_true(
    connection: AsyncConnection, statement: str
) -> None:
    await connection.execute(
        text("""
            INSERT INTO posts (slug, title, body, published, tags) VALUES
            ('one', 'x', '', true, '{a,b,a}'), ('two', 'x', '', true, '{b}'),
            ('draft', 'x', '', false, '{a,c}'), ('untagged', 'x', '', true, '{}')
        """)
    )

    await connection.execute(text(statement))

    listed = await connection.execute(
        text("SELECT tag, created_at, published_at, post_id, lower(name) FROM post_tags")
    )
    carried = await connection.execute(
        text("""
            SELECT DISTINCT lower(tag), created_at, published_at, id, lower(tag)
            FROM posts, unnest(tags) AS tag WHERE published
        """)
    )
    assert sorted(map(tuple, listed)) == sorted(map(tuple, carried))
