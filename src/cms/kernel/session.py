"""The two ways in which an endpoint reaches the database, as dependencies."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncSession

from cms.kernel.database import Database
from cms.kernel.services import get_services

# RFC 9110, 9.2.1.
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


async def get_database(request: Request) -> Database:
    return (await get_services(request)).database


async def get_session(request: Request) -> AsyncIterator[AsyncSession]:
    """The request's transaction. Nobody else commits.

    Its commit has been heard by this process itself before the answer leaves.
    """
    database = await get_database(request)
    async with database.session() as session:
        yield session
    if request.method not in SAFE_METHODS:
        await database.changes.sync()


Reader = Annotated[Database, Depends(get_database)]
# Function scope: the COMMIT is done before the response leaves.
Session = Annotated[AsyncSession, Depends(get_session, scope="function")]
