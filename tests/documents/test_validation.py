"""What is refused, always by name and without a trace, and what is kept as it is."""

import json
from itertools import batched
from typing import Any

import pytest
from httpx import AsyncClient, Response
from sqlalchemy import ARRAY, Boolean
from sqlalchemy.dialects.postgresql import JSONB

from tests.documents.conftest import Rows
from tests.documents.kinds import JSON, KINDS, Kind, each_kind
from tests.problems import assert_problem

NO_TEXT = [True, 5, 1.5, ["x"], {"x": "x"}]
PLAIN = """<script>alert("1")</script> Q&A &amp; 'x'"""


@pytest.fixture(autouse=True)
async def stored(document: str) -> str:
    return document


async def write(editor: AsyncClient, kind: Kind, payload: object, method: str = "PUT") -> Response:
    content = payload if isinstance(payload, str) else json.dumps(payload)
    path = kind.document if method == "PUT" else kind.path
    return await editor.request(method, path, content=content, headers=JSON)


def methods(kind: Kind) -> list[str]:
    return ["PUT"] if kind.singleton else ["PUT", "POST"]


def wrong_types(kind: Kind, name: str) -> list[Any]:
    match kind.columns[name].type:
        case Boolean():
            return [0, 1, "true", "yes", [], {}]
        case ARRAY():
            return [True, 5, "news", {"0": "news"}, [5], [True], [None], [["news"]], [{}]]
        case JSONB():
            return [True, 5, "x", ["x"], {"x": 5}, {"x": None}, {"x": ["/x"]}]
        case _:
            return NO_TEXT


@each_kind
async def test_a_value_of_the_wrong_type_is_refused_by_name(
    editor: AsyncClient, kind: Kind, rows: Rows
) -> None:
    before = await rows()
    wrong = {
        name: [*wrong_types(kind, name), *([] if column.nullable or name == "slug" else [None])]
        for name, column in kind.columns.items()
    }
    for turn in range(max(len(values) for values in wrong.values())):
        values = {name: values[turn % len(values)] for name, values in wrong.items()}
        for method in methods(kind):
            problem = assert_problem(await write(editor, kind, values, method), 422)
            assert {error["loc"][1] for error in problem["errors"]} == values.keys()

    assert await rows() == before


@each_kind
async def test_text_may_be_as_long_as_its_column_and_no_longer(
    editor: AsyncClient, kind: Kind
) -> None:
    for name, longest in kind.texts.items():
        for full in ("🎉" * longest, "é" * longest, f"  {'x' * longest}\n"):
            response = await write(editor, kind, kind.minimal | {name: full})
            assert response.json()[name] == full.strip()

            too_long = full.replace(full.strip()[-1], "xx", 1)
            response = await write(editor, kind, kind.minimal | {name: too_long})
            problem = assert_problem(response, 422, unsaid=too_long)
            assert [error["loc"] for error in problem["errors"]] == [["body", name]]


@each_kind
async def test_text_that_shows_nothing_is_null_where_there_may_be_none_and_else_refused(
    editor: AsyncClient, kind: Kind, rows: Rows
) -> None:
    may_be_null = {name for name, column in kind.columns.items() if column.nullable}
    assert may_be_null >= kind.texts.keys() - kind.minimal.keys()
    for empty in (
        None,
        "",
        "   ",
        "\u00a0\u2003\t\n",
        "\r\n",
        "\u200b\ufeff \u2060",
        "\u3164",
        "\u00ad\ufe0f",
    ):
        response = await write(editor, kind, kind.example | dict.fromkeys(may_be_null, empty))
        assert response.status_code == 200, response.text
        assert kind.written(response) == kind.example | dict.fromkeys(may_be_null)

        if not kind.singleton:
            response = await write(editor, kind, kind.example | {"slug": empty})
            assert response.json()["slug"] == kind.example["slug"]
        before = await rows()
        for name in kind.texts.keys() & kind.minimal.keys():
            problem = assert_problem(await write(editor, kind, kind.minimal | {name: empty}), 422)
            assert [error["loc"] for error in problem["errors"]] == [["body", name]]
        assert await rows() == before


