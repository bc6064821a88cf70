"""Liveness and readiness, for whoever runs the process."""

from fastapi import APIRouter
from sqlalchemy import text

from cms.edge.scrapes import answering_scrapes
from cms.kernel import Reader, Slice, Unavailable, head_revision
from cms.kernel.database import sqlstate

router = APIRouter(tags=["health"])

_NOT_MIGRATED = "The database has not been migrated."
_NO_SUCH_TABLE = "42P01"
_STORED_REVISION = text("SELECT version_num FROM alembic_version")


@router.get("/healthz", summary="Is the process alive?", responses={200: {"description": "Yes."}})
async def healthz() -> dict[str, str]:
    """Answers while the process can answer at all; asks nothing else."""
    return {"status": "ok"}


@router.get("/readyz", summary="Can the process serve?", responses={200: {"description": "Yes."}})
async def readyz(reader: Reader) -> dict[str, str]:
    """200 when the database answers, is migrated and announces its changes, 503 otherwise."""
    try:
        rows = await reader.read(_STORED_REVISION)
    except Unavailable as error:
        if sqlstate(error.__cause__) != _NO_SUCH_TABLE:
            raise
        raise Unavailable(_NOT_MIGRATED) from error
    # A newer database is fine: replicas of the last release go on while the next one starts.
    if not rows or rows[0].version_num < head_revision():
        raise Unavailable(_NOT_MIGRATED)
    if reader.changes.is_restoring:
        raise Unavailable("The database does not announce its changes.")
    return {"status": "ok"}


HEALTH = Slice("health", "For whoever runs the process.", router, answering_scrapes)
