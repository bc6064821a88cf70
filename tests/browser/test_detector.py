"""Whether what is to notice hostile HTML would: here it is let in as it came."""

from collections.abc import Callable

import pytest

from cms.richtext.tests.hostile import FAMILIES, TOO_DEEP
from cms.richtext.tests.hostile.payload import IMAGE
from tests.browser.watch import ALL_WAYS, Watch

pytestmark = pytest.mark.browser

UNCLEANED = {**FAMILIES, "too deep": TOO_DEEP}
# How many of each family at least run a script: some four fifths of those that did in Chromium 156.
# What misleads only other parsers runs nothing here, nor do addresses that lead elsewhere.
RUN = {
    "mutation": 24,
    "namespaces": 70,
    "raw text": 80,
    "syntax": 42,
    "comments": 22,
    "schemes": 65,
    "hosts": 0,
    "attributes": 3,
    "handlers": 55,
    "elements": 45,
    "clobbering": 27,
    "nesting": 34,
    "breakout": 2,
    "addresses": 32,
    "ids": 36,
    "embeds": 42,
    "styles": 62,
    "translated": 38,
    "too deep": 15,
}
KINDS = [
    ("ran", "<script>alert(1)</script>"),
    ("ran", "<script>nothing.of(this.name)</script>"),
    ("ran", "<script>open('/x')</script>"),
    ("ran", "<p onclick=confirm(1)>x"),
    ("ran", "<input onfocus=prompt(1)>"),
    ("ran", "<details ontoggle=print(1)>x"),
    ("ran", "<p onmouseover=alert(1)>x"),
    ("ran", "<a href=javascript:alert(1)>x</a>"),
    ("ran", "<form action=javascript:alert(1)></form>"),
    ("ran", "<iframe srcdoc='<script>alert(1)</script>'></iframe>"),
    ("ran", "<a id=config href=cid:alert(1)></a>"),
    ("policy", "<script>1</script>"),
    ("policy", "<p oncanplay=1>x"),
    ("policy", "<p style=color:red>x"),
    ("asked", "<img src=//evil.example/x>"),
    ("asked", "<a href=//evil.example/x>x</a>"),
    ("asked", "<script src=/canary.js></script>"),
    ("left", "<a href=/canary.svg>x</a>"),
    ("left", "<meta http-equiv=refresh content='0;url=/canary.svg'>"),
    ("unlisted", "<font>x</font>"),
    ("unlisted", "<p class=x>y"),
    ("unlisted", "<a href=x:y>z</a>"),
    ("unlisted", "<!-- x -->"),
    ("asked", "<iframe src=//evil.example/x></iframe>"),
    ("clobbered", "<p id=config>x</p>"),
    ("clobbered", "<img name=cookie>"),
    ("clobbered", "<form><input name=submit></form>"),
    ("broke out", "</article>x"),
    ("broke out", "<plaintext>"),
]


@pytest.mark.parametrize(("kind", "markup"), KINDS)
async def test_each_kind_of_act_is_noticed(watch: Watch, kind: str, markup: str) -> None:
    [record] = await watch.visit([markup], ["served"])

    assert await watch.noticed(record, kind)


@pytest.mark.parametrize("way", ALL_WAYS)
async def test_a_script_is_noticed_whichever_way_it_comes_in(watch: Watch, way: str) -> None:
    [record] = await watch.visit([IMAGE], [way])

    assert ("ran", way, "alert") in record.notes


async def test_a_tree_that_changes_when_it_is_parsed_again_is_noticed(watch: Watch) -> None:
    markup = "<form><table><tr><td></form><form>x</form></table>"

    [record] = await watch.visit([markup], ["again"])

    assert "mutated" in record.kinds()


async def test_one_input_hides_nothing_of_another(watch: Watch) -> None:
    leaving = "<meta http-equiv=refresh content='0;url=/canary.svg'>"

    records = await watch.visit(["<p>x</p>", leaving, IMAGE] * 20, ["served"])

    kinds = [record.kinds() for record in records]
    assert kinds[::3] == [set()] * 20
    assert all("left" in each for each in kinds[1::3])
    assert all("ran" in each for each in kinds[2::3])


async def test_ordinary_rich_text_is_nothing_to_notice(watch: Watch) -> None:
    markup = (
        "<h2>A</h2><p>b <strong>c</strong> <a href='/d' rel='noopener noreferrer'>e</a></p>"
        "<ul><li value='7'>f</li></ul><details open=''><summary>g</summary>h</details>"
        "<figure><img src='/i.jpg' alt='j' width='8'><figcaption>k</figcaption></figure>"
    )

    [record] = await watch.visit([markup])

    assert record.notes == []


@pytest.mark.parametrize("family", UNCLEANED)
async def test_uncleaned_the_same_inputs_do_run(
    watch: Watch, show: Callable[[str], None], family: str
) -> None:
    inputs = UNCLEANED[family]

    records = await watch.visit(inputs, ["served"])

    ran = sum("ran" in record.kinds() for record in records)
    noticed = sum(bool(record.notes) for record in records)
    show(f"{len(inputs)} inputs, of which {ran} ran a script and {noticed} were noticed")
    assert ran >= RUN[family]
    assert noticed >= len(inputs) * 2 / 3
