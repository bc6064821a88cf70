from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import RowMapping, Text, bindparam, delete, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from cms.identity.model import EMAIL_KEY, AuthSession, RefreshToken, User
from cms.kernel import AnyRow, Conflict, Database, NotFound, Paging, PreparedQuery, Role

SESSION_LIFETIME = timedelta(days=7)
_USER_AGENT_LENGTH = 300
_TURN = 0x75736572  # any number that no other advisory lock has; this one spells "user"


class EmailTaken(Conflict):
    detail = "This email is taken."
    field = "email"


# `email` and `role` of the active user whose session is live, and `now`, the database's clock.
# Of tables and not of classes: it is asked on each request, and the ORM would add nothing to it.
_users, _sessions = User.__table__.c, AuthSession.__table__
_LIVE = (
    select(_users.email, _users.role, func.clock_timestamp().label("now"))
    .join(_sessions, _sessions.c.user_id == _users.id)
    .where(
        _sessions.c.id == bindparam("session_id"),
        _sessions.c.expires_at > func.clock_timestamp(),
        _users.id == bindparam("user_id"),
        _users.is_active,
    )
)
LIVE_PRINCIPAL = PreparedQuery(_LIVE)
# Whose transaction this is: the triggers that keep the documents' history read it. It names the
# transaction, so that nothing that was set before it began, or outlives it, is taken for that.
_WHO = func.concat(func.pg_current_xact_id().cast(Text), " ", _users.id, " ", _users.email)
_TELL = func.set_config("cms.user", _WHO, literal(value=True))
_HOLD = _LIVE.add_columns(_TELL).with_for_update(read=True, of=_sessions)


async def credentials(reader: Database, email: str) -> AnyRow | None:
    """`id` and `password_hash` of the active user with this email."""
    statement = select(User.id, User.password_hash).where(
        func.lower(literal(email).collate("C")) == EMAIL_KEY, User.is_active
    )
    rows = await reader.read(statement)
    return rows[0] if rows else None


async def password_hash(reader: Database, user_id: UUID) -> str | None:
    rows = await reader.read(select(User.password_hash).where(User.id == user_id))
    return rows[0].password_hash if rows else None


# Whoever takes several of these locks takes them in this order, and so nobody waits in a circle:
# the turn, a user, the caller's own session, other sessions.


async def lock_admin_changes(session: AsyncSession) -> None:
    """Lets one transaction at a time change who is an admin."""
    await session.execute(select(func.pg_advisory_xact_lock(_TURN)))


async def lock_user(session: AsyncSession, user_id: UUID) -> User | None:
    """The user, unchanged by anyone else until this transaction ends."""
    return await session.get(User, user_id, with_for_update=True)


async def hold_session(session: AsyncSession, user_id: UUID, session_id: UUID) -> RowMapping | None:
    """Keeps a live session from ending before this transaction does; None if it has ended."""
    values = {"user_id": user_id, "session_id": session_id}
    return (await session.execute(_HOLD, values)).mappings().first()


async def lock_active_user(
    session: AsyncSession, user_id: UUID, password_hash: str
) -> datetime | None:
    """The database's clock, if the user is still active and has this very hash."""
    statement = (
        select(func.clock_timestamp())
        .select_from(User)
        .where(User.id == user_id, User.is_active, User.password_hash == password_hash)
        .with_for_update(read=True)
    )
    now: datetime | None = await session.scalar(statement)
    return now


async def replace_hash(session: AsyncSession, user_id: UUID, old: str, new: str) -> None:
    """Stores another hash of the same password, which is no change to the user."""
    statement = (
        update(User)
        .where(User.id == user_id, User.password_hash == old)
        .values(password_hash=new, updated_at=User.updated_at)
        .execution_options(synchronize_session=False)
    )
    await session.execute(statement)


async def create_session(
    session: AsyncSession,
    user_id: UUID,
    token_hash: bytes,
    now: datetime,
    user_agent: str | None,
    ip: str,
) -> UUID:
    """Stores a login with its first refresh token, and drops the user's expired ones."""
    expired = select(AuthSession.id).where(
        AuthSession.user_id == user_id, AuthSession.expires_at <= now
    )
    # Those that are locked are left to the next login: this one holds the user, and waits for none.
    expired = expired.with_for_update(skip_locked=True)
    await session.execute(delete(AuthSession).where(AuthSession.id.in_(expired)))
    statement = (
        insert(AuthSession)
        .values(
            user_id=user_id,
            created_at=now,
            last_used_at=now,
            expires_at=now + SESSION_LIFETIME,
            user_agent=user_agent[:_USER_AGENT_LENGTH] if user_agent else None,
            ip=ip,
        )
        .returning(AuthSession.id)
    )
    session_id = (await session.execute(statement)).scalar_one()
    await session.execute(insert(RefreshToken).values(token_hash=token_hash, session_id=session_id))
    return session_id


