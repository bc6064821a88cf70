"""Pages of a list: what is asked for, and the envelope it comes back in."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Self

from fastapi import Query
from pydantic import BaseModel, Field

from cms.kernel.schema import Digits
from cms.postgres import Record

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


PageNumber = Annotated[int, Field(ge=1, le=_MAX_PAGE), Digits, Query(description="From 1.")]
PageSize = Annotated[
    int, Field(ge=1, le=_MAX_PER_PAGE), Digits, Query(description="Items on a page.")
]


class Envelope[Item: BaseModel](BaseModel):
    """One page of a list. Past the last page `items` is empty and the totals stay true."""

    items: list[Item]
    page: Annotated[int, Field(ge=1, examples=[1])]
    per_page: Annotated[int, Field(ge=1, examples=[10])]
    total: Annotated[int, Field(ge=0, examples=[42])]
    total_pages: Annotated[int, Field(ge=0, examples=[5])]

    @classmethod
    def of(cls, items: Sequence[Item | Record], total: int, paging: Paging) -> Self:
        """`items` as such, or as the rows that they are made of."""
        return cls.model_validate(
            {
                "items": items,
                "page": paging.page,
                "per_page": paging.per_page,
                "total": total,
                "total_pages": -(-total // paging.per_page),
            }
        )
