"""What is counted for Prometheus, and how it is written."""

import asyncio
import re
from collections import Counter, defaultdict
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from cms.edge.metrics import (
    FAMILIES,
    RequestMetrics,
    Sample,
    database_samples,
    dump,
    exposition,
    load,
    request_metrics,
)
from cms.kernel import Settings, Unavailable
from cms.posts.tests.factories import PostFactory
from tests.cache.site import POSTS, Site, run_site
from tests.fixtures import connected, make_settings

LINE = re.compile(r'([a-z_]+)\{((?:[a-z]+="[^"\\]*",?)*)\} ([0-9.e+-]+|inf|nan)')
LABEL = re.compile(r'([a-z]+)="([^"]*)"')


@pytest.fixture
async def counting(own_database_url: str) -> AsyncIterator[Site]:
    async with run_site(make_settings(own_database_url, metrics_port=9100)) as site:
        async with site.database.session() as session:
            session.add(PostFactory.build())
        await site.cache.changes.sync()
        yield site


def counted(family: str) -> Counter[tuple[str, ...]]:
    found = Counter[tuple[str, ...]]()
    for sample in request_metrics.samples():
        if sample.family == family and sample.suffix in {"_total", "_count"}:
            found[tuple(sample.labels.values())] = int(sample.value)
    return found


async def test_requests_are_counted_by_template_method_and_status(counting: Site) -> None:
    before, timed = counted("cms_requests"), counted("cms_request_duration_seconds")

    for path in (POSTS, POSTS, f"{POSTS}/one-that-is-not", f"{POSTS}/nor-this", "/nowhere"):
        await counting.get(path)
    await counting.client.head(POSTS)
    await counting.client.delete(f"{POSTS}/one-that-is-not")

    assert counted("cms_requests") - before == {
        ("GET", POSTS, "200"): 2,
        ("HEAD", POSTS, "200"): 1,
        ("GET", f"{POSTS}/{{slug}}", "404"): 2,
        ("DELETE", f"{POSTS}/{{slug}}", "401"): 1,
        ("GET", "", "404"): 1,
    }
    assert (counted("cms_request_duration_seconds") - timed)["GET", POSTS] == 2


async def test_answers_from_memory_are_told_from_others(
    counting: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_args: object, **_values: object) -> None:
        raise Unavailable

    before = counted("cms_cache_answers")
    for _ in range(3):
        await counting.get(POSTS)
    monkeypatch.setattr(counting.database, "fetch", fail)
    monkeypatch.setattr(counting.cache.changes, "is_current", lambda *_: False)
    stale = await counting.get(POSTS)
    await counting.get("/healthz")

    assert "Cache-Status" in stale.headers
    assert counted("cms_cache_answers") - before == {("miss",): 1, ("hit",): 2, ("stale",): 1}


async def test_nothing_is_counted_unless_it_is_asked_for(own_database_url: str) -> None:
    before = counted("cms_requests")
    async with run_site(make_settings(own_database_url)) as site:
        await site.get(POSTS)
        await site.get(POSTS)

    assert counted("cms_requests") == before


async def test_the_pool_and_the_listener_are_told(counting: Site) -> None:
    async with counting.database.autocommit():
        told = {sample.family: sample.value for sample in database_samples(counting.database)}

    assert told.pop("cms_listener_heartbeat_age_seconds") < 5
    assert told == {
        "cms_database_connections": 1,
        "cms_database_waiting": 0,
        "cms_listener_listening": True,
    }


async def test_who_waits_for_a_connection_is_told(settings: Settings) -> None:
    one = make_settings(settings.database_url, database_pool_size=1)
    async with connected(one) as database:
        async with database.autocommit():
            waiting = asyncio.create_task(database.read(text("SELECT 1")))
            await asyncio.sleep(0)  # lets it begin
            told = database.pool.waiting
        await waiting

    assert told == 1


def test_what_is_written_is_prometheus_text() -> None:
    metrics = RequestMetrics()
    for seconds in (0.00005, 0.0001, 0.003, 9):
        metrics.add("GET", POSTS, 200, "hit", seconds)
    metrics.add("POST", None, 404, None, 0.1)
    samples = [Sample("cms_worker_up", "", {}, True), *load(dump(metrics.samples()))]

    lines = exposition({"7": samples, "8": samples}).splitlines()

    seen: list[str] = []
    buckets = defaultdict[str, list[float]](list)
    for line in lines:
        if line.startswith("#"):
            kind, name = line.split()[1:3]
            seen += [name] if kind == "TYPE" else []
            continue
        found = LINE.fullmatch(line)
        assert found, line
        labels = dict(LABEL.findall(found[2]))
        assert found[1].startswith(seen[-1])  # with its family, which is told once
        if found[1].endswith("_bucket"):
            buckets[labels["worker"] + labels["method"]].append(float(found[3]))
    assert len(seen) == len(set(seen)) == 4
    assert list(buckets) == ["7GET", "7POST", "8GET", "8POST"]
    assert buckets["8GET"] == [2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3, 3, 4]
    assert 'cms_cache_answers_total{result="hit",worker="8"} 4.0' in lines
    assert 'cms_requests_total{method="GET",route="/api/v1/posts",status="200",worker="7"} 4.0' in (
        lines
    )
    assert set(FAMILIES) >= {sample.family for sample in samples}
