"""What is found, by whom, and what is shown of it."""

from typing import Any

import pytest
from httpx import AsyncClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from cms.kernel import API_PREFIX, Database
from cms.pages.tests.factories import PageFactory
from cms.posts.tests.factories import PostFactory
from cms.richtext import SafeHtml
from cms.search.indexing import catch_up
from tests.fixtures import Save
from tests.problems import assert_problem

SEARCH = f"{API_PREFIX}/search"


async def search(client: AsyncClient, q: str, **query: Any) -> list[dict[str, Any]]:
    response = await client.get(SEARCH, params={"q": q, **query})
    assert response.status_code == 200, response.text
    items: list[dict[str, Any]] = response.json()["items"]
    # Or it would tell of drafts.
    assert "per_page" in query or response.json()["total"] == len(items)
    return items


async def slugs(client: AsyncClient, q: str, **query: Any) -> list[str]:
    return [item["slug"] for item in await search(client, q, **query)]


@pytest.fixture
async def documents(save: Save) -> None:
    await save(
        PostFactory.build(
            slug="kitchen",
            title="A quieter kitchen",
            excerpt="Fans that learned to listen.",
            body=SafeHtml(
                '<p>It began with a <strong class="x">complaint</strong> about noise.</p>'
            ),
            author="Orla Lindqvist",
            tags=["Energy saving"],
        ),
        PostFactory.build(slug="draft", title="A secret kitchen", published=False),
        PageFactory.build(
            slug="uber-uns",
            title="Über uns",
            body=SafeHtml(
                '<p>🎉 Café crème &amp; brûlée in Łódź. <a href="/kitchen">Running</a></p>'
            ),
            meta_title=None,
            meta_description=None,
        ),
    )


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("kitchen", ["kitchen"]),
        ("KITCHENS", ["kitchen"]),
        ("kitchen noise", ["kitchen"]),
        ("kitchen uns", []),
        ("kit", ["kitchen"]),
        ("noise kit", ["kitchen"]),
        ("kit noise", []),  # only the last word is a beginning
        ("complaint", ["kitchen"]),
        ("lindq", ["kitchen"]),
        ("energy", ["kitchen"]),
        ("cafe", ["uber-uns"]),
        ("CAFÉ", ["uber-uns"]),
        ("cafe\u0301", ["uber-uns"]),
        ("brulee", ["uber-uns"]),
        ("lodz", ["uber-uns"]),
        ("uber", ["uber-uns"]),
        ("runs", ["uber-uns"]),
        ("runnin", ["uber-uns"]),
        ('"learned to listen"', ["kitchen"]),
        ('"listen to learned"', []),
        ("kitchen -noise", []),
        ("kitchen -uns", ["kitchen"]),
        ("kitchen or cafe", ["uber-uns", "kitchen"]),
        ("nothing or caf", ["uber-uns"]),
        ("cafe or", ["uber-uns"]),  # and not Orla
        ("-noise", []),
        ("strong", []),
        ("href", []),
        ("amp", []),
        ("secret", []),
    ],
)
async def test_words_are_found_as_people_type_them(
    client: AsyncClient, documents: None, q: str, found: list[str]
) -> None:
    assert sorted(await slugs(client, q)) == sorted(found)


async def test_a_result_says_where_it_is_and_shows_plain_text_around_the_hits(
    client: AsyncClient, documents: None
) -> None:
    [item] = await search(client, "complain")

    assert item.pop("id")
    assert item.pop("published_at").endswith("Z")
    assert 0 < item.pop("rank") < 1
    assert item == {
        "type": "posts",
        "slug": "kitchen",
        "path": "/blog/kitchen",
        "title": "A quieter kitchen",
        "excerpt": "Fans that learned to listen.",
        "highlight": {
            "text": "It began with a complaint about noise.",
            "hits": [{"start": 16, "end": 25}],
        },
    }
    [found] = await search(client, "brulee")
    assert found["highlight"]["text"] == "🎉 Café crème & brûlée in Łódź. Running"
    assert found["highlight"]["hits"] == [{"start": 16, "end": 22}]  # as JavaScript counts
    [by_tag] = await search(client, "saving")
    assert "Energy saving" in by_tag["highlight"]["text"]


async def test_the_title_comes_before_the_summary_before_the_body_and_the_newest_before_all_like_it(
    client: AsyncClient, save: Save
) -> None:
    bodies = SafeHtml("<p>Otters, otters and otters.</p>")
    await save(PostFactory.build(slug="old", excerpt=None, body=bodies))
    await save(PostFactory.build(slug="summary", excerpt="On otters."))
    await save(PostFactory.build(slug="title", title="Otters"))
    await save(PostFactory.build(slug="new", excerpt=None, body=bodies))

    assert await slugs(client, "otter") == ["title", "summary", "new", "old"]
    assert await slugs(client, "otter", per_page=2, page=2) == ["new", "old"]
    assert await slugs(client, "otter", type="pages") == []
    assert await slugs(client, "otter", type="settings") == []


