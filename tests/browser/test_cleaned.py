"""Cleaned HTML in Chromium: nothing of it runs, loads, leads away or is more than it may be."""

from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from cms.richtext import sanitiser as html
from cms.richtext.nesting import HtmlTooComplex
from cms.richtext.tests.allowed import EMBED_HOST
from cms.richtext.tests.generated import markup
from cms.richtext.tests.hostile import FAMILIES
from cms.richtext.tests.hostile.embeds import EMBEDS
from cms.richtext.tests.judge import clean
from tests.browser.watch import Note, Watch

pytestmark = pytest.mark.browser

GENERATED = 500


async def noticed(watch: Watch, pieces: Sequence[str]) -> dict[str, list[Note]]:
    """All notes, by what was left of the piece that they are about: of many it is the same."""
    cleaned = sorted({clean(piece) for piece in pieces})
    records = await watch.visit(cleaned)
    found = {piece: record.acts(piece) for piece, record in zip(cleaned, records, strict=True)}
    return {piece: notes for piece, notes in found.items() if notes}


def generated(count: int) -> list[str]:
    """Markup that the sanitiser takes; the same in every run."""
    found: dict[str, None] = {}

    @settings(
        max_examples=count,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(markup)
    def collect(piece: str) -> None:
        try:
            clean(piece)
        except HtmlTooComplex:
            return
        found[piece] = None

    collect()
    return list(found)


@pytest.mark.attack("H3")
@pytest.mark.parametrize("family", FAMILIES)
async def test_nothing_of_a_hostile_input_acts_once_it_is_cleaned(
    watch: Watch, family: str
) -> None:
    assert await noticed(watch, FAMILIES[family]) == {}
    assert watch.elsewhere.notes == []


@pytest.mark.attack("H3")
async def test_an_embed_is_no_more_than_a_frame_of_its_host(watch: Watch) -> None:
    html.allow_embeds([EMBED_HOST])
    try:
        assert await noticed(watch, EMBEDS) == {}
    finally:
        html.allow_embeds([])
    assert watch.elsewhere.notes == []


@pytest.mark.attack("H3")
async def test_nothing_of_generated_markup_acts_once_it_is_cleaned(watch: Watch) -> None:
    pieces = generated(GENERATED)

    assert len(pieces) > GENERATED / 2
    assert await noticed(watch, pieces) == {}
    assert watch.elsewhere.notes == []
