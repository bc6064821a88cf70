from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.config import JsonDict

from cms.documents import Moment, TypeName
from cms.kernel import Envelope, Payload

DOCUMENT_ID = "019abf3e-7b1c-7d40-9d2f-2f4d6a1c0b55"

_TIMES: JsonDict = {
    "publish_at": "2027-03-01T08:00:00+01:00",
    "unpublish_at": "2027-03-31T20:00:00+02:00",
}
_SHOWN: JsonDict = {
    "type": "posts",
    "document_id": DOCUMENT_ID,
    "slug": "a-quieter-kitchen",
    "title": "A quieter kitchen",
    "publish_at": "2027-03-01T07:00:00Z",
    "unpublish_at": "2027-03-31T18:00:00Z",
    "set_by": {"id": "019abf3e-0a11-7c52-8f00-6b1de2f0a9c4", "email": "editor@example.com"},
    "problem": "The document has changed since the working copy was started.",
}


class SetBy(BaseModel):
    """A user, as they were called at that time; they may be gone."""

    model_config = ConfigDict(json_schema_extra={"example": _SHOWN["set_by"]})

    id: UUID
    email: str


class ScheduleRead(BaseModel):
    """What the clock will do with a document."""

    model_config = ConfigDict(json_schema_extra={"example": _SHOWN})

    type: TypeName
    document_id: UUID
    slug: str
    title: str | None
    publish_at: datetime | None
    unpublish_at: datetime | None
    set_by: SetBy | None
    problem: str | None = Field(description="Why it could not be done; then it stays, undone.")


class ScheduleItem(ScheduleRead):
    """What the clock will do, in a list."""

    model_config = ConfigDict(json_schema_extra={"example": _SHOWN | {"working_copy": False}})

    working_copy: bool = Field(description="Whether it is the document's working copy.")


class ScheduleList(Envelope[ScheduleItem]):
    """One page of what the clock will do."""


class ScheduleWrite(Payload):
    """When to publish and unpublish; what is left out will not be done."""

    model_config = ConfigDict(json_schema_extra={"example": _TIMES})

    publish_at: Annotated[Moment | None, Field(description="With its offset.")] = None
    unpublish_at: Annotated[Moment | None, Field(description="Later than that.")] = None

    @model_validator(mode="after")
    def _is_in_order(self) -> Self:
        if self.publish_at is None and self.unpublish_at is None:
            raise ValueError("Give a time; DELETE takes a schedule back.")
        if self.publish_at and self.unpublish_at and self.unpublish_at <= self.publish_at:
            raise ValueError("The end has to come after the beginning.")
        return self
