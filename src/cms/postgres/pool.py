"""The pool of connections: it waits no longer than the request does, and lends nothing that is dead.

A network that falls silent closes nothing, and neither do PostgreSQL's own limits then end anything:
whoever waits has to look at the clock.
"""

from asyncio import TimerHandle, get_running_loop, timeout
from collections.abc import MutableMapping
from time import monotonic
from typing import Any

from sqlalchemy import Dialect, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.pool import AsyncAdaptedQueuePool, ConnectionPoolEntry, PoolProxiedConnection
from sqlalchemy.util import await_only

from cms.postgres.deadline import wait_budget
from cms.postgres.turns import Turns

# Whatever lies between forgets a silent connection sooner or later, and need not say so.
IDLE_SECONDS = 60.0

_TIMER = "cms.timer"
_IS_ABORTED = "cms.is_aborted"
_IDLE_SINCE = "cms.idle_since"
_LENT_SINCE = "cms.lent_since"
# Of the time there is for the database, what is kept for the query itself.
_QUERY_SHARE = 1 / 3


class _WouldWait(Exception):  # noqa: N818 - no error: there is another way
    pass


class DeadlinePool(AsyncAdaptedQueuePool):
    """Its timeout is the request's wait budget: for a connection, and for all that is done with it.

    Whoever has the least of it left gets the next one. In SQLAlchemy's own queue whoever comes by just as
    one is given back takes it, and who had been woken for it starts to wait anew, last of all.
    """

    def __init__(self, creator: Any, *, pool_size: int, timeout: float, **options: Any) -> None:
        super().__init__(creator, pool_size=pool_size, timeout=timeout, **options)
        self.seconds = timeout
        self.waiting = 0
        """Who waits for a connection now: for a turn, or for one to be made where there was none."""
        self._turns = Turns(pool_size)
        self._may_wait = True
        self._invalidated_at = 0.0

    def invalidate_idle(self) -> None:
        """Lends none of the connections again that are idle now: they may be as dead as others."""
        self._invalidated_at = monotonic()

    def lend_idle(self) -> PoolProxiedConnection | None:
        """A connection that is there and alive; None where whoever wants one has to wait.

        Several times faster than `raw_connection`, most of whose time is SQLAlchemy's way to wait.
        """
        self._may_wait = False
        try:
            return self.connect()
        except _WouldWait:
            return None
        finally:
            self._may_wait = True

    def attach(self, dialect: Dialect) -> None:
        """Call once, with the dialect that connects."""
        event.listen(dialect, "do_connect", self._limit_connecting)
        # Before SQLAlchemy's own listener, which asks a first connection what it is.
        event.listen(self, "connect", self._start_timer, insert=True)
        event.listen(self, "checkout", self._on_checkout)
        event.listen(self, "checkin", self._on_checkin)
        event.listen(self, "close", self._on_close)

    def _do_get(self) -> ConnectionPoolEntry:
        self.waiting += 1
        try:
            self._take_turn()
            try:
                return super()._do_get()  # there is one, or one may be made
            except BaseException:
                self._turns.give_back()
                raise
        finally:
            self.waiting -= 1

    def _do_return_conn(self, record: ConnectionPoolEntry) -> None:
        super()._do_return_conn(record)
        self._turns.give_back()

    def _take_turn(self) -> None:
        if self._turns.take():
            return
        if not self._may_wait:
            raise _WouldWait
        await_only(self._wait_for_turn())

    async def _wait_for_turn(self) -> None:
        budget = wait_budget.get()
        left = budget.start(self.seconds) if budget else self.seconds
        # Whoever got one as the time is over would be cut off in the middle of a query, and its connection
        # be lost: of more requests than can be served, those that are have time enough.
        patience = left - self.seconds * _QUERY_SHARE
        try:
            async with timeout(patience):
                await self._turns.wait(monotonic() + left)
        except TimeoutError as error:
            raise PoolTimeoutError("no connection was free in time") from error

    def _limit_connecting(
        self, _dialect: Dialect, _record: ConnectionPoolEntry, _args: Any, options: dict[str, Any]
    ) -> None:
        if not self._may_wait:
            raise _WouldWait
        budget = wait_budget.get()
        options["timeout"] = budget.start(self.seconds) if budget else self.seconds

    def _start_timer(self, dbapi_connection: Any, record: ConnectionPoolEntry) -> None:
        budget = wait_budget.get()
        if budget is not None:
            driver = dbapi_connection.driver_connection
            seconds = budget.start(self.seconds)
            self._stop_timer(record)
            record.info[_TIMER] = get_running_loop().call_later(
                seconds, self.abort, driver, record.info
            )

    def _stop_timer(self, record: ConnectionPoolEntry) -> None:
        timer: TimerHandle | None = record.info.pop(_TIMER, None)
        if timer is not None:
            timer.cancel()

    def abort(self, driver: Any, info: MutableMapping[Any, Any]) -> None:
        """Ends asyncpg's connection for whoever waits for it, as the network would."""
        self.invalidate_idle()
        info[_IS_ABORTED] = True  # asyncpg itself hears of it in the event loop's next turn
        # Not `terminate()`: that takes the protocol away from a command between two waits of its own,
        # which fails with an AttributeError.
        driver._transport.abort()

    def _on_checkout(
        self, dbapi_connection: Any, record: ConnectionPoolEntry, _proxy: PoolProxiedConnection
    ) -> None:
        # A restart of PostgreSQL closes the sockets, which asyncpg has noticed by now: asking it
        # saves the round trip of a ping.
        idle_since: float | None = record.info.pop(_IDLE_SINCE, None)
        is_dead = _IS_ABORTED in record.info or dbapi_connection.driver_connection.is_closed()
        if is_dead and idle_since is None:
            raise ConnectionResetError("a new connection was closed at once")
        if is_dead or (
            idle_since is not None
            and idle_since <= max(self._invalidated_at, monotonic() - IDLE_SECONDS)
        ):
            raise DisconnectionError  # and SQLAlchemy makes another one
        record.info[_LENT_SINCE] = monotonic()
        self._start_timer(dbapi_connection, record)

    def _on_checkin(self, _dbapi_connection: Any, record: ConnectionPoolEntry) -> None:
        self._stop_timer(record)
        # What was lent when the others were found to be dead may be dead as well, though given back.
        lent_since: float = record.info.pop(_LENT_SINCE, 0.0)
        is_doubtful = lent_since <= self._invalidated_at
        record.info[_IDLE_SINCE] = lent_since if is_doubtful else monotonic()
        budget = wait_budget.get()
        if budget is not None:
            budget.stop()

    def _on_close(self, dbapi_connection: Any, record: ConnectionPoolEntry) -> None:
        # SQLAlchemy would wait two seconds for the other side to agree.
        self._stop_timer(record)
        dbapi_connection.driver_connection.terminate()
