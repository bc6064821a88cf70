"""Writing documents: plain functions over rows, inside the transaction that the request commits."""

from collections.abc import Iterable, Mapping
from functools import cache
from itertools import count, islice
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    Table,
    Text,
    bindparam,
    delete,
    func,
    literal,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.dml import ReturningInsert, ReturningUpdate

from cms.documents.fields import numbered_slug, require_slug, slug_from
from cms.documents.model import Document, table_of
from cms.kernel import Conflict, Invalid, NotFound, Record
from cms.kernel.database import UNIQUE_VIOLATION, sqlstate

_SLUG_ATTEMPTS = 100
_SLUGS_AT_ONCE = 50


class SlugTaken(Conflict):
    detail = "This slug is taken."
    field = "slug"


_reserved: dict[str, frozenset[str]] = {}


def reserve_slugs(table: str, slugs: Iterable[str]) -> None:
    """Lets no document of the table be called so from now on, in the whole process."""
    _reserved[table] = frozenset(slugs)


def _is_reserved(model: type[Document], slug: str) -> bool:
    return slug in _reserved.get(model.__tablename__, ())


def _require_unreserved(model: type[Document], slug: str) -> None:
    if _is_reserved(model, slug):
        raise Invalid.at("body", "slug", msg="The website needs this address; choose another.")


async def insert_document(
    session: AsyncSession, model: type[Document], values: Mapping[str, Any]
) -> Record:
    """Inserts under the slug given, or under the first free one made from the title.

    Returns the row. Raises `SlugTaken` when a given slug is taken, and `Invalid` for one that the
    website needs.
    """
    statement = _insert(model, tuple(values))
    if values["slug"] is not None:
        _require_unreserved(model, values["slug"])
    base = values["slug"] or slug_from(values["title"])
    candidate = numbered_slug(base, 2) if _is_reserved(model, base) else base
    for _ in range(_SLUG_ATTEMPTS):
        result = await session.execute(statement, {**values, "slug": candidate})
        row = result.mappings().first()
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
    require_slug(slug)
    row = (await session.execute(_lock(model), {"its_slug": slug})).mappings().first()
    if row is None:
        raise NotFound
    return dict(row)


async def lock_document_by_id(
    session: AsyncSession, model: type[Document], id_: UUID, *, skip_locked: bool = False
) -> Record | None:
    """The row, locked as by `lock_document`, or None where there is none, or, with `skip_locked`,
    where somebody else has it just now."""
    statement = _lock_by_id(model, skip_locked)
    row = (await session.execute(statement, {"its_id": id_})).mappings().first()
    return None if row is None else dict(row)


async def insert_again(
    session: AsyncSession, model: type[Document], values: Mapping[str, Any], *, numbered: bool
) -> Record | None:
    """Inserts a row that was deleted, with its `id`, under its slug or, if `numbered`, the next free.

    Returns the row, or None where one with this id is there again. Raises `SlugTaken`.
    """
    statement = _insert_again(model, tuple(values))
    candidate: str = values["slug"]
    for _ in range(_SLUG_ATTEMPTS):
        result = await session.execute(statement, {**values, "slug": candidate})
        row = result.mappings().first()
        if row is not None:
            return dict(row)
        if await session.scalar(select(model.id).where(model.id == values["id"])):
            return None
        if not numbered:
            break
        candidate = await _free_slug(session, model, values["slug"])
    raise SlugTaken


async def update_document(
    session: AsyncSession, model: type[Document], row: Record, values: Mapping[str, Any]
) -> Record:
    """Writes over a locked row where something differs; a slug of None, or left out, stays.

    Returns the row as it is now. Raises `SlugTaken` when another document has the slug, and
    `Invalid` for another slug that the website needs.
    """
    wanted = {**values, "slug": values.get("slug") or row["slug"]}
    if wanted["slug"] != row["slug"]:
        _require_unreserved(model, wanted["slug"])
    if all(row[name] == value for name, value in wanted.items()):
        return row
    statement = _update(model, tuple(wanted))
    parameters = {**wanted, "its_id": row["id"]}
    if wanted["slug"] == row["slug"]:
        return dict((await session.execute(statement, parameters)).mappings().one())
    try:
        async with session.begin_nested():
            return dict((await session.execute(statement, parameters)).mappings().one())
    except IntegrityError as error:
        if sqlstate(error) == UNIQUE_VIOLATION:
            raise SlugTaken from error
        raise


async def delete_document(session: AsyncSession, model: type[Document], row: Record) -> None:
    """Deletes a locked row."""
    await session.execute(delete(table_of(model)).where(model.id == row["id"]))


def acting_as(user_id: ColumnElement[Any], email: ColumnElement[Any]) -> ColumnElement[str]:
    """A column for a query in a transaction without a request: what it does from then on is
    recorded as that user's."""
    who = func.concat(func.pg_current_xact_id().cast(Text), " ", user_id, " ", email)
    return func.set_config("cms.user", who, literal(value=True))


# Put together once: that costs more than to run them.


@cache
def _insert(model: type[Document], names: tuple[str, ...]) -> ReturningInsert[Any]:
    """Inserts values of these names and returns the row, or none where the slug is taken."""
    table = table_of(model)
    statement = insert(table).values(_parameters(table, names))
    return statement.on_conflict_do_nothing(index_elements=[model.slug]).returning(*table.c)


@cache
def _insert_again(model: type[Document], names: tuple[str, ...]) -> ReturningInsert[Any]:
    """Like `_insert`, and returns no row where the id is taken, either."""
    table = table_of(model)
    statement = insert(table).values(_parameters(table, names))
    return statement.on_conflict_do_nothing().returning(*table.c)


@cache
def _lock(model: type[Document]) -> Select[Any]:
    table = table_of(model)
    return select(*table.c).where(table.c.slug == bindparam("its_slug")).with_for_update()


@cache
def _lock_by_id(model: type[Document], skip_locked: bool) -> Select[Any]:
    table = table_of(model)
    of_id = select(*table.c).where(table.c.id == bindparam("its_id"))
    return of_id.with_for_update(skip_locked=skip_locked)


@cache
def _update(model: type[Document], names: tuple[str, ...]) -> ReturningUpdate[Any]:
    table = table_of(model)
    statement = update(table).where(table.c.id == bindparam("its_id"))
    return statement.values(_parameters(table, names)).returning(*table.c)


def _parameters(table: Table, names: tuple[str, ...]) -> dict[str, BindParameter[Any]]:
    return {name: bindparam(name, type_=table.c[name].type) for name in names}
