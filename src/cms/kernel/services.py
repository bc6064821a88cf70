"""What the application is made of: built once by `main`, and the same for every request."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Protocol

from fastapi import Depends, Request
from limits import RateLimitItem

from cms.kernel.config import Settings
from cms.kernel.database import Database
from cms.kernel.principal import Authenticator


class RateLimiter(Protocol):
    """Counts over every worker and replica."""

    async def hit(self, route: str, client: str, rate: RateLimitItem | None = None) -> None:
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


CurrentServices = Annotated[Services, Depends(get_services)]


def limited(route: str) -> Callable[[Request, CurrentServices], Awaitable[None]]:
    """A dependency that counts the request against its client on this route."""

    async def hit(request: Request, services: CurrentServices) -> None:
        await services.auth_limiter.hit(route, request.state.client)

    return hit