async def test_only_an_editor_who_asks_finds_drafts(
    client: AsyncClient, editor: AsyncClient, documents: None
) -> None:
    assert await slugs(editor, "kitchen") == ["kitchen"]
    assert await slugs(editor, "kitchen", status="draft") == ["draft"]
    assert sorted(await slugs(editor, "kitchen", status="all")) == ["draft", "kitchen"]
    assert_problem(await client.get(SEARCH, params={"q": "kitchen", "status": "all"}), 401)

    await editor.patch(f"{API_PREFIX}/posts/kitchen", json={"published": False})
    await editor.patch(
        f"{API_PREFIX}/posts/draft", json={"published": True, "title": "A plain one"}
    )
    assert await slugs(client, "kitchen") == []
    assert await slugs(client, "plain") == ["draft"]
    await editor.delete(f"{API_PREFIX}/posts/draft")
    assert await slugs(client, "plain") == []


@pytest.mark.parametrize(("q", "status"), [("", 422), ("x" * 200, 200), ("x" * 201, 422)])
async def test_a_search_has_a_length(client: AsyncClient, q: str, status: int) -> None:
    assert (await client.get(SEARCH, params={"q": q})).status_code == status


async def test_a_body_of_the_largest_size_is_stored_and_found(
    client: AsyncClient, editor: AsyncClient
) -> None:
    words = " ".join(f"w{n:x}-{n * 7919:x}" for n in range(18_000))
    body = f"<p>needle {words}</p>"[: 256 * 1024]
    made = await editor.post(
        f"{API_PREFIX}/posts", json={"title": "Large", "body": body, "published": True}
    )
    assert made.status_code == 201
    assert await slugs(client, "needle") == ["large"]


async def test_the_index_follows_what_happens_behind_the_applications_back(
    client: AsyncClient, connection: AsyncConnection, documents: None
) -> None:
    await connection.execute(text("SET LOCAL search_path = ''"))
    await connection.execute(text("UPDATE public.posts SET title = 'Zeppelin'"))
    await connection.execute(text("SET LOCAL search_path = public"))
    assert await slugs(client, "zeppelin") == ["kitchen"]

    await connection.execute(text("TRUNCATE posts"))
    assert await slugs(client, "zeppelin") == []
    assert await connection.scalar(text("SELECT count(*) FROM search_texts")) == 1


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    st.one_of(
        st.text(max_size=210),
        st.text("ab'\"\\:*&|!()<->-%_ or\t\x00\u0301ß", max_size=40),
        st.lists(
            st.sampled_from(["kitchen", "secret", "or", "-", '"', ":*", "'", "\\", "<->"])
        ).map(" ".join),
    )
)
async def test_whatever_is_asked_is_answered_or_refused_and_finds_no_draft(
    client: AsyncClient, documents: None, q: str
) -> None:
    response = await client.get(SEARCH, params={"q": q})

    if response.status_code == 200:
        assert "draft" not in [item["slug"] for item in response.json()["items"]]
        for item in response.json()["items"]:
            assert "<" not in item["highlight"]["text"]
    else:
        assert_problem(response, 422)


async def test_a_phrase_is_looked_for_in_the_newest_that_have_its_words(
    database: Database, save: Save
) -> None:
    for title in ("Cargo bike", "Bike cargo", "Bike, not cargo", "Cargo alone"):  # the oldest first
        await save(PostFactory.build(title=title, body=SafeHtml(""), slug=title.lower()))
    await catch_up(database)

    async def found(q: str, most: int) -> int:
        searched = "cms_search(websearch_to_tsquery('english', :q), '{posts}', 'published', :most)"
        [row] = await database.read(
            text(f"SELECT count(*) FROM {searched}"), {"q": q, "most": most}
        )
        return int(row[0])

    assert [await found('"cargo bike"', most) for most in (2, 3)] == [0, 1]
    assert await found('cargo -"cargo bike"', 9) == 3
    assert await found('alone or "cargo bike"', 9) == 2


async def test_for_words_that_never_meet_not_every_document_is_looked_at(
    connection: AsyncConnection,
) -> None:
    fill = """
        INSERT INTO search_texts (document_id, type, published, moment, words)
        SELECT gen_random_uuid(), 'posts', true, now() - n * interval '1 minute',
            to_tsvector('simple', CASE n % 2 WHEN 0 THEN 'even ' ELSE 'odd ' END || 'third' || n % 3)
        FROM generate_series(1, 6000) AS n
    """
    looked_at = """
        SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables
        WHERE relname = 'search_texts'
    """
    found = (
        "SELECT count(*) FROM cms_search(CAST(:q AS text)::tsquery, '{posts}', 'published', 1000)"
    )
    await connection.execute(text(fill))
    await connection.execute(text("ANALYZE search_texts"))

    for q, total in (
        ("'even' & 'odd'", 0),
        ("'even' & !'even'", 0),
        ("'even' <-> 'odd'", 0),
        ("'even' & 'third0'", 1_000),
    ):
        before = await connection.scalar(text(looked_at))
        assert await connection.scalar(text(found), {"q": q}) == total
        assert await connection.scalar(text(looked_at)) - before < 6_000, q
