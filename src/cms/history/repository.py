from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import BigInteger, Select, bindparam, cast, delete, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from cms.history.model import HISTORY_COUNTS, HistoryEntry
from cms.kernel import Database, NotFound, Paging, PreparedQuery, Record

_ENTRY = HistoryEntry.__table__.c
_SHOWN = [column for column in _ENTRY if column is not _ENTRY.content]
_WHOLE = PreparedQuery(select(*_ENTRY).where(_ENTRY.id == bindparam("entry_id")))
_LAST = (
    select(_ENTRY.content)
    .where(_ENTRY.document_id == bindparam("its_id"))
    .order_by(_ENTRY.version.desc())
    .limit(1)
)
_COUNTS = HISTORY_COUNTS.c
_MAX_COUNTS = 1_000


async def list_entries(
    session: AsyncSession, filters: Mapping[str, object], paging: Paging
) -> tuple[list[Record], int]:
    """A page of entries without their documents, newest first; filters are columns' values."""
    matching = [_ENTRY[name] == value for name, value in filters.items()]
    # What is skipped is skipped in an index: only the rows to return are fetched.
    ids = select(_ENTRY.id).where(*matching).order_by(_ENTRY.id.desc())
    of_page = ids.limit(paging.per_page).offset(paging.offset).subquery()
    page = select(*_SHOWN).join(of_page, _ENTRY.id == of_page.c.id).order_by(_ENTRY.id.desc())
    rows = (await session.execute(page)).mappings().all()
    total: int = (await session.execute(_total(filters))).scalar_one()
    return [dict(row) for row in rows], total


def _total(filters: Mapping[str, object]) -> Select[int]:
    if "document_id" in filters:
        matching = [_ENTRY[name] == value for name, value in filters.items()]
        return select(func.count()).select_from(HistoryEntry).where(*matching)
    counted = [_COUNTS[name] == value for name, value in filters.items()]
    return select(cast(func.coalesce(func.sum(_COUNTS.entries), 0), BigInteger)).where(*counted)


async def sum_up_counts(session: AsyncSession) -> None:
    """Makes one row of the many of each kind, so that there are never many to add up."""
    if (await session.scalar(select(func.count()).select_from(HISTORY_COUNTS)) or 0) > _MAX_COUNTS:
        await session.execute(_SUM_UP)


# What another process is summing up is none of this one's business.
_SUM_UP = text("""
    WITH parts AS (
        DELETE FROM history_counts
        WHERE ctid = ANY (ARRAY(SELECT ctid FROM history_counts FOR UPDATE SKIP LOCKED))
        RETURNING *
    )
    INSERT INTO history_counts
    SELECT type, action, user_id, sum(entries) FROM parts GROUP BY 1, 2, 3
""")


async def read_entry(reader: Database, entry_id: UUID) -> Record:
    """The entry with its `content`. Raises `NotFound`."""
    rows = await reader.fetch(_WHOLE, entry_id=entry_id)
    if not rows:
        raise NotFound
    return rows[0]


async def last_content(session: AsyncSession, document_id: UUID) -> Record:
    """What the last version of a document was."""
    content: Record = (await session.execute(_LAST, {"its_id": document_id})).scalar_one()
    return content


async def oldest_after(session: AsyncSession, entry_id: UUID, days: int, limit: int) -> list[UUID]:
    """The next entries after that one which are older than so many days, oldest first."""
    # As a query of its own it is asked once, and the index can be used.
    boundary = select(func.uuidv7(func.make_interval(0, 0, 0, -days))).scalar_subquery()
    of_age = (_ENTRY.id > entry_id, _ENTRY.id < boundary)
    statement = select(_ENTRY.id).where(*of_age).order_by(_ENTRY.id).limit(limit)
    return list(await session.scalars(statement))


async def delete_superseded(session: AsyncSession, entry_ids: list[UUID]) -> int:
    """Deletes those entries that are not the newest of their document; says how many."""
    newer = aliased(HistoryEntry)
    entry = HistoryEntry
    superseded = (
        select(entry.id)
        .where(
            entry.id.in_(entry_ids),
            select(newer.id)
            .where(newer.document_id == entry.document_id, newer.id > entry.id)
            .exists(),
        )
        # What another process is deleting is none of this one's business.
        .with_for_update(skip_locked=True, of=entry)
    )
    statement = delete(HistoryEntry).where(entry.id.in_(superseded)).returning(entry.id)
    statement = statement.execution_options(synchronize_session=False)
    return len((await session.execute(statement)).all())
