"""A slice that does nothing but what the kernel's tests want to see."""

import asyncio
from collections.abc import AsyncIterator
from functools import cache
from typing import Annotated

from fastapi import Depends, Query, Request
from pydantic import BaseModel, ConfigDict
from sqlalchemy import text
from starlette.exceptions import HTTPException
from starlette.responses import Response, StreamingResponse

from cms.cache import PublicCache
from cms.kernel.auth import CurrentUser
from cms.kernel.config import Settings
from cms.kernel.database import Database
from cms.kernel.errors import Forbidden, TooManyRequests, Unauthorized
from cms.kernel.pagination import PageNumber, PageSize
from cms.kernel.principal import AccessClaims, Authenticator, Principal
from cms.kernel.schema import Payload
from cms.kernel.session import Reader, Session
from cms.kernel.slices import Slice, slice_router
from cms.main import assemble
from tests.fixtures import make_settings

SECRET = "a secret of the probe"

router = slice_router("probe", "/probe")


class Note(Payload):
    title: str
    count: int = 0
    weight: float = 0.0
    tags: list[str] = []  # noqa: RUF012 - Pydantic copies it


class Noted(BaseModel):
    """What was noted."""

    model_config = ConfigDict(json_schema_extra={"example": {"title": "Milk"}})

    title: str


def filters(colour: str = "", tag: Annotated[list[str], Query()] = []) -> list[str]:  # noqa: B006
    return [colour, *tag]


@router.get("", summary="Read", response_model=Noted)
async def read_probe(
    filters: Annotated[list[str], Depends(filters)], page: PageNumber = 1, per_page: PageSize = 10
) -> dict[str, str]:
    """Reads."""
    return {"title": ",".join([str(page), str(per_page), *filters])}


@router.post("", summary="Write", status_code=201, response_model=Noted)
async def write_probe(note: Note) -> Note:
    """Writes."""
    return note


@router.get("/private", summary="Ask who asks", response_model=Noted)
async def private_probe(user: CurrentUser) -> dict[str, str]:
    """Answers nobody."""
    return {"title": user.email}


@router.get("/fail", summary="Fail", response_model=Noted)
async def fail_probe(request: Request) -> Noted:
    """Fails."""
    request.state.user_id = "the user"
    raise RuntimeError(SECRET)


@router.get("/fail-late", summary="Fail late")
async def fail_late_probe() -> Response:
    """Fails when the status is sent already."""

    async def content() -> AsyncIterator[bytes]:
        yield b"{"
        raise RuntimeError(SECRET)

    return StreamingResponse(content())


@router.get("/refuse/{status:int}", summary="Refuse", response_model=Noted)
async def refuse_probe(status: int) -> Noted:
    """Refuses."""
    if status == 403:
        raise Forbidden
    if status == 429:
        raise TooManyRequests(7)
    raise HTTPException(status, {"internal": SECRET})


@router.get("/read/{sql}", summary="Ask the database", response_model=Noted)
async def query_probe(sql: str, reader: Reader) -> dict[str, str]:
    """Runs a statement by itself."""
    rows = await reader.read(text(sql))
    return {"title": str(rows[0][0])}


@router.put("/read/{sql}", summary="Ask the database in a transaction", response_model=Noted)
async def transact_probe(sql: str, session: Session) -> dict[str, str]:
    """Runs a statement in the request's transaction."""
    await session.execute(text(sql))
    return {"title": "done"}


@router.get("/twice/{sql}", summary="Ask twice", response_model=Noted)
async def query_twice_probe(sql: str, reader: Reader, pause: float = 0) -> dict[str, str]:
    """Runs a statement, does something else for so many seconds, and runs it again."""
    await reader.read(text(sql))
    await asyncio.sleep(pause)
    await reader.read(text(sql))
    return {"title": "done"}


@router.put("/twice/{sql}", summary="Ask twice in a transaction", response_model=Noted)
async def transact_twice_probe(sql: str, session: Session) -> dict[str, str]:
    """Runs a statement twice in the request's transaction."""
    await session.execute(text(sql))
    await session.execute(text(sql))
    return {"title": "done"}


@router.delete("/read/{sql}", summary="Delete", status_code=204)
async def delete_probe(sql: str) -> None:
    """Does nothing, to nothing."""


SLICE = Slice("probe", "The kernel's tests.", router)


def nobody(token: str, settings: Settings) -> AccessClaims:
    raise Unauthorized


async def never(*_: object) -> Principal:
    raise AssertionError("nobody gets that far")


def make_probe(settings: Settings, database: Database | None = None) -> PublicCache:
    return assemble(settings, [SLICE], Authenticator(nobody, never, never), database)


@cache
def whole_probe() -> PublicCache:
    """Made once, to be put on the database that a test has."""
    return make_probe(make_settings("postgresql://db/cms"))
