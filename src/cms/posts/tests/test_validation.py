import json
from typing import Any

import pytest
from httpx import AsyncClient

from cms.posts.tests.conftest import CountRows, FindRow
from cms.posts.tests.factories import PostFactory
from tests.fixtures import Save

POSTS = "/api/v1/posts"
POST = f"{POSTS}/hello"

NO_STRING = [True, 5, 1.5, ["x"], {"x": "x"}]
NO_URL = [
    "",
    " ",
    "example.com/x.jpg",
    "x.jpg",
    "//evil.example/x.jpg",
    "/\\evil.example",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\tscript:alert(1)",
    " javascript:alert(1)",
    "data:image/png;base64,AAAA",
    "vbscript:x",
    "mailto:a@example.com",
    "ftp://example.com/x.jpg",
    "https://user:secret@example.com/x.jpg",
    "https://",
    "https:/example.com",
    "/a b",
    "/x\u2028",
    "/\ufeffx",
    "/" + "x" * 2048,
]
REFUSED: list[tuple[str, list[Any]]] = [
    ("title", ["", "   ", "x" * 201, None, *NO_STRING]),
    (
        "slug",
        [
            "",
            "Hello World",
            "UP",
            "a--b",
            "-a",
            "a-",
            "a_b",
            "a/b",
            "..",
            "a.b",
            "über",
            " a",
            "a\n",
            "a" * 201,
            *NO_STRING,
        ],
    ),
    ("excerpt", ["x" * 1001, *NO_STRING]),
    ("body", [None, *NO_STRING]),
    ("author", ["x" * 201, *NO_STRING]),
    ("featured_image_url", [*NO_URL, *NO_STRING]),
    (
        "tags",
        [
            None,
            "news",
            {"0": "news"},
            [""],
            ["  "],
            [5],
            [True],
            [None],
            [["news"]],
            ["x" * 51],
            ["x" * 10_000],
            ["fine", "x" * 51],
            [f"tag-{n}" for n in range(33)],
            [f"tag-{n}" for n in range(1000)],
        ],
    ),
    ("published", [None, 0, 1, "true", "yes", [], {}]),
]
# Never taken from a client, or known to no one.
FOREIGN = [
    "id",
    "created_at",
    "updated_at",
    "version",
    "author_id",
    "role",
    "status",
    "meta_title",
    "Title",
    "title ",
    "__proto__",
    "body_html",
]


def short(value: object) -> str:
    return repr(value)[:30]


@pytest.mark.parametrize(
    ("field", "value"),
    [(field, value) for field, values in REFUSED for value in values],
    ids=short,
)
async def test_a_value_against_the_rules_is_refused_by_name_and_not_repeated(
    editor: AsyncClient, count_rows: CountRows, field: str, value: Any
) -> None:
    response = await editor.post(POSTS, json={"title": "Fine", field: value})

    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert {tuple(error["loc"][:2]) for error in problem["errors"]} == {("body", field)}
    assert all(set(error) == {"loc", "msg", "type"} for error in problem["errors"])
    if isinstance(value, str) and len(value) > 3:
        assert value not in response.text
    assert await count_rows() == 0


@pytest.mark.attack("A12")
@pytest.mark.parametrize("value", [None, 5, "x", "2026-01-01T00:00:00Z"], ids=repr)
@pytest.mark.parametrize("field", FOREIGN)
async def test_a_field_that_is_not_a_clients_to_write_is_refused(
    editor: AsyncClient, count_rows: CountRows, field: str, value: object
) -> None:
    response = await editor.post(POSTS, json={"title": "Fine", field: value})

    assert response.status_code == 422
    [error] = response.json()["errors"]
    assert error["loc"] == ["body", field]
    assert error["type"] == "extra_forbidden"
    assert await count_rows() == 0


async def test_a_refused_replacement_changes_nothing(
    editor: AsyncClient, save: Save, find_row: FindRow
) -> None:
    await save(PostFactory.build(slug="hello"))
    before = await find_row("hello")

    for payload in (
        {},
        {"title": ""},
        {"title": "New", "slug": "a--b"},
        {"title": "New", "tags": [5]},
        {"title": "New", "id": None},
        {"title": "New", "body": "x" * (256 * 1024 + 1)},
    ):
        response = await editor.put(POST, json=payload)
        assert response.status_code == 422

    assert await find_row("hello") == before


async def test_every_fault_is_named_at_once(editor: AsyncClient) -> None:
    response = await editor.post(POSTS, json={"slug": "a--b", "tags": ["x", ""], "x": 1})

    locations = [error["loc"] for error in response.json()["errors"]]
    assert sorted(locations, key=str) == [
        ["body", "slug"],
        ["body", "tags", 1],
        ["body", "title"],
        ["body", "x"],
    ]


