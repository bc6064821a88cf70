"""How asyncpg connects: with limits that PostgreSQL keeps, and as a pooler may need it."""

from typing import Any

from cms.kernel.config import Settings


def connect_args(settings: Settings) -> dict[str, Any]:
    """For `create_async_engine`; times are in seconds here and in milliseconds to PostgreSQL."""
    # PostgreSQL itself ends a statement a little earlier, and then the connection is still good.
    limits = {"command_timeout": settings.statement_timeout_seconds + 1}
    names = {"application_name": "cms", "timezone": "UTC"}
    if settings.database_behind_pooler:
        # What is prepared on one of its connections is not there on the next, and names meet. The
        # settings of a session would be anybody's next: time limits are the role's there.
        nothing_kept = {"statement_cache_size": 0, "prepared_statement_cache_size": 0}
        return limits | nothing_kept | {"server_settings": names}
    session = {
        # Every statement is short and made for an index: to plan for less would cost more.
        "jit": "off",
        "max_parallel_workers_per_gather": "0",
        "random_page_cost": "1.1",
        "statement_timeout": _milliseconds(settings.statement_timeout_seconds),
        "lock_timeout": _milliseconds(settings.lock_timeout_seconds),
        "idle_in_transaction_session_timeout": _milliseconds(settings.statement_timeout_seconds),
    }
    return limits | {"server_settings": names | session}


def _milliseconds(seconds: float) -> str:
    return str(round(seconds * 1000))
