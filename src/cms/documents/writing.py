"""Writing documents: plain functions over rows, inside the transaction that the request commits."""

from collections.abc import Mapping
from itertools import count, islice
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from cms.documents.fields import numbered_slug, slug_from
from cms.documents.model import Document, table_of
from cms.kernel import Conflict, NotFound, Record
from cms.kernel.database import UNIQUE_VIOLATION, sqlstate

_SLUG_ATTEMPTS = 100
_SLUGS_AT_ONCE = 50


class SlugTaken(Conflict):
    detail = "This slug is taken."


async def insert_document(
    session: AsyncSession, model: type[Document], values: Mapping[str, Any]
) -> Record:
    """Inserts under the slug given, or under the first free one made from the title.

    Returns the row. Raises `SlugTaken` when a given slug is taken.
    """
    table = table_of(model)
    base = values["slug"] or slug_from(values["title"])
    candidate = base
    for _ in range(_SLUG_ATTEMPTS):
        statement = insert(table).values({**values, "slug": candidate})
        statement = statement.on_conflict_do_nothing(index_elements=[model.slug])
        row = (await session.execute(statement.returning(*table.c))).mappings().first()
        if row is not None:
            return dict(row)
        if values["slug"] is not None:
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


async def lock_document(session: AsyncSession, model: type[Document], slug: str) -> Record:
    """The row, which nobody else can change before this transaction ends. Raises `NotFound`."""
    statement = select(table_of(model)).where(model.slug == slug).with_for_update()
    row = (await session.execute(statement)).mappings().first()
    if row is None:
        raise NotFound
    return dict(row)


async def update_document(
    session: AsyncSession, model: type[Document], row: Record, values: Mapping[str, Any]
) -> Record:
    """Writes over a locked row where something differs; a slug of None, or left out, stays.

    Returns the row as it is now. Raises `SlugTaken` when another document has the slug.
    """
    wanted = {**values, "slug": values.get("slug") or row["slug"]}
    if all(row[name] == value for name, value in wanted.items()):
        return row
    table = table_of(model)
    statement = update(table).where(model.id == row["id"]).values(wanted).returning(*table.c)
    if wanted["slug"] == row["slug"]:
        return dict((await session.execute(statement)).mappings().one())
    try:
        async with session.begin_nested():
            return dict((await session.execute(statement)).mappings().one())
    except IntegrityError as error:
        if sqlstate(error) == UNIQUE_VIOLATION:
            raise SlugTaken from error
        raise


async def delete_document(session: AsyncSession, model: type[Document], row: Record) -> None:
    """Deletes a locked row."""
    await session.execute(delete(table_of(model)).where(model.id == row["id"]))
