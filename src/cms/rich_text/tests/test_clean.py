"""What saving HTML would keep, and the receipt of what it would not."""

import pytest
from httpx import AsyncClient, Response
from sqlalchemy.ext.asyncio import AsyncConnection

from cms.documents import BODY_BYTES
from cms.richtext.tests.hostile import HOSTILE
from tests.endpoints import nothing_stored_changes
from tests.problems import assert_problem

CLEAN = "/api/v1/rich-text/clean"
PASTED = (
    '<p class="intro" onclick="x()">Hello <a href="javascript:x()">there</a></p>'
    "<script>alert(1)</script><blink>you</blink><blink>all</blink>"
)


async def ask(client: AsyncClient, html: object) -> Response:
    return await client.post(CLEAN, json={"html": html})


async def test_it_tells_what_would_be_kept_and_what_would_not(editor: AsyncClient) -> None:
    response = await ask(editor, PASTED)

    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-store"
    assert response.json() == {
        "html": '<p>Hello <a rel="noopener noreferrer">there</a></p>youall',
        "removed": [
            {"kind": "attribute", "name": "class", "count": 1},
            {"kind": "attribute", "name": "onclick", "count": 1},
            {"kind": "url", "name": "href", "count": 1},
            {"kind": "element", "name": "script", "count": 1},
            {"kind": "element", "name": "blink", "count": 2},
        ],
    }


async def test_it_keeps_what_saving_keeps_and_stores_nothing(
    editor: AsyncClient, connection: AsyncConnection
) -> None:
    pieces = [PASTED, *HOSTILE[::40]]
    async with nothing_stored_changes(connection):
        kept = [(await ask(editor, piece)).json()["html"] for piece in pieces]

    for piece, html in zip(pieces, kept, strict=True):
        stored = await editor.post("/api/v1/posts", json={"title": "Pasted", "body": piece})
        assert stored.json()["body"] == html
        again = (await ask(editor, html)).json()
        assert again == {"html": html, "removed": []}


@pytest.mark.parametrize(
    "html",
    ["x" * (BODY_BYTES + 1), "<b>" * 5_001, "<b " + "a " * 101 + ">", "<i>" * 600, None, 1],
    ids=["bytes", "tags", "attributes", "depth", "null", "number"],
)
async def test_what_no_body_may_be_is_refused(editor: AsyncClient, html: object) -> None:
    saved = await editor.post("/api/v1/posts", json={"title": "Large", "body": html})

    response = await ask(editor, html)

    assert_problem(response, 422)
    assert response.json()["errors"][0]["loc"] == ["body", "html"]
    assert saved.json()["errors"][0]["msg"] == response.json()["errors"][0]["msg"]


async def test_it_needs_a_token_before_any_work_is_done(
    client: AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cms.rich_text.router.clean_html_and_tell", None)

    assert_problem(await ask(client, PASTED), 401)
