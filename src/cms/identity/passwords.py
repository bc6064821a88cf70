"""bcrypt in a bounded number of threads, never on the event loop."""

import logging
import os
from functools import cache
from importlib import import_module
from typing import Any

from anyio import CapacityLimiter, to_thread
from anyio.lowlevel import RunVar

MIN_BYTES = 12
MAX_BYTES = 72  # bcrypt reads no further; a longer password would be cut off silently

# Through `import_module`: the library makes this name at run time and has no types.
_bcrypt: Any = import_module("passlib.hash").bcrypt

_logger = logging.getLogger(__name__)
# bcrypt releases the GIL: more threads than cores would only take them from other requests.
_limiters: RunVar[CapacityLimiter] = RunVar("cms_password_threads")


async def hash_password(password: str, rounds: int) -> str:
    return await to_thread.run_sync(_hash, password, rounds, limiter=_limiter())


async def verify_password(password: str, stored_hash: str | None, rounds: int) -> bool:
    """Whether the password fits. Takes the same time without a hash, or with a damaged one."""
    return await to_thread.run_sync(_verify, password, stored_hash, rounds, limiter=_limiter())


async def rehash_password(password: str, stored_hash: str, rounds: int) -> str:
    """The hash of the same password at another cost.

    It keeps the salt, so that logins at the same moment make the same hash.
    """
    salt: str = _bcrypt.from_string(stored_hash).salt
    return await to_thread.run_sync(_hash, password, rounds, salt, limiter=_limiter())


def has_other_cost(stored_hash: str, rounds: int) -> bool:
    outdated: bool = _bcrypt.using(rounds=rounds).needs_update(stored_hash)
    return outdated


def _limiter() -> CapacityLimiter:
    limiter = _limiters.get(None)
    if limiter is None:
        limiter = CapacityLimiter(max(1, (os.cpu_count() or 2) // 2))
        _limiters.set(limiter)
    return limiter


def _hash(password: str, rounds: int, salt: str | None = None) -> str:
    digest: str = _bcrypt.using(rounds=rounds, salt=salt, truncate_error=True).hash(password)
    return digest


def _verify(password: str, stored_hash: str | None, rounds: int) -> bool:
    if stored_hash is not None:
        try:
            return bool(_bcrypt.verify(password, stored_hash))
        except ValueError:
            _logger.exception("a stored password hash is damaged")
    _bcrypt.verify(password, _dummy_hash(rounds))
    return False


@cache
def _dummy_hash(rounds: int) -> str:
    return _hash("no password has this hash", rounds)