_of_token = select(RefreshToken.session_id).where(
    RefreshToken.token_hash == bindparam("token_hash")
)
_SESSION_OF = (
    select(AuthSession.id, AuthSession.user_id, func.clock_timestamp().label("now"))
    .join(User, User.id == AuthSession.user_id)
    .where(
        AuthSession.id == _of_token.scalar_subquery(),
        AuthSession.expires_at > func.clock_timestamp(),
        User.is_active,
    )
)
_LOCK_SESSION_OF = _SESSION_OF.with_for_update(of=AuthSession)


async def session_of(reader: Database, token_hash: bytes) -> UUID | None:
    """The live session that a refresh token belongs to, spent or not."""
    rows = await reader.read(_SESSION_OF, {"token_hash": token_hash})
    return rows[0].id if rows else None


async def lock_session_of(session: AsyncSession, token_hash: bytes) -> AnyRow | None:
    """The same, locked: gives `id`, `user_id` and `now`.

    The token itself must be read after the lock is held.
    """
    return (await session.execute(_LOCK_SESSION_OF, {"token_hash": token_hash})).first()


async def find_tokens(session: AsyncSession, hashes: Sequence[bytes]) -> dict[bytes, RefreshToken]:
    tokens = await session.scalars(select(RefreshToken).where(RefreshToken.token_hash.in_(hashes)))
    return {token.token_hash: token for token in tokens}


async def rotate(
    session: AsyncSession, spent: RefreshToken, successor_hash: bytes, now: datetime
) -> None:
    spent.spent_at = now
    session.add(RefreshToken(token_hash=successor_hash, session_id=spent.session_id))
    await session.execute(
        update(AuthSession).where(AuthSession.id == spent.session_id).values(last_used_at=now)
    )
    await session.flush()


async def delete_session(session: AsyncSession, session_id: UUID) -> None:
    await session.execute(delete(AuthSession).where(AuthSession.id == session_id))


async def delete_session_of_user(session: AsyncSession, session_id: UUID, user_id: UUID) -> None:
    """Raises `NotFound` for a session that is not the user's."""
    statement = (
        delete(AuthSession)
        .where(AuthSession.id == session_id, AuthSession.user_id == user_id)
        .returning(AuthSession.id)
    )
    if (await session.execute(statement)).first() is None:
        raise NotFound


async def delete_sessions_of(session: AsyncSession, user_id: UUID) -> None:
    await session.execute(delete(AuthSession).where(AuthSession.user_id == user_id))


async def list_sessions(
    session: AsyncSession, user_id: UUID, paging: Paging
) -> tuple[Sequence[AuthSession], int]:
    live = (AuthSession.user_id == user_id, AuthSession.expires_at > func.clock_timestamp())
    total = await session.scalar(select(func.count()).select_from(AuthSession).where(*live))
    rows = await session.scalars(
        select(AuthSession)
        .where(*live)
        .order_by(AuthSession.created_at.desc(), AuthSession.id.desc())
        .limit(paging.per_page)
        .offset(paging.offset)
    )
    return rows.all(), total or 0


async def list_users(session: AsyncSession, paging: Paging) -> tuple[Sequence[User], int]:
    total = await session.scalar(select(func.count()).select_from(User))
    rows = await session.scalars(
        select(User)
        .order_by(User.created_at.desc(), User.id.desc())
        .limit(paging.per_page)
        .offset(paging.offset)
    )
    return rows.all(), total or 0


async def find_user(session: AsyncSession, user_id: UUID) -> User:
    user = await session.get(User, user_id)
    if user is None:
        raise NotFound
    return user


async def create_user(
    session: AsyncSession, email: str, password_hash: str, role: Role, *, is_active: bool
) -> User:
    """Raises `EmailTaken`."""
    statement = (
        insert(User)
        .values(email=email, password_hash=password_hash, role=role, is_active=is_active)
        .on_conflict_do_nothing()
        .returning(User)
    )
    user = (await session.execute(statement)).scalar_one_or_none()
    if user is None:
        raise EmailTaken
    return user


async def is_last_admin(session: AsyncSession, user: User) -> bool:
    """Whether no active admin would be left without the user. Holds until the turn is over."""
    admins = select(User.id).where(User.role == "admin", User.is_active).limit(2)
    return set(await session.scalars(admins)) == {user.id}
