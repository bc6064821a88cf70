import pytest
from limits import parse
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from cms.edge.rate_limit import PostgresRateLimiter
from cms.edge.tests.limiting import PassTime
from cms.kernel import Database


@pytest.fixture
def limiter(database: Database) -> PostgresRateLimiter:
    return PostgresRateLimiter(database, parse("5/minute"))


@pytest.fixture
def pass_time(connection: AsyncConnection) -> PassTime:
    """Moves all that has been counted into the past, as time would."""
    statement = text("""
        UPDATE rate_limits SET
            hits = ARRAY(SELECT hit - make_interval(secs => :seconds) FROM unnest(hits) AS hit),
            expires_at = expires_at - make_interval(secs => :seconds)
    """)

    async def pass_time(seconds: float) -> None:
        await connection.execute(statement, {"seconds": seconds})

    return pass_time
