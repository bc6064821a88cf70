"""Rich text is cleaned before it is stored, in every field that there is."""

import pytest
from httpx import AsyncClient

from cms.richtext import RichText
from tests.documents.conftest import Rows
from tests.documents.kinds import Kind, each_kind
from tests.problems import assert_problem

DANGEROUS = (
    "<h2 onclick=x>Hello</h2><script>alert(1)</script>"
    '<p><a href="javascript:x">a</a><img src=/x.jpg onerror=x></p>'
)
SAFE = '<h2>Hello</h2><p><a rel="noopener noreferrer">a</a><img src="/x.jpg"></p>'


@pytest.mark.attack("H1")
@each_kind
async def test_html_is_cleaned_when_it_is_written(
    editor: AsyncClient, kind: Kind, document: str, rows: Rows
) -> None:
    payload = dict.fromkeys(kind.rich, DANGEROUS)
    if not kind.singleton:
        created = await editor.post(kind.path, json=kind.minimal | payload | {"slug": "new"})
        assert created.status_code == 201
        assert [created.json()[name] for name in kind.rich] == [SAFE for _ in kind.rich]

    replaced = await editor.put(document, json=kind.minimal | payload)

    assert replaced.status_code == 200
    assert [replaced.json()[name] for name in kind.rich] == [SAFE for _ in kind.rich]
    assert {row[name] for row in await rows() for name in kind.rich} <= {SAFE}


@pytest.mark.attack("H8")
@each_kind
async def test_html_beyond_its_limits_is_refused_by_name(
    editor: AsyncClient, kind: Kind, document: str, rows: Rows
) -> None:
    before = await rows()
    for name, limit in limits(kind).items():
        for method, path, html in (
            ("PUT", document, "x" * (limit + 1)),
            ("PUT", document, "é" * (limit // 2 + 1)),
            ("PUT", document, "&" * limit),
            ("PUT", document, "<p>x</p>" * 5001),
            ("PUT" if kind.singleton else "POST", kind.path, "&" * limit),
        ):
            response = await editor.request(method, path, json=kind.minimal | {name: html})
            problem = assert_problem(response, 422, unsaid=html[:8])
            assert [error["loc"] for error in problem["errors"]] == [["body", name]]

    assert await rows() == before


@each_kind
async def test_html_within_its_limits_is_kept(
    client: AsyncClient, editor: AsyncClient, kind: Kind, document: str
) -> None:
    for name, limit in limits(kind).items():
        for html in ("", "x" * limit, "<p>x</p>" * min(limit // 8, 5000)):
            await editor.put(document, json=kind.example | {name: html})

            assert (await client.get(document)).json()[name] == html


def limits(kind: Kind) -> dict[str, int]:
    """How many bytes each field takes; which number it is is the slice's to test."""
    fields = kind.type.write.model_fields
    marks = {name: fields[name].metadata for name in kind.rich}
    return {k: m.max_bytes for k, v in marks.items() for m in v if isinstance(m, RichText)}
