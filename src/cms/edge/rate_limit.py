"""Rate limits that hold over every worker and replica, kept in PostgreSQL alone."""

import math
import time
from datetime import datetime, timedelta

from limits import RateLimitItem
from limits.aio.storage import MovingWindowSupport, Storage
from limits.aio.strategies import MovingWindowRateLimiter
from sqlalchemy import DateTime, Index, Text, bindparam, delete, select, text
from sqlalchemy.dialects.postgresql import ARRAY, INTERVAL
from sqlalchemy.orm import Mapped, mapped_column

from cms.edge.client import limit_key
from cms.kernel import Base, Database, TooManyRequests


class RateLimitHits(Base):
    """The recent hits of one key; worthless after `expires_at`."""

    __tablename__ = "rate_limits"
    __table_args__ = (Index(None, "expires_at"),)

    key: Mapped[str] = mapped_column(Text, primary_key=True)
    hits: Mapped[list[datetime]] = mapped_column(ARRAY(DateTime(timezone=True)))
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


# One statement, so one lock on the key's row: concurrent hits line up and each sees the last.
# clock_timestamp() is read after that lock, where now() would be the time of asking for it.
# It also removes a few dead keys, so that the table cannot outgrow its traffic.
_ACQUIRE = text("""
    WITH pruned AS (
        DELETE FROM rate_limits WHERE key IN (
            SELECT key FROM rate_limits
            WHERE expires_at < clock_timestamp() AND key <> :key
            ORDER BY expires_at LIMIT 10 FOR UPDATE SKIP LOCKED
        )
    )
    INSERT INTO rate_limits AS stored (key, hits, expires_at)
    VALUES (
        :key,
        array_fill(clock_timestamp(), ARRAY[CAST(:amount AS integer)]),
        clock_timestamp() + :expiry
    )
    ON CONFLICT (key) DO UPDATE SET
        hits = ARRAY(
            SELECT hit FROM unnest(stored.hits) AS hit WHERE hit >= clock_timestamp() - :expiry
        ) || array_fill(clock_timestamp(), ARRAY[CAST(:amount AS integer)]),
        expires_at = clock_timestamp() + :expiry
    WHERE :amount + (
        SELECT count(*) FROM unnest(stored.hits) AS hit WHERE hit >= clock_timestamp() - :expiry
    ) <= :limit
    RETURNING key
""").bindparams(bindparam("expiry", type_=INTERVAL))

# The age of the window and not its start: this process's clock may differ from the database's.
_WINDOW = text("""
    SELECT extract(epoch FROM coalesce(clock_timestamp() - min(hit), '0'))::float8, count(hit)
    FROM rate_limits CROSS JOIN unnest(hits) AS hit
    WHERE key = :key AND hit >= clock_timestamp() - :expiry
""").bindparams(bindparam("expiry", type_=INTERVAL))


class PostgresStorage(Storage, MovingWindowSupport):
    """The storage that `limits` does not have. Raises `Unavailable` when the database is away."""

    STORAGE_SCHEME = ["cms+postgresql"]  # noqa: RUF012 - the base class's own name

    def __init__(self, database: Database) -> None:
        super().__init__()
        self._database = database

    @property
    def base_exceptions(self) -> type[Exception]:
        return Exception

    async def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        values = {"key": key, "limit": limit, "amount": amount, "expiry": timedelta(seconds=expiry)}
        async with self._database.autocommit() as connection:
            return (await connection.execute(_ACQUIRE, values)).first() is not None

    async def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:
        values = {"key": key, "expiry": timedelta(seconds=expiry)}
        async with self._database.autocommit() as connection:
            age, count = (await connection.execute(_WINDOW, values)).one()
        return time.time() - age, min(count, limit)

    async def clear(self, key: str) -> None:
        async with self._database.autocommit() as connection:
            await connection.execute(delete(RateLimitHits).where(RateLimitHits.key == key))

    async def reset(self) -> int | None:
        async with self._database.autocommit() as connection:
            return (await connection.execute(delete(RateLimitHits))).rowcount

    async def check(self) -> bool:
        await self._database.read(select(1))
        return True

    # The fixed-window half of the interface, which the moving window does not use.

    async def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        await self.acquire_entry(key, 2**31 - 1, expiry, amount)
        return (await self.get_moving_window(key, 2**31 - 1, expiry))[1]

    async def get(self, key: str) -> int:
        statement = select(RateLimitHits.hits).where(RateLimitHits.key == key)
        rows = await self._database.read(statement)
        return len(rows[0].hits) if rows else 0

    async def get_expiry(self, key: str) -> float:
        statement = select(RateLimitHits.expires_at).where(RateLimitHits.key == key)
        rows = await self._database.read(statement)
        return rows[0].expires_at.timestamp() if rows else time.time()


class PostgresRateLimiter:
    """A moving window: no interval of the rate's length ever admits more than its amount."""

    def __init__(self, database: Database, rate: RateLimitItem) -> None:
        self._rate = rate
        self._limiter = MovingWindowRateLimiter(PostgresStorage(database))

    async def hit(self, route: str, client: str, rate: RateLimitItem | None = None) -> None:
        """Raises `TooManyRequests`; `client` is an address, or any other name of one."""
        rate, key = rate or self._rate, (route, limit_key(client))
        if await self._limiter.hit(rate, *key):
            return
        window = await self._limiter.get_window_stats(rate, *key)
        wait = math.ceil(window.reset_time - time.time())
        # There may be room again by now.
        raise TooManyRequests(1 if window.remaining else max(wait, 1))
