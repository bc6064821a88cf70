"""Liveness and readiness, for whoever runs the process."""

from fastapi import APIRouter
from sqlalchemy import text

from cms.edge.scrapes import answering_scrapes
from cms.kernel import Problem, Reader, Slice, Unavailable, head_revision

router = APIRouter(tags=["health"])

_STORED_REVISION = text("SELECT version_num FROM alembic_version")


@router.get("/healthz", summary="Is the process alive?", responses={200: {"description": "Yes."}})
async def healthz() -> dict[str, str]:
    """Answers while the process can answer at all; asks nothing else."""
    return {"status": "ok"}


@router.get("/readyz", summary="Can the process serve?", responses={200: {"description": "Yes."}})
async def readyz(reader: Reader) -> dict[str, str]:
    """200 when the database answers and is migrated, 503 otherwise."""
    try:
        rows = await reader.read(_STORED_REVISION)
    except Problem:
        raise
    except Exception as error:  # no such table: never migrated
        raise Unavailable("The database has not been migrated.") from error
    # A newer database is fine: replicas of the last release go on while the next one starts.
    if not rows or rows[0].version_num < head_revision():
        raise Unavailable("The database has not been migrated.")
    return {"status": "ok"}


HEALTH = Slice("health", "For whoever runs the process.", router, answering_scrapes)