@each_kind
async def test_control_characters_are_refused_in_plain_text_but_for_tabs_and_newlines(
    editor: AsyncClient, kind: Kind, rows: Rows
) -> None:
    before = await rows()
    controls = [chr(code) for code in (*range(1, 0x20), *range(0x7F, 0xA0)) if code not in b"\t\n"]
    texts = [f"a{each}b" for each in controls]
    for space in filter(str.isspace, controls):
        texts += [f"Bell{space}", space]  # is it trimmed?
    for few in batched(texts, len(kind.texts), strict=False):
        values = dict(zip(kind.texts, few * len(kind.texts), strict=False))
        problem = assert_problem(await write(editor, kind, kind.minimal | values), 422)
        assert {error["loc"][1] for error in problem["errors"]} == kind.texts.keys()
    assert await rows() == before

    allowed = dict.fromkeys(kind.texts, "one\r\ntwo\tthree")
    response = await write(editor, kind, kind.example | allowed)
    assert {response.json()[name] for name in kind.texts} == {"one\ntwo\tthree"}


@each_kind
async def test_text_is_trimmed_on_the_outside_only_and_never_taken_for_html(
    client: AsyncClient, editor: AsyncClient, kind: Kind
) -> None:
    for text in (PLAIN, "a  b"):
        texts = dict.fromkeys(kind.texts, f"\u00a0 \n{text}\t\u2003")
        await write(editor, kind, kind.example | texts)

        read = (await client.get(kind.document)).json()
        assert {read[name] for name in kind.texts} == {text}


@pytest.mark.attack("I17")
@each_kind
async def test_a_slug_keeps_to_its_rule(editor: AsyncClient, kind: Kind, rows: Rows) -> None:
    if kind.singleton:
        return
    before = await rows()
    for slug in (
        "Hello World",
        "UP",
        "a--b",
        "-a",
        "a/b",
        "a\\b",
        "..",
        ".",
        "über",
        "a\n",
        "a\r\nb",
        "a" * 201,
    ):
        for method in methods(kind):
            problem = assert_problem(
                await write(editor, kind, kind.minimal | {"slug": slug}, method), 422
            )
            assert [error["loc"] for error in problem["errors"]] == [["body", "slug"]]
    assert await rows() == before

    for slug in ("9", "a-1-b", "a" * 200):
        created = await write(editor, kind, kind.minimal | {"slug": slug}, "POST")
        assert created.json()["slug"] == slug


@pytest.mark.attack("A12")
@each_kind
async def test_a_field_that_is_not_a_clients_to_write_is_refused(
    editor: AsyncClient, kind: Kind, rows: Rows
) -> None:
    before = await rows()
    made_up = ["author_id", "role", "status", "body_html", "Title", f"{kind.title} ", "__proto__"]
    stored = [column.name for column in kind.table.columns]
    others = [name for other in KINDS for name in other.columns]
    foreign = {*made_up, *stored, *others} - kind.type.write.model_fields.keys()
    assert "version" in foreign

    for value in (None, 5, "x", "2026-01-01T00:00:00Z"):
        for method in methods(kind):
            body = kind.minimal | dict.fromkeys(foreign, value)
            errors = assert_problem(await write(editor, kind, body, method), 422)["errors"]
            assert {error["loc"][1] for error in errors} == foreign
            assert {error["type"] for error in errors} == {"extra_forbidden"}

    assert await rows() == before


@each_kind
async def test_a_pair_of_surrogates_is_one_character(editor: AsyncClient, kind: Kind) -> None:
    content = json.dumps(kind.minimal | {kind.title: "Party 🎉"})
    assert r"\ud83c\udf89" in content

    response = await write(editor, kind, content)

    assert response.json()[kind.title] == "Party 🎉"
