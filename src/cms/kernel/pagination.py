"""Pages of a list: what is asked for, and the envelope it comes back in."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Self

from fastapi import Query
from pydantic import BaseModel, Field

from cms.kernel.fields import Digits

_MAX_PAGE = 2**31 - 1
_MAX_PER_PAGE = 100


@dataclass(frozen=True, slots=True)
class Paging:
    """`page` counts from 1."""

    page: int
    per_page: int

    @property
    def offset(self) -> int:
        return (self.page - 1) * self.per_page


def paging(default_per_page: int) -> Callable[[int, int], Paging]:
    """A dependency that reads `page` and `per_page` from the query string."""

    def read(
        page: Annotated[int, Digits, Query(ge=1, le=_MAX_PAGE, description="From 1.")] = 1,
        per_page: Annotated[
            int, Digits, Query(ge=1, le=_MAX_PER_PAGE, description="Items on a page.")
        ] = default_per_page,
    ) -> Paging:
        return Paging(page, per_page)

    return read


class Envelope[Item: BaseModel](BaseModel):
    """One page of a list. Past the last page `items` is empty and the totals stay true."""

    items: list[Item]
    page: Annotated[int, Field(ge=1, examples=[1])]
    per_page: Annotated[int, Field(ge=1, examples=[10])]
    total: Annotated[int, Field(ge=0, examples=[42])]
    total_pages: Annotated[int, Field(ge=0, examples=[5])]

    @classmethod
    def of(cls, items: list[Item], total: int, paging: Paging) -> Self:
        return cls(
            items=items,
            page=paging.page,
            per_page=paging.per_page,
            total=total,
            total_pages=-(-total // paging.per_page),
        )
