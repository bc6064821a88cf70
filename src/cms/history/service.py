"""What an entry shows, how a document gets an entry's content back, and when entries go."""

import logging
from asyncio import sleep
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any, cast
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from cms.documents import (
    DocumentType,
    insert_again,
    lock_document_by_id,
    require_match,
    stored_content,
    type_of_table,
    update_document,
)
from cms.history import repository
from cms.kernel import Conflict, Database, Invalid, Problem, Record, Services, beside

_ROUND_SECONDS = 60.0
_PRUNE_MINUTES = 60
_AT_ONCE = 500

_logger = logging.getLogger(__name__)


class TypeGone(Conflict):
    detail = "Documents of this type are no longer kept."


class Outdated(Invalid):
    detail = "What was stored then is not valid today; look at it, and save it corrected."


@dataclass(frozen=True, slots=True)
class Restoration:
    """A document as an entry has it, and the values of it that are written today."""

    type: DocumentType
    document_id: UUID
    document: Record
    values: Record
    is_deletion: bool


def shown(entry: Record) -> Record:
    """An entry's row in the words of the API."""
    document_type = type_of_table(entry["type"])
    by = {"id": entry["user_id"], "email": entry["user_email"]} if entry["user_id"] else None
    name = document_type.name if document_type else entry["type"]
    return {**entry, "type": name, "changed_by": by}


async def read(reader: Database, entry_id: UUID) -> Record:
    """Raises `NotFound`."""
    entry = await repository.read_entry(reader, entry_id)
    return {**shown(entry), "document": entry["content"]}


async def restoration(reader: Database, entry_id: UUID) -> Restoration:
    """What restoring an entry would write, through today's schema and sanitiser.

    Raises `NotFound`, `TypeGone`, and `Outdated` for what the schema no longer takes.
    """
    entry = await repository.read_entry(reader, entry_id)
    document_type = type_of_table(entry["type"])
    if document_type is None:
        raise TypeGone
    document: Record = entry["content"]
    try:
        content = await stored_content(document_type.write, document, "document")
    except Invalid as error:
        raise Outdated(cast("list[dict[str, Any]]", error.extra["errors"])) from error
    is_deletion = entry["action"] == "deleted"
    return Restoration(document_type, entry["document_id"], document, content.values, is_deletion)


async def restore(
    session: AsyncSession, wanted: Restoration, if_match: list[str] | None
) -> tuple[Record, bool]:
    """The document as it is stored now, and whether it had been deleted.

    Raises `SlugTaken` and `PreconditionFailed`. Of what is deleted, `If-Match` names the last version.
    """
    model, id_ = wanted.type.model, wanted.document_id
    returns = wanted.is_deletion
    while True:
        row = await lock_document_by_id(session, model, id_)
        if row is not None:
            require_match(if_match, row)
            values = _as_public_as(row, wanted.values) if returns else wanted.values
            return await update_document(session, model, row, values), False
        returns = True
        last = await repository.last_content(session, id_)
        updated_at = datetime.fromisoformat(last["updated_at"])
        require_match(if_match, {"id": id_, "version": last["version"], "updated_at": updated_at})
        values = _returning(wanted, last)
        numbered = not wanted.type.is_singleton
        returned = await insert_again(session, model, values, numbered=numbered)
        if returned is not None:
            return returned, True
        # Someone else has brought it back meanwhile: now it is there.


def _as_public_as(row: Record, values: Record) -> Record:
    """Who asks twice for what comes back as a draft, or together with another, publishes nothing."""
    return {**values, "published": row["published"]} if "published" in values else values


def _returning(wanted: Restoration, last: Record) -> Record:
    """The row of a document that comes back: a draft, where its type has drafts."""
    was = wanted.document
    public_since = last.get("published_at")
    return {
        "slug": was["slug"],
        "published": was["published"],
        **wanted.values,
        **({"published": False} if "published" in wanted.values else {}),
        "id": wanted.document_id,
        "created_at": datetime.fromisoformat(was["created_at"]),
        "published_at": public_since and datetime.fromisoformat(public_since),
        # No ETag is ever that of another content.
        "version": last["version"] + 1,
    }


async def prune(database: Database, days: int) -> int:
    """Deletes what is older, but for the newest entry of each document; says how many.

    A little at a time, each in a transaction of its own.
    """
    deleted, reached = 0, UUID(int=0)
    while True:
        async with database.session() as session:
            batch = await repository.oldest_after(session, reached, days, _AT_ONCE)
            if not batch:
                return deleted
            deleted += await repository.delete_superseded(session, batch)
            reached = batch[-1]


def keeping(services: Services) -> AbstractAsyncContextManager[None]:
    """Sums up the counts every minute, and prunes every hour where `HISTORY_DAYS` is set."""
    return beside(_keep(services.database, services.settings.history_days))


async def _keep(database: Database, days: int) -> None:
    for minute in count():
        try:
            async with database.session() as session:
                await repository.sum_up_counts(session)
            if days and minute % _PRUNE_MINUTES == 0:
                await prune(database, days)
        except Problem as problem:  # the next round makes up for it
            _logger.warning("history was not kept in order: %s", problem)
        await sleep(_ROUND_SECONDS)
