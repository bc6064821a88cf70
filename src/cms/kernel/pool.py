"""The pool of connections: it waits no longer than the request does, and lends nothing that is dead.

A network that falls silent closes nothing, and neither do PostgreSQL's own limits then end anything:
whoever waits has to look at the clock.
"""

from asyncio import TimerHandle, get_running_loop
from collections.abc import MutableMapping
from time import monotonic
from typing import Any

from sqlalchemy import Dialect, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import AsyncAdaptedQueuePool, ConnectionPoolEntry, PoolProxiedConnection

from cms.kernel.patience import patience

# Whatever lies between forgets a silent connection sooner or later, and need not say so.
IDLE_SECONDS = 60.0

_TIMER = "cms.timer"
_IS_CUT = "cms.is_cut"
_IDLE_SINCE = "cms.idle_since"


class PatientPool(AsyncAdaptedQueuePool):
    """Its timeout is the patience of a request: for a connection, and for all that is done with it."""

    def __init__(self, creator: Any, *, timeout: float, **options: Any) -> None:
        super().__init__(creator, timeout=timeout, **options)
        self.seconds = timeout
        self._distrusted_at = 0.0

    def distrust(self) -> None:
        """Lends none of the connections again that are idle now: they may be as dead as others."""
        self._distrusted_at = monotonic()

    def watch(self, dialect: Dialect) -> None:
        """Call once, with the dialect that connects."""
        event.listen(dialect, "do_connect", self._limit_connecting)
        # Before SQLAlchemy's own listener, which asks a first connection what it is.
        event.listen(self, "connect", self._limit_use, insert=True)
        event.listen(self, "checkout", self._lend)
        event.listen(self, "checkin", self._take_back)
        event.listen(self, "close", self._close_at_once)

    def _do_get(self) -> ConnectionPoolEntry:
        mine = patience.get()
        if mine is None:
            return super()._do_get()
        # It is read at once, before anybody else can run.
        self._timeout = mine.start(self.seconds)
        try:
            return super()._do_get()
        finally:
            self._timeout = self.seconds

    def _limit_connecting(
        self, _dialect: Dialect, _record: ConnectionPoolEntry, _args: Any, options: dict[str, Any]
    ) -> None:
        mine = patience.get()
        options["timeout"] = mine.start(self.seconds) if mine else self.seconds

    def _limit_use(self, dbapi_connection: Any, record: ConnectionPoolEntry) -> None:
        mine = patience.get()
        if mine is not None:
            driver = dbapi_connection.driver_connection
            seconds = mine.start(self.seconds)
            self._unlimit(record)
            record.info[_TIMER] = get_running_loop().call_later(
                seconds, self.cut, driver, record.info
            )

    def _unlimit(self, record: ConnectionPoolEntry) -> None:
        timer: TimerHandle | None = record.info.pop(_TIMER, None)
        if timer is not None:
            timer.cancel()

    def cut(self, driver: Any, info: MutableMapping[Any, Any]) -> None:
        """Ends asyncpg's connection for whoever waits for it, as the network would."""
        self.distrust()
        info[_IS_CUT] = True  # asyncpg itself hears of it in the event loop's next turn
        # Not `terminate()`: that takes the protocol away from a command between two waits of its own,
        # which fails with an AttributeError.
        driver._transport.abort()

    def _lend(
        self, dbapi_connection: Any, record: ConnectionPoolEntry, _proxy: PoolProxiedConnection
    ) -> None:
        # A restart of PostgreSQL closes the sockets, which asyncpg has noticed by now: asking it
        # saves the round trip of a ping.
        idle_since: float | None = record.info.pop(_IDLE_SINCE, None)
        is_dead = _IS_CUT in record.info or dbapi_connection.driver_connection.is_closed()
        if is_dead or (
            idle_since is not None
            and idle_since <= max(self._distrusted_at, monotonic() - IDLE_SECONDS)
        ):
            raise DisconnectionError  # and SQLAlchemy makes another one
        self._limit_use(dbapi_connection, record)

    def _take_back(self, _dbapi_connection: Any, record: ConnectionPoolEntry) -> None:
        self._unlimit(record)
        record.info[_IDLE_SINCE] = monotonic()
        mine = patience.get()
        if mine is not None:
            mine.stop()

    def _close_at_once(self, dbapi_connection: Any, record: ConnectionPoolEntry) -> None:
        # SQLAlchemy would wait two seconds for the other side to agree.
        self._unlimit(record)
        dbapi_connection.driver_connection.terminate()
