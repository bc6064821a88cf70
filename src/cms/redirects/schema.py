from typing import Annotated, Literal, Self
from uuid import UUID

from fastapi import Query
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic.config import JsonDict

from cms.documents import HttpLink
from cms.kernel import Digits, Envelope, Payload
from cms.redirects.paths import normal_path

MAX_REDIRECTS = 10_000
GONE = 410
REDIRECT_ID = "019abf3e-7b1c-7d40-9d2f-2f4d6a1c0b55"

RedirectsPageSize = Annotated[
    int, Field(ge=1, le=MAX_REDIRECTS), Digits, Query(description="Items on a page.")
]
FromPath = Annotated[
    str,
    AfterValidator(normal_path),
    Field(
        description="A path of the website. Its query, and a slash at its end, do not count; case does."
    ),
]
Status = Literal[301, 302, 307, 308, 410]

_WRITABLE: JsonDict = {"from_path": "/summer-sale", "to": "/offers", "status": 301}


class RedirectWrite(Payload):
    """A rule of the website: a path, and where it leads. 410 is for what is gone: it leads nowhere."""

    model_config = ConfigDict(json_schema_extra={"example": _WRITABLE})

    from_path: FromPath
    to: HttpLink | None = None
    status: Status = 301

    @model_validator(mode="after")
    def _leads_somewhere_or_is_gone(self) -> Self:
        if (self.to is None) != (self.status == GONE):
            raise ValueError("A rule needs `to`, unless its status is 410, which has none.")
        return self


class RedirectRead(BaseModel):
    """A rule as it is stored."""

    model_config = ConfigDict(
        from_attributes=True,
        json_schema_extra={"example": {"id": REDIRECT_ID, **_WRITABLE}},
    )

    id: UUID
    from_path: str
    to: str | None
    status: int


class RedirectList(Envelope[RedirectRead]):
    """One page of rules."""
