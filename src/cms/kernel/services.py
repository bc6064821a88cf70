"""What the application is made of: built once by `main`, and the same for every request."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Protocol

from fastapi import Depends, Request

from cms.kernel.config import Settings
from cms.kernel.database import Database
from cms.kernel.principal import Authenticator


class RateLimiter(Protocol):
    """Counts over every worker and replica."""

    async def hit(self, route: str, client: str) -> None:
        """Raises `TooManyRequests`; `client` is an address, or any other name of one."""
        ...


@dataclass(frozen=True, slots=True)
class Services:
    settings: Settings
    database: Database
    authenticator: Authenticator
    auth_limiter: RateLimiter


async def get_services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


async def _get_settings(request: Request) -> Settings:
    return (await get_services(request)).settings


async def _get_auth_limiter(request: Request) -> RateLimiter:
    return (await get_services(request)).auth_limiter


CurrentSettings = Annotated[Settings, Depends(_get_settings)]
AuthLimiter = Annotated[RateLimiter, Depends(_get_auth_limiter)]


def limited(route: str) -> Callable[[Request, AuthLimiter], Awaitable[None]]:
    """A dependency that counts the request against its client on this route."""

    async def hit(request: Request, limiter: AuthLimiter) -> None:
        await limiter.hit(route, request.state.client)

    return hit
