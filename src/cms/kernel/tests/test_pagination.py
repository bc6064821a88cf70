import pytest
from pydantic import BaseModel

from cms.kernel.pagination import Envelope, Paging


class Item(BaseModel):
    name: str


@pytest.mark.parametrize(
    ("page", "per_page", "offset"),
    [(1, 10, 0), (2, 10, 10), (3, 1, 2), (2**31 - 1, 100, 214_748_364_600)],
)
def test_a_page_begins_where_the_one_before_it_ends(page: int, per_page: int, offset: int) -> None:
    assert Paging(page, per_page).offset == offset


@pytest.mark.parametrize(
    ("total", "per_page", "total_pages"),
    [(0, 10, 0), (1, 10, 1), (9, 10, 1), (10, 10, 1), (11, 10, 2), (42, 10, 5), (3, 1, 3)],
)
def test_the_last_page_counts_though_it_is_not_full(
    total: int, per_page: int, total_pages: int
) -> None:
    assert Envelope[Item].of([], total, Paging(1, per_page)).total_pages == total_pages


def test_an_envelope_says_what_was_asked_for() -> None:
    envelope = Envelope[Item].of([Item(name="x")], 42, Paging(5, 10))

    assert envelope.model_dump() == {
        "items": [{"name": "x"}],
        "page": 5,
        "per_page": 10,
        "total": 42,
        "total_pages": 5,
    }
