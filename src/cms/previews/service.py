"""What making and following a link to one document mean."""

import hashlib
import secrets

from sqlalchemy.ext.asyncio import AsyncSession

from cms.documents import (
    DOCUMENT_TYPES,
    Site,
    as_if_published,
    find_document,
    lock_document_by_id,
    read_working_copy,
)
from cms.kernel import Database, NotFound, Principal, Record
from cms.previews import repository
from cms.previews.schema import PreviewCreate, PreviewCreated, PreviewItem, PreviewRead

_TOKEN_BYTES = 32


async def create(
    session: AsyncSession, site: Site, maker: Principal, payload: PreviewCreate
) -> PreviewCreated:
    """Raises `NotFound` where there is no such document."""
    of = DOCUMENT_TYPES[payload.type]
    # Locked, so that its end does not overlook this link.
    if await lock_document_by_id(session, of.model, payload.id) is None:
        raise NotFound
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    stored = await repository.create(
        session, _hash(token), of.name, payload.id, maker.user_id, payload.expires_in
    )
    return PreviewCreated(token=token, url=site.url_of(f"/preview?token={token}"), **stored)


async def read(reader: Database, site: Site, token: str) -> PreviewRead:
    """Raises `NotFound`, after the same time for every token that is no good."""
    found = await repository.find_live(reader, _hash(token))
    of = DOCUMENT_TYPES.get(found["type"]) if found else None
    if found is None or of is None:
        raise NotFound
    # First: if it goes live in between, both say the same.
    copy = await read_working_copy(reader, of, found["document_id"])
    row = await find_document(reader, of.model, of.read, found["document_id"])
    if row is None:
        raise NotFound
    if found["is_first_use"]:
        await repository.note_use(reader, found["id"])
    if copy is not None:
        row = as_if_published(of, row, copy)
    document = of.read.model_validate(row).model_dump(mode="json")
    path = None if of.is_singleton else site.path_of(of.name, document["slug"])
    return PreviewRead(type=of.name, document=document, path=path, expires_at=found["expires_at"])


def shown(row: Record) -> PreviewItem:
    maker = {"id": row["created_by"], "email": row["email"]}
    return PreviewItem.model_validate({**row, "created_by": maker})


def _hash(token: str) -> bytes:
    # The token is random, so a plain hash cannot be reversed by guessing.
    return hashlib.sha256(token.encode()).digest()
