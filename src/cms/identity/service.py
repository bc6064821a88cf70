"""What logging in, staying logged in and managing users mean."""

import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from cms.identity import repository
from cms.identity.model import User
from cms.identity.passwords import (
    has_other_cost,
    hash_password,
    rehash_password,
    verify_password,
)
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
from cms.kernel import (
    AccessClaims,
    Authenticator,
    Conflict,
    Database,
    Forbidden,
    NotFound,
    Principal,
    Services,
    Settings,
    Unauthorized,
)

_logger = logging.getLogger(__name__)


class LastAdmin(Conflict):
    detail = "The last active admin must stay one."


class WrongPassword(Forbidden):
    detail = "The current password is wrong."


def verify(token: str, settings: Settings) -> AccessClaims:
    """What a token that we signed says. Raises `Unauthorized`."""
    return verify_access_token(token, settings.jwt_keys)


async def load_principal(claims: AccessClaims, database: Database) -> Principal:
    rows = await database.fetch(
        repository.LIVE_PRINCIPAL, user_id=claims.sub, session_id=claims.sid
    )
    return _principal(claims, rows[0] if rows else None)


async def hold_principal(claims: AccessClaims, session: AsyncSession) -> Principal:
    row = await repository.hold_session(session, claims.sub, claims.sid)
    return _principal(claims, row)


def _principal(claims: AccessClaims, row: Mapping[str, Any] | RowMapping | None) -> Principal:
    if row is None:
        raise TokenRevoked
    check_times(claims, row["now"])
    return Principal(claims.sub, claims.sid, email=row["email"], role=row["role"])


AUTHENTICATOR = Authenticator(verify, load_principal, hold_principal)


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
    current_hash: str = found.password_hash
    if has_other_cost(current_hash, settings.bcrypt_rounds):
        # Or else this user would be known by the time that a wrong password takes.
        new_hash = await rehash_password(payload.password, current_hash, settings.bcrypt_rounds)
        await repository.replace_hash(session, found.id, current_hash, new_hash)
        current_hash = new_hash
    now = await repository.lock_active_user(session, found.id, current_hash)
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
            _logger.warning("a spent refresh token of user %s came back", found.user_id)
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
    services: Services,
    reader: Database,
    session: AsyncSession,
    caller: Principal,
    payload: PasswordChange,
) -> None:
    """Revokes every session of the caller. Raises `WrongPassword` and `TooManyRequests`."""
    # By session: whoever guesses with a stolen token keeps no other session from changing it.
    await services.auth_limiter.hit("password", str(caller.session_id))
    rounds = services.settings.bcrypt_rounds
    stored_hash = await repository.password_hash(reader, caller.user_id)
    if not await verify_password(payload.current_password, stored_hash, rounds):
        raise WrongPassword
    new_hash = await hash_password(payload.new_password, rounds)
    user = await _lock(session, caller, caller.user_id)
    user.password_hash = new_hash
    await repository.delete_sessions_of(session, user.id)


async def revoke_session(session: AsyncSession, caller: Principal, session_id: UUID) -> None:
    """Raises `NotFound` for a session that is not the caller's."""
    await _lock(session, caller, caller.user_id)
    await repository.delete_session_of_user(session, session_id, caller.user_id)


async def create_user(
    settings: Settings, session: AsyncSession, caller: Principal, payload: UserCreate
) -> User:
    """Raises `EmailTaken`."""
    password_hash = await hash_password(payload.password, settings.bcrypt_rounds)
    await _hold(session, caller)
    return await repository.create_user(
        session, payload.email, password_hash, payload.role, is_active=payload.is_active
    )


async def update_user(
    settings: Settings,
    session: AsyncSession,
    caller: Principal,
    user_id: UUID,
    payload: UserUpdate,
) -> User:
    """Changes what is given; any change revokes every session of the user.

    Raises `NotFound` and `LastAdmin`.
    """
    changes: dict[str, Any] = payload.model_dump(exclude_unset=True)
    if "password" in changes:
        password: str = changes.pop("password")
        changes["password_hash"] = await hash_password(password, settings.bcrypt_rounds)
    await repository.lock_admin_changes(session)
    user = await _lock(session, caller, user_id)
    changed = {name: value for name, value in changes.items() if getattr(user, name) != value}
    if changed.keys() & {"role", "is_active"} and await repository.is_last_admin(session, user):
        raise LastAdmin
    if changed:
        for name, value in changed.items():
            setattr(user, name, value)
        await session.flush()
        await repository.delete_sessions_of(session, user.id)
    return user


async def delete_user(session: AsyncSession, caller: Principal, user_id: UUID) -> None:
    """Raises `NotFound` and `LastAdmin`."""
    await repository.lock_admin_changes(session)
    user = await _lock(session, caller, user_id)
    if await repository.is_last_admin(session, user):
        raise LastAdmin
    await session.delete(user)


async def _lock(session: AsyncSession, caller: Principal, user_id: UUID) -> User:
    """The user, locked, and the caller still logged in, both until this transaction ends.

    Raises `Unauthorized` and `NotFound`.
    """
    user = await repository.lock_user(session, user_id)
    await _hold(session, caller)
    if user is None:
        raise NotFound
    return user


async def _hold(session: AsyncSession, caller: Principal) -> None:
    """Raises `Unauthorized` if the caller's session has ended, as with every change to its user."""
    if await repository.hold_session(session, caller.user_id, caller.session_id) is None:
        raise Unauthorized
