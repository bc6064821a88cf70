"""How a working copy is saved and published, so that nobody's words are lost or shown unseen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from cms.documents import (
    Content,
    DocumentType,
    PreconditionRequired,
    copied,
    etag_of,
    headings,
    lock_document_by_id,
    lock_working_copy,
    publish_working_copy,
    read_working_copy,
    require_match,
    require_named,
    type_of_table,
    values_to_publish,
)
from cms.kernel import Database, NotFound, PreconditionFailed, Principal, Record
from cms.working_copies import repository

# What a client may well hold for true of the document no longer: `base_etag` watches over that.
_MAY_BE_OUTDATED = ("updated_at", "etag")


class NoWorkingCopy(NotFound):
    detail = "This document has no working copy; If-None-Match: * starts one."


class DocumentMovedOn(PreconditionFailed):
    detail = "The document has changed since this working copy was started."


@dataclass(frozen=True, slots=True)
class Saving:
    """What is to be saved, cleaned. `schedule` is empty where `publish_at` was left out."""

    content: Content
    schedule: Mapping[str, datetime | None]


@dataclass(frozen=True, slots=True)
class Publication:
    """A working copy as it was looked at, and what the document will be."""

    copy: Record
    values: Record


def shown(copy: Record) -> Record:
    return {**copy, "updated_by": {"id": copy["user_id"], "email": copy["user_email"]}}


async def items(session: AsyncSession, copies: Sequence[Record]) -> list[Record]:
    """Rows of a list in the words of the API; of types that no slice has any more there are none."""
    known = [(each, of) for each in copies if (of := type_of_table(each["type"]))]
    of_documents = await headings(session, [(of, each["document_id"]) for each, of in known])
    return [
        {**shown(each), "type": of.name, "slug": of_documents[each["document_id"]]["slug"]}
        for each, of in known
        if each["document_id"] in of_documents  # or else it has been deleted meanwhile
    ]


async def read(reader: Database, of: DocumentType, id_: UUID) -> Record:
    """Raises `NoWorkingCopy`."""
    copy = await read_working_copy(reader, of, id_)
    if copy is None:
        raise NoWorkingCopy
    return copy


async def save(
    session: AsyncSession,
    of: DocumentType,
    id_: UUID,
    saving: Saving,
    user: Principal,
    if_match: list[str] | None,
    if_none_match: list[str] | None,
) -> tuple[Record, bool]:
    """The copy as it is now, and whether it is new.

    Raises `NotFound`, `PreconditionRequired`, `PreconditionFailed`, and `Invalid` for what is told
    of the document and is not so. What is saved already is saved, whatever the conditions say
    (RFC 9110, 13.1.1): an answer may have been lost.
    """
    document = await lock_document_by_id(session, of.model, id_)
    if document is None:
        raise NotFound
    told = {k: v for k, v in saving.content.told.items() if k not in _MAY_BE_OUTDATED}
    if told.get("published_at", document) is None:
        del told["published_at"]
    content = copied(replace(saving.content, told=told).over(document, user))
    copy = await lock_working_copy(session, of, id_)
    starts = if_none_match is not None and [each.strip() for each in if_none_match] == ["*"]
    if if_match is None and not starts:
        raise PreconditionRequired
    values: dict[str, Any] = {"content": content, "user_id": user.user_id, "user_email": user.email}
    values |= _schedule(saving, copy, user)
    if copy is None:
        if if_match is not None:
            raise NoWorkingCopy
        new = {"type": of.model.__tablename__, "document_id": id_, "base_etag": etag_of(document)}
        return await repository.insert_copy(session, new | values), True
    if copy["content"] == content and "publish_at" not in values:
        return copy, False
    if if_match is not None:
        require_named(if_match, copy)
    require_match(None, copy, if_none_match)
    return await repository.update_copy(session, copy, values), False


def _schedule(saving: Saving, copy: Record | None, user: Principal) -> Record:
    """What changes of it; a new time is a new try."""
    publish_at = saving.schedule.get("publish_at")
    if "publish_at" not in saving.schedule or (copy and copy["publish_at"] == publish_at):
        return {}
    by = (user.user_id, user.email) if publish_at else (None, None)
    return {"publish_at": publish_at, "set_by_id": by[0], "set_by_email": by[1], "problem": None}


async def publication(reader: Database, of: DocumentType, id_: UUID) -> Publication:
    """Raises `NoWorkingCopy`, and `Invalid` for what is not valid today."""
    copy = await read(reader, of, id_)
    return Publication(copy, await values_to_publish(of, copy))


async def publish(
    session: AsyncSession,
    of: DocumentType,
    id_: UUID,
    wanted: Publication,
    if_match: list[str] | None,
    *,
    overwrite: bool,
) -> Record:
    """The document as it is now, the copy gone.

    Raises `NotFound`, `SlugTaken`, `PreconditionRequired`, and `PreconditionFailed` with the ETag of
    the copy, or as `DocumentMovedOn` that of the document, unless that may be overwritten.
    """
    document = await lock_document_by_id(session, of.model, id_)
    copy = await lock_working_copy(session, of, id_)
    if document is None or copy is None:
        raise NoWorkingCopy
    require_named(if_match, copy)
    if etag_of(wanted.copy) != etag_of(copy):  # saved anew after it had been read
        raise PreconditionFailed(etag_of(copy))
    current = etag_of(document)
    if copy["base_etag"] != current and not overwrite:
        raise DocumentMovedOn(current)
    return await publish_working_copy(session, of, document, copy, wanted.values)


async def discard(
    session: AsyncSession, of: DocumentType, id_: UUID, if_match: list[str] | None
) -> None:
    """Raises `NoWorkingCopy`, `PreconditionRequired` and `PreconditionFailed`."""
    copy = await lock_working_copy(session, of, id_)
    if copy is None:
        raise NoWorkingCopy
    require_named(if_match, copy)
    await repository.delete_copy(session, copy)
