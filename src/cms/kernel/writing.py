"""Writing documents: plain functions that flush, inside the transaction that the request commits."""

from collections.abc import Mapping
from itertools import count, islice
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from cms.kernel.content import Document
from cms.kernel.database import UNIQUE_VIOLATION, sqlstate
from cms.kernel.errors import Conflict, NotFound
from cms.kernel.fields import numbered_slug, slug_from

_SLUG_ATTEMPTS = 100
_SLUGS_AT_ONCE = 50


class SlugTaken(Conflict):
    detail = "This slug is taken."


async def insert_document[D: Document](
    session: AsyncSession, model: type[D], values: Mapping[str, Any], *, slug: str | None
) -> D:
    """Inserts under the given slug, or under the first free one made from `values["title"]`.

    Raises `Conflict` when a given slug is taken.
    """
    base = slug or slug_from(values["title"])
    candidate = base
    for _ in range(_SLUG_ATTEMPTS):
        statement = (
            insert(model)
            .values(**values, slug=candidate)
            .on_conflict_do_nothing(index_elements=[model.slug])
            .returning(model)
        )
        document = (await session.execute(statement)).scalar_one_or_none()
        if document is not None:
            return document
        if slug is not None:
            break
        candidate = await _free_slug(session, model, base)
    raise SlugTaken


async def _free_slug(session: AsyncSession, model: type[Document], base: str) -> str:
    """The first of `base-2`, `base-3`… that no row has; another writer may still take it first."""
    numbers = count(2)
    while True:
        batch = [numbered_slug(base, number) for number in islice(numbers, _SLUGS_AT_ONCE)]
        taken = set(await session.scalars(select(model.slug).where(model.slug.in_(batch))))
        free = [slug for slug in batch if slug not in taken]
        if free:
            return free[0]


async def lock_document[D: Document](session: AsyncSession, model: type[D], slug: str) -> D:
    """The document, which nobody else can change before this transaction ends. Raises `NotFound`."""
    document = await session.scalar(select(model).where(model.slug == slug).with_for_update())
    if document is None:
        raise NotFound
    return document


async def update_document(
    session: AsyncSession, document: Document, slug: str | None, values: Mapping[str, Any]
) -> None:
    """Writes what differs, and nothing when nothing does; a slug of None stays as it is.

    Raises `Conflict` when another document has the slug.
    """
    if slug is None or slug == document.slug:
        _assign(document, values)
        await session.flush()
        return
    try:
        async with session.begin_nested():
            _assign(document, {**values, "slug": slug})
    except IntegrityError as error:
        if sqlstate(error) != UNIQUE_VIOLATION:
            raise
        raise SlugTaken from error


def _assign(document: Document, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        setattr(document, name, value)
