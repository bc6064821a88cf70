from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from sqlalchemy import (
    Boolean,
    Text,
    Uuid,
    bindparam,
    column,
    delete,
    func,
    insert,
    or_,
    select,
    table,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession

from cms.kernel import Database, NotFound, Paging, PreparedQuery, Record
from cms.previews.model import Preview

_PRUNED_AT_ONCE = 100
_USE = timedelta(minutes=1)

_previews = Preview.__table__.c
_makers = table("users", column("id", Uuid), column("email", Text), column("is_active", Boolean))
# Also where no trigger has ended it, as in a restore of data alone.
_of_maker = (_makers.c.id == _previews.created_by) & _makers.c.is_active
_is_live = _previews.expires_at > func.clock_timestamp()
_is_first_use = or_(
    _previews.last_used_at.is_(None), _previews.last_used_at < func.clock_timestamp() - _USE
)
# Whatever is wrong with a token, this one query finds nothing.
_LIVE = PreparedQuery(
    select(
        _previews.id,
        _previews.type,
        _previews.document_id,
        _previews.expires_at,
        _is_first_use.label("is_first_use"),
    )
    .join(_makers, _of_maker)
    .where(_previews.token_hash == bindparam("token_hash"), _is_live)
)


async def create(
    session: AsyncSession,
    token_hash: bytes,
    type_name: str,
    document_id: UUID,
    created_by: UUID,
    seconds: int,
) -> Record:
    """Stores a link, and drops some that have expired. Returns its `id` and `expires_at`."""
    expired = (
        select(Preview.id)
        .where(Preview.expires_at <= func.clock_timestamp())
        .order_by(Preview.expires_at)
        .limit(_PRUNED_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    await session.execute(delete(Preview).where(Preview.id.in_(expired)))
    statement = (
        insert(Preview)
        .values(
            token_hash=token_hash,
            type=type_name,
            document_id=document_id,
            created_by=created_by,
            expires_at=func.statement_timestamp() + timedelta(seconds=seconds),
        )
        .returning(Preview.id, Preview.expires_at)
    )
    return dict((await session.execute(statement)).mappings().one())


async def list_live(
    session: AsyncSession, filters: Mapping[str, object], paging: Paging
) -> tuple[list[Record], int]:
    """A page of links, newest first; filters are columns' values."""
    matching = (_is_live, *(_previews[name] == value for name, value in filters.items()))
    joined = select(_previews.id).join(_makers, _of_maker).where(*matching)
    total = await session.scalar(select(func.count()).select_from(joined.subquery()))
    page = (
        joined.with_only_columns(*_previews, _makers.c.email)
        .order_by(_previews.created_at.desc(), _previews.id.desc())
        .limit(paging.per_page)
        .offset(paging.offset)
    )
    return [dict(row) for row in (await session.execute(page)).mappings()], total or 0


async def revoke(session: AsyncSession, preview_id: UUID) -> None:
    """Raises `NotFound`."""
    statement = delete(Preview).where(Preview.id == preview_id).returning(Preview.id)
    if (await session.execute(statement)).first() is None:
        raise NotFound


async def find_live(reader: Database, token_hash: bytes) -> Record | None:
    rows = await reader.fetch(_LIVE, token_hash=token_hash)
    return rows[0] if rows else None


async def note_use(reader: Database, preview_id: UUID) -> None:
    """Notes the time, unless another has within a minute: not each look costs a write."""
    statement = (
        update(Preview)
        .where(Preview.id == preview_id, _is_first_use)
        .values(last_used_at=func.clock_timestamp())
        .execution_options(synchronize_session=False)
    )
    async with reader.autocommit() as connection:
        await connection.execute(statement)
