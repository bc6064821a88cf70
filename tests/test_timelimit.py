"""The time limit of tests: one that hangs fails, and those after it run."""

from collections.abc import Callable

import pytest

from cms.kernel import ROOT

pytest_plugins = ["pytester"]

type Run = Callable[[str], pytest.RunResult]

HANGING = """
import asyncio
import threading
import time

import pytest


@pytest.fixture(scope="session")
def anyio_backend():
    return "asyncio", {"use_uvloop": True}


@pytest.fixture(scope="session")
async def loop_of_all():
    yield


@pytest.fixture
def stuck():
    threading.Event().wait()


@pytest.mark.limit(0.2)
async def test_waits(loop_of_all):
    await asyncio.Event().wait()


@pytest.mark.limit(0.2)
async def test_blocks(loop_of_all):
    time.sleep(60)


@pytest.mark.limit(0.2)
def test_sleeps():
    threading.Event().wait()


@pytest.mark.limit(0.2)
async def test_loops(loop_of_all):
    while True:
        await asyncio.sleep(0)


async def test_runs(loop_of_all):
    await asyncio.sleep(0)


def test_has_limits_of_its_kind(request):
    from tests.timelimit import limit_of

    assert limit_of(request.node) == 60


@pytest.mark.browser
def test_may_take_longer(request):
    from tests.timelimit import limit_of

    assert limit_of(request.node) > 600


@pytest.mark.limit(0.2)
def test_never_begins(stuck):
    pass
"""

DEAF = """
import signal
import time

import pytest


@pytest.mark.limit(0.2)
def test_hears_nothing():
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})
    time.sleep(60)
"""


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Run:
    def run_tests(source: str) -> pytest.RunResult:
        pytester.makepyfile(source)
        return pytester.runpytest_subprocess(
            "-p", "tests.timelimit", "-p", "no:cacheprovider", "--tb=line"
        )

    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    pytester.makeini("[pytest]\nanyio_mode = auto\nmarkers =\n    browser: long")
    return run_tests


def test_a_test_that_hangs_fails_by_its_name(run: Run) -> None:
    result = run(HANGING)

    assert result.parseoutcomes() == {"passed": 3, "failed": 4, "errors": 1}
    for name in ("waits", "blocks", "sleeps", "loops", "never_begins"):
        result.stdout.fnmatch_lines([f"*::test_{name} takes longer than 0.2 s*"])


def test_what_hears_of_no_limit_ends_all_and_is_named(run: Run) -> None:
    result = run(DEAF)

    assert result.ret != 0
    result.stderr.fnmatch_lines(["Timeout*", "*in test_hears_nothing"])
