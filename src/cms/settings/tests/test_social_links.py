from typing import Any

import pytest
from httpx import AsyncClient

from tests.problems import assert_problem

SETTINGS = "/api/v1/settings"


async def put(editor: AsyncClient, links: dict[Any, Any]) -> Any:
    return await editor.put(SETTINGS, json={"site_name": "Fine", "social_links": links})


@pytest.mark.parametrize(
    "links",
    [
        {"Mastodon": "https://example.com/@me", "e-mail": "mailto:a@example.com"},
        {"é" * 50: "/feed.xml"},
        {f"network-{n}": "/x" for n in range(32)},
        {"X (formerly Twitter)": "/x", "O'Reilly & Co. +": "/y", "हिन्दी": "/z"},
    ],
    ids=["contacts", "a long name", "32", "odd names"],
)
async def test_links_are_kept_as_they_are(
    client: AsyncClient, editor: AsyncClient, links: dict[str, str]
) -> None:
    assert (await put(editor, links)).status_code == 200
    assert (await client.get(SETTINGS)).json()["social_links"] == links


async def test_the_names_of_networks_are_trimmed(editor: AsyncClient) -> None:
    response = await put(editor, {" rss ": "/feed.xml"})

    assert response.json()["social_links"] == {"rss": "/feed.xml"}


async def test_one_link_that_changes_changes_the_etag(editor: AsyncClient) -> None:
    before = await put(editor, {"rss": "/feed.xml", "x": "/x"})

    after = await put(editor, {"rss": "/other.xml", "x": "/x"})

    assert after.headers["etag"] != before.headers["etag"]


@pytest.mark.parametrize(
    "links",
    [
        {"": "/x"},
        {"  ": "/x"},
        {"a long name " * 5: "/x"},
        {f"network-{n}": "/x" for n in range(33)},
        {"network": "javascript:alert(1)"},
        {"network": "tel:+4612345"},
        {"network": "mailto:nobody"},
    ],
    ids=lambda links: str(links)[:30],
)
async def test_links_against_the_rules_are_refused_and_not_repeated(
    editor: AsyncClient, links: dict[str, str]
) -> None:
    problem = assert_problem(await put(editor, links), 422)

    assert {tuple(e["loc"][:2]) for e in problem["errors"]} == {("body", "social_links")}
    for url in links.values():
        assert len(url) < 3 or url not in str(problem)
    assert (await editor.get(SETTINGS)).json()["social_links"] == {}


@pytest.mark.attack("S10")
@pytest.mark.parametrize(
    "name",
    [
        "__proto__",
        "_x",
        "a_b",
        "a\x1bb",
        "a\x7fb",
        "a\x9fb",
        "a\u202eb",
        "a\u200bb",
        "<b>",
        "a\tb",
        "-",
        "\u0301",
        "a/b",
    ],
)
async def test_the_name_of_a_network_is_plain_words(editor: AsyncClient, name: str) -> None:
    problem = assert_problem(await put(editor, {name: "/feed.xml"}), 422)

    assert problem["errors"][0]["loc"][:2] == ["body", "social_links"]
