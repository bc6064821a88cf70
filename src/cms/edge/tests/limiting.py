"""A client that meets the rate limit."""

from collections.abc import Awaitable, Callable

import pytest

from cms.edge.rate_limit import PostgresRateLimiter
from cms.kernel import TooManyRequests

CLIENT = "203.0.113.9"


type PassTime = Callable[[float], Awaitable[None]]


async def is_admitted(
    limiter: PostgresRateLimiter, client: str = CLIENT, route: str = "login"
) -> bool:
    try:
        await limiter.hit(route, client)
    except TooManyRequests:
        return False
    return True


async def admitted(limiter: PostgresRateLimiter, times: int, client: str = CLIENT) -> int:
    return [await is_admitted(limiter, client) for _ in range(times)].count(True)


async def retry_after(limiter: PostgresRateLimiter) -> int:
    """The seconds that a refused client is told to wait."""
    with pytest.raises(TooManyRequests) as refusal:
        await limiter.hit("login", CLIENT)
    return int(refusal.value.headers["Retry-After"])
