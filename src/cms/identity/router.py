from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path, Request, Response

from cms.identity import repository, service
from cms.identity.cookie import CurrentCarrier
from cms.identity.limits import limit_refresh
from cms.identity.model import User
from cms.identity.schema import (
    AccessToken,
    Login,
    PasswordChange,
    Refresh,
    SessionList,
    SessionRead,
    TokenPair,
    UserCreate,
    UserList,
    UserRead,
    UserUpdate,
)
from cms.kernel import (
    CurrentAdmin,
    CurrentServices,
    CurrentUser,
    Forbidden,
    NotFound,
    PageNumber,
    PageSize,
    Paging,
    Reader,
    Session,
    TooManyRequests,
    Unauthorized,
    hold_later,
    limited,
    problems,
    require_admin,
    slice_router,
)

router = slice_router("identity")

NO_TOKEN = Refresh()

UserId = Annotated[UUID, Path(description="The user's id.")]
SessionId = Annotated[UUID, Path(description="The session's id.")]


@router.post(
    "/auth/login",
    summary="Log in",
    response_model=TokenPair | AccessToken,
    dependencies=[Depends(limited("login"))],
    responses=problems(Unauthorized, TooManyRequests),
)
async def login(
    payload: Login,
    request: Request,
    services: CurrentServices,
    reader: Reader,
    session: Session,
    carrier: CurrentCarrier,
) -> TokenPair | AccessToken:
    """Starts a session of 7 days. Anything wrong is one and the same 401."""
    user_agent = request.headers.get("user-agent")
    pair = await service.login(
        services.settings, reader, session, payload, user_agent, request.state.client
    )
    return carrier.give(pair)


@router.post(
    "/auth/refresh",
    summary="Exchange a refresh token",
    response_model=TokenPair | AccessToken,
    dependencies=[Depends(limit_refresh)],
    responses=problems(Unauthorized, TooManyRequests),
)
async def refresh(
    services: CurrentServices,
    session: Session,
    carrier: CurrentCarrier,
    payload: Refresh = NO_TOKEN,
) -> TokenPair | AccessToken | Response:
    """Gives a new pair and spends the old token. A spent token that returns ends its session."""
    token = carrier.take(payload)
    pair = await service.refresh(services.settings, session, token) if token else None
    # Returned, not raised: the end of a stolen session must be committed.
    return carrier.give(pair) if pair else carrier.refuse()


@router.post(
    "/auth/logout",
    summary="Log out",
    status_code=204,
    dependencies=[Depends(limited("logout"))],
    responses=problems(TooManyRequests),
)
async def logout(session: Session, carrier: CurrentCarrier, payload: Refresh = NO_TOKEN) -> None:
    """Revokes the whole session of a refresh token, its access tokens too; unknown ones pass."""
    token = carrier.take(payload)
    if token:
        await service.logout(session, token)
    carrier.clear()


@router.get("/users/me", summary="Who am I?", response_model=UserRead)
async def get_me(user: CurrentUser, session: Session) -> User:
    """The user behind the access token."""
    return await repository.find_user(session, user.user_id)


@router.put(
    "/users/me/password",
    summary="Change my password",
    status_code=204,
    dependencies=[Depends(hold_later)],
    responses=problems(service.WrongPassword, TooManyRequests),
)
async def change_my_password(
    payload: PasswordChange,
    user: CurrentUser,
    services: CurrentServices,
    reader: Reader,
    session: Session,
) -> None:
    """Sets a new password and revokes all of the user's sessions, this one too.

    Guesses at the current password are limited like those of a login, for each session.
    """
    await service.change_password(services, reader, session, user, payload)


@router.get("/users/me/sessions", summary="List my sessions", response_model=SessionList)
async def list_my_sessions(
    user: CurrentUser, session: Session, page: PageNumber = 1, per_page: PageSize = 100
) -> SessionList:
    """The user's live sessions, newest first."""
    paging = Paging(page, per_page)
    rows, total = await repository.list_sessions(session, user.user_id, paging)
    items = [
        SessionRead(
            id=row.id,
            created_at=row.created_at,
            last_used_at=row.last_used_at,
            expires_at=row.expires_at,
            user_agent=row.user_agent,
            ip=row.ip,
            current=row.id == user.session_id,
        )
        for row in rows
    ]
    return SessionList.of(items, total, paging)


@router.delete(
    "/users/me/sessions/{session_id:uuid}",
    summary="Revoke one of my sessions",
    status_code=204,
    dependencies=[Depends(hold_later)],
    responses=problems(NotFound),
)
async def revoke_my_session(session_id: SessionId, user: CurrentUser, session: Session) -> None:
    """Ends the session at once, its access tokens too."""
    await service.revoke_session(session, user, session_id)


@router.get(
    "/users",
    summary="List users",
    response_model=UserList,
    dependencies=[Depends(require_admin)],
    responses=problems(Forbidden),
)
async def list_users(session: Session, page: PageNumber = 1, per_page: PageSize = 100) -> UserList:
    """All users, newest first. Admins only."""
    paging = Paging(page, per_page)
    rows, total = await repository.list_users(session, paging)
    return UserList.of([UserRead.model_validate(row) for row in rows], total, paging)


@router.post(
    "/users",
    summary="Create a user",
    status_code=201,
    response_model=UserRead,
    dependencies=[Depends(hold_later)],
    responses=problems(Forbidden, repository.EmailTaken),
)
async def create_user(
    payload: UserCreate,
    admin: CurrentAdmin,
    services: CurrentServices,
    session: Session,
    response: Response,
) -> User:
    """Adds an editor, or another admin. Admins only."""
    user = await service.create_user(services.settings, session, admin, payload)
    response.headers["Location"] = f"{router.prefix}/users/{user.id}"
    return user


@router.get(
    "/users/{user_id:uuid}",
    summary="Read a user",
    response_model=UserRead,
    dependencies=[Depends(require_admin)],
    responses=problems(Forbidden, NotFound),
)
async def get_user(user_id: UserId, session: Session) -> User:
    """One user. Admins only."""
    return await repository.find_user(session, user_id)


@router.patch(
    "/users/{user_id:uuid}",
    summary="Change a user",
    response_model=UserRead,
    dependencies=[Depends(hold_later)],
    responses=problems(Forbidden, NotFound, service.LastAdmin),
)
async def update_user(
    user_id: UserId,
    payload: UserUpdate,
    admin: CurrentAdmin,
    services: CurrentServices,
    session: Session,
) -> User:
    """Changes what is given; any change revokes the user's sessions. Admins only."""
    return await service.update_user(services.settings, session, admin, user_id, payload)


@router.delete(
    "/users/{user_id:uuid}",
    summary="Delete a user",
    status_code=204,
    dependencies=[Depends(hold_later)],
    responses=problems(Forbidden, NotFound, service.LastAdmin),
)
async def delete_user(user_id: UserId, admin: CurrentAdmin, session: Session) -> None:
    """Deletes the user and all their sessions. Admins only; the last active one stays."""
    await service.delete_user(session, admin, user_id)