@pytest.mark.parametrize("content", ["null", "[]", '"x"', "5", "true", "[{}]"])
async def test_a_body_that_is_no_object_is_refused(editor: AsyncClient, content: str) -> None:
    response = await editor.post(
        POSTS, content=content, headers={"Content-Type": "application/json"}
    )

    assert response.status_code == 422


UNSTORABLE = ["\0", "a\0b", "\ud800", "a\udfffb", "\udc00\ud800"]
PLACES = [
    {"title": "{}"},
    {"title": "x", "slug": "{}"},
    {"title": "x", "excerpt": "{}"},
    {"title": "x", "body": "{}"},
    {"title": "x", "body": '<p title="{}">x</p>'},
    {"title": "x", "author": "{}"},
    {"title": "x", "featured_image_url": "/{}"},
    {"title": "x", "tags": ["{}"]},
    {"title": "x", "published": "{}"},
    {"title": "x", "unknown": "{}"},
    {"title": "x", "{}": 1},
]


@pytest.mark.parametrize("unstorable", UNSTORABLE, ids=ascii)
async def test_text_that_cannot_be_stored_is_refused_wherever_it_stands(
    editor: AsyncClient, count_rows: CountRows, unstorable: str
) -> None:
    escaped = json.dumps(unstorable)[1:-1]
    for place in PLACES:
        response = await editor.post(
            POSTS,
            content=json.dumps(place).replace("{}", escaped),
            headers={"Content-Type": "application/json"},
        )
        assert response.status_code == 422, place

    assert await count_rows() == 0


async def test_a_pair_of_surrogates_is_one_character(editor: AsyncClient) -> None:
    response = await editor.post(
        POSTS,
        content=r'{"title": "Party \ud83c\udf89"}',
        headers={"Content-Type": "application/json"},
    )

    assert response.status_code == 201
    assert response.json()["title"] == "Party 🎉"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", "x"),
        ("title", "é" * 200),
        ("title", "🎉" * 200),
        ("slug", "a"),
        ("slug", "9"),
        ("slug", "a" * 200),
        ("slug", "a-1-b"),
        ("excerpt", ""),
        ("excerpt", "é" * 1000),
        ("excerpt", None),
        ("author", "é" * 200),
        ("author", None),
        ("featured_image_url", None),
        ("featured_image_url", "/"),
        ("featured_image_url", "/images/a.jpg?w=1#x"),
        ("featured_image_url", "http://example.com"),
        ("featured_image_url", "HTTPS://example.com:8443/a%20b"),
        ("featured_image_url", "/" + "x" * 2047),
        ("tags", []),
        ("tags", ["é" * 50]),
        ("tags", [f"tag-{n}" for n in range(32)]),
        ("body", ""),
        ("body", "x" * 256 * 1024),
        ("body", "<p>x</p>" * 5000),
    ],
    ids=short,
)
async def test_a_value_within_the_rules_is_kept_as_it_is(
    editor: AsyncClient, field: str, value: object
) -> None:
    response = await editor.post(POSTS, json={"title": "Fine", field: value})

    assert response.status_code == 201
    assert response.json()[field] == value
    read = await editor.get(response.headers["location"] + "?status=all")
    assert read.json()[field] == value


@pytest.mark.parametrize(
    ("field", "given", "stored"),
    [
        ("title", "  Hello\n", "Hello"),
        ("title", "\u00a0Hello\u2003", "Hello"),
        ("title", " " * 300 + "x", "x"),
        ("title", "a  b", "a  b"),
        ("excerpt", "\tshort ", "short"),
        ("author", " Ada ", "Ada"),
        ("tags", [" news ", "a b "], ["news", "a b"]),
    ],
)
async def test_text_is_trimmed_on_the_outside_only(
    editor: AsyncClient, field: str, given: object, stored: object
) -> None:
    response = await editor.post(POSTS, json={"title": "Fine", field: given})

    assert response.json()[field] == stored


async def test_equal_tags_are_kept_once_and_in_their_order(editor: AsyncClient) -> None:
    tags = ["b", "a", " b ", "B", "a"]

    response = await editor.post(POSTS, json={"title": "Fine", "tags": tags})

    assert response.json()["tags"] == ["b", "a", "B"]


@pytest.mark.parametrize("field", ["title", "excerpt", "author"])
async def test_plain_text_is_never_taken_for_html(
    client: AsyncClient, editor: AsyncClient, field: str
) -> None:
    plain = """<script>alert("1")</script> Q&A &amp; 'x'"""

    await editor.post(
        POSTS, json={"title": "Fine", "slug": "plain", "published": True, field: plain}
    )

    assert (await client.get(f"{POSTS}/plain")).json()[field] == plain
