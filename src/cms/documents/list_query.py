"""What a list of documents may be asked for."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from cms.documents.sorting import Sort, SortedBy
from cms.kernel import Invalid, PageNumber, PageSize, Paging

MAX_WHOLE = 20
"""How many whole documents a page of a list may hold."""


class ListQuery(BaseModel):
    """The query of every list of documents, and the base of those that can be asked for more."""

    page: PageNumber = 1
    per_page: PageSize = 10
    sort: SortedBy = Sort.NEWEST

    @property
    def included(self) -> tuple[str, ...]:
        """The fields that are in the list on request."""
        return ()

    @property
    def paging(self) -> Paging:
        """Raises `Invalid` for more than a page may hold of what was asked for."""
        return Paging(self.page, self.per_page)


class ContentQuery(ListQuery):
    """The query of a list of documents with a body."""

    ids: Annotated[
        list[UUID],
        Field(
            default_factory=list,
            alias="id",
            max_length=100,
            description="Only the documents of these ids, of any slug.",
        ),
    ]
    include: Annotated[
        Literal["body"] | None,
        Field(description=f"`body`: whole documents, at most {MAX_WHOLE} on a page."),
    ] = None

    @property
    def included(self) -> tuple[str, ...]:
        return () if self.include is None else (self.include,)

    @property
    def paging(self) -> Paging:
        if self.include is None or self.per_page <= MAX_WHOLE:
            return super().paging
        if "per_page" in self.model_fields_set:
            raise Invalid.at(
                "query", "per_page", msg=f"This must be {MAX_WHOLE} or less with include."
            )
        return Paging(self.page, MAX_WHOLE)
