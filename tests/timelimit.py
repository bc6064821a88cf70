"""A time limit for the setup, the call and the teardown of each test: what hangs fails by its name.

`@pytest.mark.limit(seconds)` overrides what is usual for a test of its kind.
"""

import asyncio
import faulthandler
import os
import signal
from collections.abc import Awaitable, Callable, Generator, Iterator
from contextlib import contextmanager
from functools import wraps
from inspect import iscoroutinefunction
from types import FrameType
from typing import Any

import pytest

SECONDS = 60.0
# They kill, flood and restart whole processes, or show thousands of documents to a browser.
_LONG_SECONDS = {"faults": 1_800.0, "browser": 1_800.0}
# A test that blocks the event loop never hears of a cancellation.
_BLOCKED_SECONDS = 5.0
# What hears of no signal either, such as an event loop that closes: all ends there, and says where it was.
_DEAF_SECONDS = 15.0
_STDERR = pytest.StashKey[int]()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "limit(seconds): the seconds that the test may take")
    config.stash[_STDERR] = os.dup(2)  # what pytest captures would be lost


def pytest_unconfigure(config: pytest.Config) -> None:
    os.close(config.stash[_STDERR])


def _message(name: str, seconds: float) -> str:
    return f"{name} takes longer than {seconds:g} s"


def limit_of(item: pytest.Item) -> float:
    mark = item.get_closest_marker("limit")
    if mark is not None:
        return float(mark.args[0])
    return max(
        (_LONG_SECONDS.get(each.name, SECONDS) for each in item.iter_markers()), default=SECONDS
    )


@contextmanager
def _interrupted(item: pytest.Item) -> Iterator[None]:
    """Raises into whatever the main thread waits for, or computes in Python, for too long."""
    seconds = limit_of(item)

    def give_up(_signal: int, _frame: FrameType | None) -> None:
        pytest.fail(_message(item.nodeid, seconds))

    before = signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, seconds + min(seconds, _BLOCKED_SECONDS))
    end = seconds + min(3 * seconds, _DEAF_SECONDS)
    faulthandler.dump_traceback_later(end, exit=True, file=item.config.stash[_STDERR])
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


# Each phase by itself: between them pytest reports, and must not be interrupted.
@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, Any, Any]:
    with _interrupted(item):
        return (yield)


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    with _interrupted(item):
        return (yield)


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, Any, Any]:
    with _interrupted(item):
        return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, Any, Any]:
    """Cancels an asynchronous test, so that the event loop of all others lives on."""
    if iscoroutinefunction(pyfuncitem.obj):
        pyfuncitem.obj = _limited(pyfuncitem.obj, pyfuncitem.nodeid, limit_of(pyfuncitem))
    return (yield)


def _limited(
    test: Callable[..., Awaitable[None]], name: str, seconds: float
) -> Callable[..., Awaitable[None]]:
    @wraps(test)
    async def limited(**arguments: Any) -> None:
        try:
            async with asyncio.timeout(seconds) as limit:
                await test(**arguments)
        except TimeoutError:
            if limit.expired():
                pytest.fail(_message(name, seconds))
            raise

    return limited
