"""Whose requests are counted together where they are not those of an address."""

from fastapi import Request
from limits import parse

from cms.identity import repository
from cms.identity.cookie import token_at_sight
from cms.identity.tokens import refresh_token_hash
from cms.kernel import CurrentServices, Reader


async def limit_refresh(request: Request, services: CurrentServices, reader: Reader) -> None:
    """Counts a token of a live session by that session, and anything else by its address.

    So many editors behind one address, with as many tabs, keep none of them from refreshing, while
    guesses stay what they are. Raises `TooManyRequests`.
    """
    token = await token_at_sight(request)
    session_id = await repository.session_of(reader, refresh_token_hash(token)) if token else None
    if session_id is None:
        await services.auth_limiter.hit("refresh", request.state.client)
    else:
        rate = parse(services.settings.refresh_rate_limit)
        await services.auth_limiter.hit("session", str(session_id), rate)
