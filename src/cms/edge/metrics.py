"""What a process counts for Prometheus, and how it is written for it (`METRICS_PORT`).

By hand, since prometheus_client takes some 2 us to count a request, a tenth of what one from memory
takes in all, and needs files in shared memory to be right about more than one process.
https://prometheus.io/docs/instrumenting/exposition_formats/
"""

import json
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate, groupby
from time import monotonic
from typing import NamedTuple

from cms.kernel import Database, Settings

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

# From what memory answers to what waits for the database as long as it may.
_BOUNDS = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5)


@dataclass(frozen=True, slots=True)
class _Family:
    kind: str
    help: str


FAMILIES = {
    "cms_worker_up": _Family("gauge", "Whether a process has told what it counted."),
    "cms_requests": _Family("counter", "Requests; status 0: the client had left."),
    "cms_request_duration_seconds": _Family("histogram", "From a request's head to its answer."),
    "cms_cache_answers": _Family("counter", "Public answers: from memory, or not, or outdated."),
    "cms_database_connections": _Family("gauge", "Connections of the pool that are in use."),
    "cms_database_waiting": _Family("gauge", "Requests that wait for a connection."),
    "cms_listener_listening": _Family("gauge", "Whether changes are listened for."),
    "cms_listener_heartbeat_age_seconds": _Family("gauge", "Since PostgreSQL was last heard."),
}


class Sample(NamedTuple):
    family: str
    suffix: str
    labels: dict[str, str]
    value: float


type _Labels = tuple[str, str | None, int, str | None]


class RequestMetrics:
    """Counts the requests of this process, from its event loop alone."""

    def __init__(self) -> None:
        # How many were as fast as each bound but no faster, how many were slower, and their seconds.
        self._series: dict[_Labels, list[float]] = {}

    def add(
        self, method: str, route: str | None, status: int, cache: str | None, seconds: float
    ) -> None:
        """`route` is a template, None where there is none; `cache` is hit, miss or stale."""
        labels = (method, route, status, cache)
        series = self._series.get(labels)
        if series is None:
            series = self._series[labels] = [0.0] * (len(_BOUNDS) + 2)
        series[bisect_left(_BOUNDS, seconds)] += 1
        series[-1] += seconds

    def samples(self) -> Iterator[Sample]:
        answers = {"hit": 0.0, "miss": 0.0, "stale": 0.0}
        requests = defaultdict[tuple[str, str, int], float](float)
        durations = defaultdict[tuple[str, str], list[float]](lambda: [0.0] * (len(_BOUNDS) + 2))
        for (method, route, status, cache), series in self._series.items():
            count = sum(series[:-1])
            if cache is not None:
                answers[cache] += count
            requests[method, route or "", status] += count
            total = durations[method, route or ""]
            total[:] = map(sum, zip(total, series, strict=True))
        for (method, route, status), count in requests.items():
            labels = {"method": method, "route": route, "status": str(status)}
            yield Sample("cms_requests", "_total", labels, count)
        for (method, route), series in durations.items():
            yield from _histogram({"method": method, "route": route}, series)
        for result, count in answers.items():
            yield Sample("cms_cache_answers", "_total", {"result": result}, count)


request_metrics = RequestMetrics()


def metrics_of(settings: Settings) -> RequestMetrics | None:
    """Where requests are to be counted; None where nobody asks."""
    return None if settings.metrics_port is None else request_metrics


def _histogram(labels: dict[str, str], series: list[float]) -> Iterator[Sample]:
    name = "cms_request_duration_seconds"
    counts = list(accumulate(series[:-1]))
    for bound, count in zip((*map(str, _BOUNDS), "+Inf"), counts, strict=True):
        yield Sample(name, "_bucket", {**labels, "le": bound}, count)
    yield Sample(name, "_sum", labels, series[-1])
    yield Sample(name, "_count", labels, counts[-1])


def database_samples(database: Database) -> Iterator[Sample]:
    changes, pool = database.changes, database.pool
    yield Sample("cms_database_connections", "", {}, pool.checkedout())
    yield Sample("cms_database_waiting", "", {}, pool.waiting)
    yield Sample("cms_listener_listening", "", {}, changes.listening.is_set())
    if changes.heard_until:
        age = monotonic() - changes.heard_until
        yield Sample("cms_listener_heartbeat_age_seconds", "", {}, age)


def dump(samples: Iterable[Sample]) -> bytes:
    """For another process."""
    return json.dumps(list(samples)).encode()


def load(dumped: bytes) -> list[Sample]:
    return [Sample(*each) for each in json.loads(dumped)]


def exposition(workers: Mapping[str, Iterable[Sample]]) -> str:
    """The samples of all processes, each labelled with its own: a sum would fall when one ends."""
    samples = [
        sample._replace(labels={**sample.labels, "worker": worker})
        for worker, told in workers.items()
        for sample in told
    ]
    order = list(FAMILIES)
    samples.sort(key=lambda sample: order.index(sample.family))
    return "".join(
        line
        for name, group in groupby(samples, key=lambda sample: sample.family)
        for line in _lines(name, group)
    )


def _lines(name: str, samples: Iterable[Sample]) -> Iterator[str]:
    family = FAMILIES[name]
    # In this format a counter's name has its suffix in the header too.
    shown = f"{name}_total" if family.kind == "counter" else name
    yield f"# HELP {shown} {family.help}\n# TYPE {shown} {family.kind}\n"
    for sample in samples:
        # No value can hold a quote, a backslash or a line's end.
        labels = ",".join(f'{label}="{value}"' for label, value in sample.labels.items())
        yield f"{name}{sample.suffix}{{{labels}}} {float(sample.value)!r}\n"
