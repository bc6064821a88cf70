"""Who may do what, as the kernel decides it. Who someone is, a token simply says here."""

from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from fastapi import Depends, Request
from httpx import AsyncClient
from sqlalchemy import literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from cms.kernel.auth import CurrentAdmin, CurrentUser, get_current_user, hold_later, require_admin
from cms.kernel.config import Settings
from cms.kernel.database import Database
from cms.kernel.errors import Unauthorized
from cms.kernel.principal import AccessClaims, Authenticator, Principal, Role
from cms.kernel.slices import Slice, slice_router
from cms.main import assemble
from cms.postgres.prepared import PreparedQuery
from tests.fixtures import make_client

DOORS = "/api/v1/doors"
NOBODY = UUID(int=0)

router = slice_router("doors", "/doors")


def verify(token: str, settings: Settings) -> AccessClaims:
    """Knows two tokens, `admin` and `editor`."""
    if token not in {"admin", "editor"}:
        raise Unauthorized
    return AccessClaims(sub=NOBODY, sid=NOBODY, iat=0, exp=int(token == "admin"))


HELD: list[bool] = []


def principal(claims: AccessClaims, *, held: bool) -> Principal:
    HELD.append(held)
    role: Role = "admin" if claims.exp else "editor"
    return Principal(user_id=NOBODY, session_id=NOBODY, email=f"{role}@example.com", role=role)


async def load(claims: AccessClaims, database: Database) -> Principal:
    """Asks the database, as the real one does."""
    await database.fetch(PreparedQuery(select(literal(1).label("one"))))
    return principal(claims, held=False)


async def hold(claims: AccessClaims, session: AsyncSession) -> Principal:
    await session.execute(select(literal(1)))
    return principal(claims, held=True)


AUTHENTICATOR = Authenticator(verify, load, hold)


@router.api_route("", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
async def for_users(request: Request, user: CurrentUser) -> dict[str, object]:
    return {"email": user.email, "held": HELD[-1], "logged": request.state.user_id}


@router.put("/guarded", dependencies=[Depends(get_current_user)])
async def guarded(request: Request) -> dict[str, object]:
    return {"held": HELD[-1]}


@router.put("/later", dependencies=[Depends(hold_later)])
async def later(request: Request, user: CurrentUser) -> dict[str, object]:
    return {"held": HELD[-1]}


@router.put("/later-for-admins", dependencies=[Depends(hold_later)])
async def later_for_admins(request: Request, admin: CurrentAdmin) -> dict[str, object]:
    return {"email": admin.email, "held": HELD[-1]}


@router.put("/admins", dependencies=[Depends(require_admin)])
async def for_admins(request: Request) -> dict[str, object]:
    return {"held": HELD[-1]}


@pytest.fixture
async def visitor(settings: Settings, database: Database) -> AsyncIterator[AsyncClient]:
    slices = [Slice("doors", "Doors with locks.", router)]
    app = assemble(settings, slices, AUTHENTICATOR, database)
    async with make_client(app) as client:
        yield client


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.mark.attack("A1")
@pytest.mark.parametrize("path", ["", "/guarded", "/later", "/later-for-admins", "/admins"])
@pytest.mark.parametrize("token", [None, "nobody", ""])
async def test_without_a_good_token_every_door_is_shut(
    visitor: AsyncClient, path: str, token: str | None
) -> None:
    headers = {} if token is None else bearer(token)

    response = await visitor.put(DOORS + path, headers=headers)

    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"
    assert response.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("token", ["admin", "editor"])
async def test_a_good_token_says_who_asks_to_the_log_too(visitor: AsyncClient, token: str) -> None:
    response = await visitor.get(DOORS, headers=bearer(token))

    assert response.json()["email"] == f"{token}@example.com"
    assert response.json()["logged"] == str(NOBODY)


@pytest.mark.attack("A1")
@pytest.mark.parametrize("path", ["/admins", "/later-for-admins"])
async def test_the_wrong_role_is_forbidden(visitor: AsyncClient, path: str) -> None:
    editor = await visitor.put(DOORS + path, headers=bearer("editor"))
    admin = await visitor.put(DOORS + path, headers=bearer("admin"))

    assert (editor.status_code, admin.status_code) == (403, 200)
    assert "www-authenticate" not in editor.headers


@pytest.mark.attack("K6")
@pytest.mark.parametrize(
    ("method", "held"),
    [
        ("GET", False),
        ("POST", True),
        ("PUT", True),
        ("PATCH", True),
        ("DELETE", True),
    ],
)
async def test_a_write_holds_its_session_and_a_read_does_not(
    visitor: AsyncClient, method: str, held: bool
) -> None:
    response = await visitor.request(method, DOORS, headers=bearer("editor"))

    assert response.json()["held"] is held


@pytest.mark.attack("K6")
@pytest.mark.parametrize("path", ["/guarded", "/admins"])
async def test_a_write_holds_its_session_however_it_asks_for_the_user(
    visitor: AsyncClient, path: str
) -> None:
    response = await visitor.put(DOORS + path, headers=bearer("admin"))

    assert response.json()["held"] is True


@pytest.mark.parametrize("path", ["/later", "/later-for-admins"])
async def test_a_write_that_says_so_holds_its_session_itself(
    visitor: AsyncClient, path: str
) -> None:
    response = await visitor.put(DOORS + path, headers=bearer("admin"))

    assert response.json()["held"] is False


@pytest.mark.attack("T13")
@pytest.mark.parametrize(
    "authorization",
    [
        "Bearer",
        "Bearer ",
        "admin",
        "Basic admin",
        "Basic admin, Bearer admin",
        "Bearer: admin",
        "Beareradmin",
        "Bearer token=admin",
        "Bearer admin, Bearer admin",
        "Bearer admin editor",
        " ",
        "",
    ],
)
async def test_only_a_bearer_token_counts(visitor: AsyncClient, authorization: str) -> None:
    response = await visitor.get(DOORS, headers={"Authorization": authorization})

    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"


@pytest.mark.attack("T13")
@pytest.mark.parametrize(
    "authorization", ["Bearer admin", "bearer admin", "BEARER  admin", "Bearer admin  "]
)
async def test_the_scheme_is_written_in_any_case_and_with_any_spaces(
    visitor: AsyncClient, authorization: str
) -> None:
    response = await visitor.get(DOORS, headers={"Authorization": authorization})

    assert response.json()["email"] == "admin@example.com"


@pytest.mark.attack("T13")
@pytest.mark.parametrize("second", ["Bearer admin", "Bearer editor", "Basic x", ""])
async def test_of_two_headers_none_counts(visitor: AsyncClient, second: str) -> None:
    headers = [("Authorization", "Bearer admin"), ("Authorization", second)]

    assert (await visitor.get(DOORS, headers=headers)).status_code == 401
    assert (await visitor.get(DOORS, headers=headers[::-1])).status_code == 401


@pytest.mark.attack("T13")
async def test_a_token_elsewhere_is_not_looked_for(visitor: AsyncClient) -> None:
    in_query = await visitor.put(DOORS, params={"access_token": "admin"})
    in_cookie = await visitor.put(DOORS, headers={"Cookie": "access_token=admin"})
    in_body = await visitor.put(DOORS, json={"access_token": "admin"})

    assert [each.status_code for each in (in_query, in_cookie, in_body)] == [401] * 3
