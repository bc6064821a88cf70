"""What a schedule may be, and what it does with a document when it is due."""

import logging
from uuid import UUID

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from cms.documents import (
    DocumentType,
    etag_of,
    headings,
    lock_document_by_id,
    publish_working_copy,
    read_working_copy,
    type_of_table,
    update_document,
    values_to_publish,
)
from cms.kernel import Conflict, Database, Invalid, NotFound, Principal, Record
from cms.schedule import repository
from cms.schedule.schema import ScheduleWrite

_logger = logging.getLogger(__name__)


class NoSchedule(NotFound):
    detail = "Nothing is scheduled for this document."


class MovedOn(Conflict):
    detail = "The document has changed since the working copy was started."


async def items(session: AsyncSession, entries: list[Record]) -> list[Record]:
    """Rows in the words of the API."""
    known = [(each, of) for each in entries if (of := type_of_table(each["type"]))]
    of_documents = await headings(session, [(of, each["document_id"]) for each, of in known])
    return [
        {
            **each,
            "type": of.name,
            "slug": of_documents[each["document_id"]]["slug"],
            "title": each.get("title") or of_documents[each["document_id"]]["title"],
            "set_by": each["set_by_id"]
            and {"id": each["set_by_id"], "email": each["set_by_email"]},
        }
        for each, of in known
        if each["document_id"] in of_documents  # or else it has been deleted meanwhile
    ]


async def read(session: AsyncSession, of: DocumentType, id_: UUID) -> Record:
    """Raises `NoSchedule`."""
    row = await repository.read(session, of.model.__tablename__, id_)
    shown = [] if row is None else await items(session, [row])
    if not shown:
        raise NoSchedule
    return shown[0]


async def store(
    session: AsyncSession, of: DocumentType, id_: UUID, wanted: ScheduleWrite, user: Principal
) -> Record:
    """The schedule as it is now: what is due already has been done.

    Raises `NotFound`, and `Invalid` for what is public already, or always.
    """
    document = await lock_document_by_id(session, of.model, id_)
    if document is None:
        raise NotFound
    if of.is_singleton:
        raise Invalid.at("path", "type", msg="Documents of this type are always published.")
    if wanted.publish_at and document["published"]:
        raise Invalid.at("body", "publish_at", msg="The document is published already.")
    row: Record = {
        "type": of.model.__tablename__,
        "document_id": id_,
        **wanted.model_dump(),
        "set_by_id": user.user_id,
        "set_by_email": user.email,
        "problem": None,
    }
    await repository.store(session, row)
    await _apply(session, of, document)
    none = {**row, "publish_at": None, "unpublish_at": None}
    now = await repository.read(session, of.model.__tablename__, id_) or none
    return (await items(session, [now]))[0]


async def remove(session: AsyncSession, of: DocumentType, id_: UUID) -> None:
    """Raises `NoSchedule`."""
    if not await repository.remove(session, of.model.__tablename__, id_):
        raise NoSchedule


async def settle(database: Database, due: Record) -> bool:
    """Does what is due with a document, or notes why it cannot be done.

    Says whether it has: another process, or an editor, may have the document just now.
    """
    of = type_of_table(due["type"])
    assert of is not None
    id_, is_copy = due["document_id"], due["is_copy"]
    try:
        return await (_settle_copy if is_copy else _settle_document)(database, of, id_)
    except (Conflict, Invalid) as error:
        problem = str(error)
    except DBAPIError:
        _logger.exception("a schedule of %s cannot be kept", due["type"])
        problem = "The database does not allow this change."
    async with database.session() as session:
        await repository.note_problem(session, id_, problem, is_copy=is_copy)
    return True


async def _settle_document(database: Database, of: DocumentType, id_: UUID) -> bool:
    async with database.session() as session:
        document = await lock_document_by_id(session, of.model, id_, skip_locked=True)
        return document is not None and await _apply(session, of, document)


async def _apply(session: AsyncSession, of: DocumentType, document: Record) -> bool:
    """Does what is due with a locked document. What would have ended by now never begins."""
    schedule = await repository.lock_due(session, document["id"])
    if schedule is None:
        return False
    ends, now = schedule["unpublish_at"], schedule["now"]
    is_over = ends is not None and ends <= now
    was_published = document["published"]
    # Where that is a change, the trigger takes `publish_at` back.
    await update_document(session, of.model, document, {"published": not is_over})
    if is_over:
        await repository.remove(session, of.model.__tablename__, document["id"])
    elif was_published:  # by whom no trigger fires, such as a restore of data alone
        await repository.forget_beginning(session, document["id"])
    return True


async def _settle_copy(database: Database, of: DocumentType, id_: UUID) -> bool:
    seen = await read_working_copy(database, of, id_)
    if seen is None:
        return False
    values = await values_to_publish(of, seen)  # while nothing is locked
    async with database.session() as session:
        document = await lock_document_by_id(session, of.model, id_, skip_locked=True)
        if document is None:
            return False
        copy = await repository.lock_due_copy(session, id_)
        if copy is None or etag_of(copy) != etag_of(seen):
            return False
        if copy["base_etag"] != etag_of(document):
            raise MovedOn
        await publish_working_copy(session, of, document, copy, values)
        return True
