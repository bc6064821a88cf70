"""What a write was sent, from the request's body to the values that are stored."""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, cast

from fastapi import Body
from pydantic import ValidationError
from pydantic_core import to_jsonable_python

from cms.documents.merge_patch import MergePatch, merge_patch, merged
from cms.documents.payload import SingletonWrite
from cms.documents.responses import etag_of
from cms.edge import invalid
from cms.kernel import Claims, Invalid, Principal, Record
from cms.richtext import clean_rich_text, rich_text_of, sanitised_values

_EARLIEST = datetime(1000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Content:
    """A whole document as it was sent, its rich text cleaned."""

    values: Record
    """The fields that are stored."""
    told: Record
    """What the client holds for true of the fields that it does not write, such as `updated_at`."""

    def new(self, user: Principal) -> Record:
        """The values of a new document. Raises `Invalid` for what is not a client's to choose."""
        return {**self.values, **_allowed(self.told, {"published_at": None}, user)}

    def over(self, row: Record, user: Principal) -> Record:
        """The values to write over a locked row. Raises `Invalid` for what is told and not so."""
        return {**self.values, **_allowed(self.told, {**row, "etag": etag_of(row)}, user)}


@dataclass(frozen=True, slots=True)
class Patch:
    """A part of a document as it was sent: a JSON Merge Patch (RFC 7396), its rich text cleaned."""

    schema: type[SingletonWrite]
    members: Record
    cleaned: Record

    def over(self, row: Record, user: Principal) -> Record:
        """The values to write over a locked row, checked as the whole document that they make.

        Raises `Invalid`.
        """
        fields = [name for name, each in self.schema.model_fields.items() if not each.exclude]
        stored = to_jsonable_python({name: row[name] for name in fields})
        document = json.dumps(merged(stored, {**self.members, **self.cleaned}))
        try:
            # As JSON, in which times and ids are text.
            payload = self.schema.model_validate_json(document)
        except ValidationError as error:
            raise invalid(error.errors(), "body") from error
        rich = rich_text_of(self.schema)
        # Rich text that was not sent is not written: it was cleaned when it was.
        values = {name: getattr(payload, name) for name in fields if name not in rich}
        return Content({**values, **self.cleaned}, _told(payload)).over(row, user)


def cleaned[Write: SingletonWrite](schema: type[Write]) -> Callable[..., Awaitable[Content]]:
    """A dependency that gives the body of a POST or PUT, rich text cleaned.

    List it before the user: the user's session is held from then on, and nothing slow is to happen
    while a connection or a lock is held. It works for whoever has a token that we have signed.
    """

    async def content(_claims: Claims, payload: Write) -> Content:
        return Content(await sanitised_values(payload), _told(payload))

    content.__annotations__["payload"] = schema  # FastAPI reads it, and knows no type variables
    return content


def patched(schema: type[SingletonWrite]) -> Callable[..., Awaitable[Patch]]:
    """Like `cleaned`, for the body of a PATCH."""

    async def patch(_claims: Claims, payload: Annotated[MergePatch, Body()]) -> Patch:
        members = payload.root
        return Patch(schema, members, await clean_rich_text(schema, members))

    patch.__annotations__["payload"] = merge_patch(schema)
    return patch


async def content_of(schema: type[SingletonWrite], document: Record, *place: str) -> Content:
    """What `cleaned` gives, of JSON that is a part of a body, at `place`. Raises `Invalid`."""
    try:
        # As JSON, in which times and ids are text: Python's own values would be held to their types.
        payload = schema.model_validate_json(json.dumps(document))
        return Content(await sanitised_values(payload), _told(payload))
    except ValidationError as error:
        raise invalid(error.errors(), *place) from error
    except Invalid as error:  # HTML that is too complex
        errors = cast("list[dict[str, Any]]", error.extra["errors"])
        raise Invalid([{**e, "loc": (*place, *e["loc"][1:])} for e in errors]) from error


async def stored_content(schema: type[SingletonWrite], document: Record, *place: str) -> Content:
    """Like `content_of`, for what was stored before: fields that are no more are dropped."""
    fields = schema.model_fields.items()
    known = {k: document[k] for k, field in fields if k in document and not field.exclude}
    return await content_of(schema, known, *place)


def _told(payload: SingletonWrite) -> Record:
    fields = type(payload).model_fields
    return {
        name: getattr(payload, name) for name in payload.model_fields_set if fields[name].exclude
    }


def _allowed(told: Record, stored: Mapping[str, object], user: Principal) -> Record:
    """What of it is written after all: an admin's `published_at`. Raises `Invalid` for the rest."""
    errors: list[dict[str, Any]] = []
    written: Record = {}
    for name, value in told.items():
        if name in stored and value == stored[name]:
            continue
        problem = _problem_of(name, value, stored, user)
        if problem is None:
            written[name] = cast("datetime", value).astimezone(UTC)
        else:
            errors.append({"loc": ("body", name), "msg": problem, "type": "read_only"})
    if errors:
        raise Invalid(errors)
    return written


def _problem_of(
    name: str, value: object, stored: Mapping[str, object], user: Principal
) -> str | None:
    if name not in stored:
        return "It is set when the document is stored; leave it out."
    if name != "published_at":
        return "It is not what is stored, and cannot be changed; leave it out."
    if user.role != "admin":
        return "It is not what is stored, and only an admin may change it; leave it out."
    if not isinstance(value, datetime) or not _EARLIEST <= value <= datetime.now(UTC):
        return "Give a time that is not to come."
    return None
