"""What an entry shows, how a document gets an entry's content back, and when entries go."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
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
from cms.kernel import Conflict, Database, Invalid, Problem, Record, Services

_ROUND_SECONDS = 3600.0
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
    content: Record
    values: Record


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
    return Restoration(document_type, entry["document_id"], document, content.values)


async def restore(
    session: AsyncSession, wanted: Restoration, if_match: list[str] | None
) -> tuple[Record, bool]:
    """The document as it is stored now, and whether it had been deleted.

    Raises `SlugTaken` and `PreconditionFailed`. Of what is deleted, `If-Match` names the last version.
    """
    model, id_ = wanted.type.model, wanted.document_id
    while True:
        row = await lock_document_by_id(session, model, id_)
        if row is not None:
            require_match(if_match, row)
            return await update_document(session, model, row, wanted.values), False
        last = _row_of(await repository.last_content(session, id_))
        require_match(if_match, last)
        has_slug = "slug" in wanted.type.write.model_fields
        returned = await insert_again(session, model, _returning(wanted, last), numbered=has_slug)
        if returned is not None:
            return returned, True
        # Someone else has brought it back meanwhile: now it is there.


_TIMES = ("created_at", "updated_at", "published_at")


def _row_of(content: Record) -> Record:
    """What an entry holds of the columns that are no content, as a document's row has them."""
    times = {n: content[n] and datetime.fromisoformat(content[n]) for n in _TIMES if n in content}
    return {"id": UUID(content["id"]), "version": content["version"], **times}


def _returning(wanted: Restoration, last: Record) -> Record:
    """The row of a document that comes back: a draft, where its type has drafts."""
    content = wanted.content
    return {
        "slug": content["slug"],
        "published": content["published"],
        **wanted.values,
        **({"published": False} if "published" in wanted.values else {}),
        "id": wanted.document_id,
        "created_at": last["created_at"],
        "published_at": last["published_at"],
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


@asynccontextmanager
async def pruning(services: Services) -> AsyncGenerator[None]:
    """Prunes at the start and every hour, where `HISTORY_DAYS` is set, in each process."""
    days = services.settings.history_days
    if not days:
        yield
        return
    task = asyncio.create_task(_prune_for_ever(services.database, days))
    yield
    task.cancel()
    await asyncio.wait([task])


async def _prune_for_ever(database: Database, days: int) -> None:
    while True:
        try:
            await prune(database, days)
        except Problem as problem:  # the next round makes up for it
            _logger.warning("history was not pruned: %s", problem)
        await asyncio.sleep(_ROUND_SECONDS)
