"""What logging in, staying logged in and managing users mean."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncSession

from cms.identity import repository
from cms.identity.model import User
from cms.identity.passwords import hash_password, verify_password
from cms.identity.schema import Login, PasswordChange, TokenPair, UserCreate, UserUpdate
from cms.identity.tokens import (
    LIFETIME_SECONDS,
    TokenRevoked,
    check_times,
    new_refresh_token,
    refresh_token_hash,
    sign_access_token,
    successor_of,
    verify_access_token,
)
from cms.kernel.auth import FetchOne, Principal
from cms.kernel.config import Settings
from cms.kernel.database import Database
from cms.kernel.errors import Conflict, Forbidden, Unauthorized


class LastAdmin(Conflict):
    detail = "The last active admin must stay one."


class WrongPassword(Forbidden):
    detail = "The current password is wrong."


async def authenticate(
    request: Request, fetch_one: FetchOne, token: str, *, hold: bool
) -> Principal:
    """The principal behind an access token; see `cms.kernel.auth.Authenticate`."""
    settings: Settings = request.app.state.settings
    claims = verify_access_token(token, settings.jwt_keys)
    row = await fetch_one(repository.principal(claims.sub, claims.sid, hold=hold))
    if row is None:
        raise TokenRevoked
    check_times(claims, row.now)
    return Principal(user_id=row.id, session_id=claims.sid, email=row.email, role=row.role)


async def login(
    settings: Settings,
    reader: Database,
    session: AsyncSession,
    payload: Login,
    user_agent: str | None,
    ip: str,
) -> TokenPair:
    """Raises `Unauthorized`, always the same and after the same time."""
    # No connection is held while bcrypt works, or a burst of logins would exhaust the pool.
    found = await repository.credentials(reader, payload.email)
    stored_hash = found.password_hash if found else None
    fits = await verify_password(payload.password, stored_hash, settings.bcrypt_rounds)
    if found is None or not fits:
        raise Unauthorized
    now = await repository.lock_active_user(session, found.id, found.password_hash)
    if now is None:
        raise Unauthorized
    refresh_token = new_refresh_token()
    session_id = await repository.create_session(
        session, found.id, refresh_token_hash(refresh_token), now, user_agent, ip
    )
    return TokenPair(
        access_token=sign_access_token(found.id, session_id, now, settings.jwt_keys[0]),
        refresh_token=refresh_token,
        expires_in=LIFETIME_SECONDS,
    )


async def refresh(settings: Settings, session: AsyncSession, token: str) -> TokenPair | None:
    """The next pair, or None for a token that is good for nothing.

    It does not raise: when a spent token comes back its session is deleted, and that must commit.
    """
    presented = refresh_token_hash(token)
    found = await repository.lock_session_of(session, presented)
    if found is None:
        return None
    successors = {
        refresh_token_hash(successor): successor
        for successor in (successor_of(token, key) for key in settings.jwt_keys)
    }
    stored = await repository.find_tokens(session, [presented, *successors])
    spent_at = stored[presented].spent_at
    if spent_at is None:
        successor_hash, successor = next(iter(successors.items()))
        await repository.rotate(session, stored[presented], successor_hash, found.now)
    else:
        grace = timedelta(seconds=settings.refresh_grace_seconds)
        unspent = [
            successor
            for successor_hash, successor in successors.items()
            if successor_hash in stored and stored[successor_hash].spent_at is None
        ]
        if found.now - spent_at >= grace or not unspent:
            await repository.delete_session(session, found.id)
            return None
        successor = unspent[0]
    return TokenPair(
        access_token=sign_access_token(found.user_id, found.id, found.now, settings.jwt_keys[0]),
        refresh_token=successor,
        expires_in=LIFETIME_SECONDS,
    )


async def logout(session: AsyncSession, token: str) -> None:
    found = await repository.lock_session_of(session, refresh_token_hash(token))
    if found is not None:
        await repository.delete_session(session, found.id)


async def change_password(
    settings: Settings, session: AsyncSession, user_id: UUID, payload: PasswordChange
) -> None:
    """Revokes every session of the user. Raises `WrongPassword`."""
    user = await repository.lock_user(session, user_id)
    rounds = settings.bcrypt_rounds
    if not await verify_password(payload.current_password, user.password_hash, rounds):
        raise WrongPassword
    user.password_hash = await hash_password(payload.new_password, rounds)
    await repository.delete_sessions_of(session, user_id)


async def create_user(settings: Settings, session: AsyncSession, payload: UserCreate) -> User:
    password_hash = await hash_password(payload.password, settings.bcrypt_rounds)
    return await repository.create_user(
        session, payload.email, password_hash, payload.role, is_active=payload.is_active
    )


async def update_user(
    settings: Settings, session: AsyncSession, user_id: UUID, payload: UserUpdate
) -> User:
    """Changes what is given; a new role, password or deactivation revokes every session.

    Raises `NotFound` and `LastAdmin`.
    """
    changes: dict[str, Any] = payload.model_dump(exclude={"password"}, exclude_none=True)
    if payload.password is not None:
        changes["password_hash"] = await hash_password(payload.password, settings.bcrypt_rounds)
    admins = await repository.lock_active_admins(session)
    user = await repository.lock_user(session, user_id)
    stays_admin = (changes.get("role", user.role), changes.get("is_active", user.is_active)) == (
        "admin",
        True,
    )
    if admins == {user.id} and not stays_admin:
        raise LastAdmin
    changed = {name for name, value in changes.items() if getattr(user, name) != value}
    for name in changed:
        setattr(user, name, changes[name])
    await session.flush()
    if changed:
        await repository.delete_sessions_of(session, user.id)
    return user


async def delete_user(session: AsyncSession, user_id: UUID) -> None:
    """Raises `NotFound` and `LastAdmin`."""
    admins = await repository.lock_active_admins(session)
    user = await repository.lock_user(session, user_id)
    if admins == {user.id}:
        raise LastAdmin
    await session.delete(user)
