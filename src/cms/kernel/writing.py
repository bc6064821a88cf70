"""Writing documents: plain functions over rows, inside the transaction that the request commits."""

from collections.abc import Mapping
from functools import cache
from itertools import count, islice
from typing import Any

from asyncpg import UniqueViolationError
from sqlalchemy import BindParameter, bindparam, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from cms.kernel.content import Document
from cms.kernel.database import fetch_in
from cms.kernel.errors import Conflict, NotFound
from cms.kernel.fields import numbered_slug, slug_from
from cms.kernel.prepared import Fields, Prepared

_SLUG_ATTEMPTS = 100
_SLUGS_AT_ONCE = 50


class SlugTaken(Conflict):
    detail = "This slug is taken."


async def insert_document(
    session: AsyncSession, model: type[Document], values: Mapping[str, Any], *, slug: str | None
) -> Fields:
    """Inserts under the given slug, or under the first free one made from `values["title"]`.

    Returns the row. Raises `Conflict` when a given slug is taken.
    """
    query = _insert_query(model, (*values, "slug"))
    base = slug or slug_from(values["title"])
    candidate = base
    for _ in range(_SLUG_ATTEMPTS):
        rows = await fetch_in(session, query, **values, slug=candidate)
        if rows:
            return rows[0]
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


async def lock_document(session: AsyncSession, model: type[Document], slug: str) -> Fields:
    """The row, which nobody else can change before this transaction ends. Raises `NotFound`."""
    rows = await fetch_in(session, _lock_query(model), slug=slug)
    if not rows:
        raise NotFound
    return rows[0]


async def update_document(
    session: AsyncSession,
    model: type[Document],
    row: Fields,
    slug: str | None,
    values: Mapping[str, Any],
) -> Fields:
    """Writes over a locked row where something differs; a slug of None stays as it is.

    Returns the row as it is now. Raises `Conflict` when another document has the slug.
    """
    wanted = {**values, "slug": slug or row["slug"]}
    if all(row[name] == value for name, value in wanted.items()):
        return row
    query = _update_query(model, tuple(wanted))
    if wanted["slug"] == row["slug"]:
        return (await fetch_in(session, query, **wanted, its_id=row["id"]))[0]
    try:
        async with session.begin_nested():
            return (await fetch_in(session, query, **wanted, its_id=row["id"]))[0]
    except UniqueViolationError as error:
        raise SlugTaken from error


async def delete_document(session: AsyncSession, model: type[Document], row: Fields) -> None:
    """Deletes a locked row."""
    await fetch_in(session, _delete_query(model), id=row["id"])


@cache
def _insert_query(model: type[Document], names: tuple[str, ...]) -> Prepared:
    """Inserts values of these names and returns the row, or none where the slug is taken."""
    statement = insert(model).values(_parameters(model, names))
    statement = statement.on_conflict_do_nothing(index_elements=[model.slug])
    return Prepared(statement.returning(*model.__table__.columns))


@cache
def _lock_query(model: type[Document]) -> Prepared:
    of_slug = model.slug == bindparam("slug")
    return Prepared(select(*model.__table__.columns).where(of_slug).with_for_update())


@cache
def _update_query(model: type[Document], names: tuple[str, ...]) -> Prepared:
    statement = update(model).where(model.id == bindparam("its_id"))
    statement = statement.values(_parameters(model, names))
    return Prepared(statement.returning(*model.__table__.columns))


@cache
def _delete_query(model: type[Document]) -> Prepared:
    return Prepared(delete(model).where(model.id == bindparam("id")).returning(model.id))


def _parameters(model: type[Document], names: tuple[str, ...]) -> dict[str, BindParameter[Any]]:
    columns = model.__table__.columns
    return {name: bindparam(name, type_=columns[name].type) for name in names}
