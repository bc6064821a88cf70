import re
from datetime import UTC, datetime, timedelta
from time import perf_counter
from uuid import UUID

import pytest
from pydantic import BaseModel

from cms.documents.responses import etag_of, list_response, require_match
from cms.documents.view import Status, View
from cms.edge.headers import BadCondition, bytes_etag
from cms.kernel import Record
from cms.kernel.errors import PreconditionFailed
from cms.kernel.pagination import Envelope, Paging
from tests.fixtures import TransactionDatabase

ONE = UUID("019abf3e-7b1c-7d40-9d2f-2f4d6a1c0b55")
OTHER = UUID("019abf3e-7b1c-7d40-9d2f-2f4d6a1c0b56")
EMPTY: Envelope[BaseModel] = Envelope.of([], 0, Paging(1, 10))


NOWHERE = TransactionDatabase.__new__(TransactionDatabase)  # nothing here asks it


def view(*if_none_match: str) -> View:
    return View(NOWHERE, if_none_match=if_none_match)


ETAG = list_response(view(), EMPTY).headers["etag"]
NOW = datetime(2026, 11, 26, 1, 2, 3, tzinfo=UTC)
LATER = NOW + timedelta(microseconds=1)


def row(id_: UUID = ONE, version: int = 3, updated_at: datetime = NOW) -> Record:
    return {"id": id_, "version": version, "updated_at": updated_at}


CURRENT = etag_of(row())


def test_an_etag_is_strong_and_well_formed() -> None:
    for etag in (CURRENT, ETAG, bytes_etag(b"")):
        assert re.fullmatch(r'"[\x21\x23-\x7e]+"', etag)


def test_a_documents_etag_stands_for_its_id_its_version_and_when_that_was_made() -> None:
    assert etag_of({**row(), "title": "Another"}) == CURRENT
    rows = (
        row(id_, version, at) for id_ in (ONE, OTHER) for version in (1, 3) for at in (NOW, LATER)
    )
    assert len({etag_of(each) for each in rows}) == 8


def test_a_documents_etag_is_the_same_in_every_process_and_release() -> None:
    assert CURRENT == '"12572d07bf458403ed7b30a115196d5e"'


def test_a_documents_etag_tells_neither_id_nor_version() -> None:
    assert ONE.hex not in CURRENT
    assert etag_of(row(version=1))[1:17] != etag_of(row(version=2))[1:17]


def test_a_lists_etag_stands_for_its_bytes() -> None:
    fuller = Envelope[BaseModel].of([], 1, Paging(1, 10))

    assert list_response(view(), EMPTY).headers["etag"] == ETAG
    assert list_response(view(), fuller).headers["etag"] != ETAG


@pytest.mark.parametrize(
    "lines",
    [
        [ETAG],
        [f"W/{ETAG}"],
        [f'"a", {ETAG}, "b"'],
        [f'"a",{ETAG},"b"'],
        [f'"a,b" , W/{ETAG}'],
        [f"  {ETAG}\t"],
        [f", ,{ETAG}"],
        ['"a"', ETAG],
        ["*"],
        [" * "],
    ],
    ids=str,
)
def test_a_current_copy_is_not_sent_again(lines: list[str]) -> None:
    response = list_response(view(*lines), EMPTY)

    assert response.status_code == 304
    assert response.body == b""
    assert response.headers["etag"] == ETAG


@pytest.mark.parametrize(
    "lines",
    [
        [],
        [""],
        ['"a"'],
        ['"*"'],
        ['W/"*"'],
        ['"a,*,b"'],
        [ETAG.upper()],
        ['"é"'],
    ],
    ids=ascii,
)
def test_any_other_copy_is_replaced(lines: list[str]) -> None:
    response = list_response(view(*lines), EMPTY)

    assert response.status_code == 200
    assert response.headers["etag"] == ETAG


MALFORMED = [
    [ETAG.strip('"')],
    [f"w/{ETAG}"],
    [f"W/ {ETAG}"],
    ["W/"],
    ['"a", *'],
    ["*, *"],
    ["**"],
    [ETAG[:-1]],
    [f"{ETAG} {ETAG}"],
    [f"{ETAG};a"],
    ['"a b"'],
    ['"\x7f"'],
    ["\xff" * 5_000 + ETAG],
    ['"a"', "b"],
    [","],
]


@pytest.mark.attack("S9")
@pytest.mark.parametrize("lines", MALFORMED, ids=lambda lines: ascii(lines)[:40])
def test_what_is_no_entity_tag_is_refused(lines: list[str]) -> None:
    with pytest.raises(BadCondition):
        list_response(view(*lines), EMPTY)
    with pytest.raises(BadCondition):
        require_match(lines, row())


@pytest.mark.attack("S9")
def test_a_long_list_of_tags_is_read_in_no_time() -> None:
    for line in ('"a", ' * 6_000 + '"', "," * 32_000 + "x", '"' * 32_000, '"a" ,' * 6_000 + "x"):
        began = perf_counter()
        with pytest.raises(BadCondition):
            list_response(view(line), EMPTY)
        assert perf_counter() - began < 0.1


@pytest.mark.parametrize("lines", [[], ["*"]], ids=["200", "304"])
@pytest.mark.parametrize(
    ("status", "shared", "cache_control"),
    [
        (Status.PUBLISHED, True, "public, max-age=0, must-revalidate"),
        (Status.PUBLISHED, False, "private, no-store"),
        (Status.ALL, False, "private, no-store"),
    ],
    ids=["public", "published", "all"],
)
def test_only_the_public_view_is_for_caches(
    lines: list[str], status: Status, shared: bool, cache_control: str
) -> None:
    response = list_response(View(NOWHERE, status, shared, lines), EMPTY)

    assert response.headers["cache-control"] == cache_control


@pytest.mark.parametrize(
    "lines",
    [
        None,
        [CURRENT],
        ["*"],
        [f'"a", {CURRENT}'],
        [f'W/"a",{CURRENT}'],
        ['"a"', CURRENT],
        [f"W/{CURRENT}"],
    ],
    ids=str,
)
def test_a_write_over_what_was_seen_may_go_on(lines: list[str] | None) -> None:
    require_match(lines, row())


@pytest.mark.parametrize(
    "lines",
    [
        ['"a"'],
        ['W/"a"'],
        [etag_of(row(version=2))],
        [etag_of(row(OTHER))],
        ['"*"'],
        ['"a,*,b"'],
    ],
    ids=str,
)
def test_a_write_over_anything_else_is_stopped_and_told_the_current_etag(lines: list[str]) -> None:
    with pytest.raises(PreconditionFailed) as stopped:
        require_match(lines, row())

    assert stopped.value.extra == {"current_etag": CURRENT}
