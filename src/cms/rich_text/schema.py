from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from cms.documents import BodyHtml, RemovedKind
from cms.kernel import Payload

_REMOVED: JsonDict = {"kind": "element", "name": "script", "count": 1}


class RichTextDraft(Payload):
    """HTML from anywhere, such as a word processor."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"html": "<p>Hello <script>alert(1)</script>world</p>"}}
    )

    html: Annotated[BodyHtml, Field(description="As much as a body may be.")]


class Removed(BaseModel):
    """What was taken away: so many elements, or attributes, or URLs of an attribute."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"example": _REMOVED})

    kind: RemovedKind
    name: str = Field(description="The element's, or the attribute's.")
    count: int


class RichTextClean(BaseModel):
    """What would be stored, and a receipt of what would not."""

    model_config = ConfigDict(
        from_attributes=True,
        json_schema_extra={"example": {"html": "<p>Hello world</p>", "removed": [_REMOVED]}},
    )

    html: str
    removed: list[Removed] = Field(
        description="In the order in which it first occurs; what is translated is not removed."
    )
