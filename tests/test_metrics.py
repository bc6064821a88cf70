"""`GET /metrics` of the server as it runs: one scrape tells of every process."""

import re
import signal
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from cms.launch.address import free_address
from cms.launch.metrics import serving_metrics
from cms.launch.problems import LaunchError
from tests.checkout import copy_image
from tests.faults.harness import Server, eventually, running
from tests.fixtures import make_settings

LINE = re.compile(r"^(\w+)\{(.*)\} (\S+)$", re.MULTILINE)
LABEL = re.compile(r'(\w+)="([^"]*)"')

type Samples = list[tuple[str, dict[str, str], float]]


@pytest.fixture
async def server(tmp_path: Path, own_database_url: str) -> AsyncIterator[Server]:
    root = copy_image(tmp_path / "image").root
    port = str(free_address("127.0.0.1", 0).port)
    server = Server(root, own_database_url, workers=2, METRICS_PORT=port)
    async with running(server):
        yield server


async def scrape(server: Server) -> Samples:
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(f"http://127.0.0.1:{server.settings['METRICS_PORT']}/metrics")
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    return [
        (name, dict(LABEL.findall(labels)), float(value))
        for name, labels, value in LINE.findall(answer.text)
    ]


def total(samples: Samples, name: str, **labels: str) -> float:
    return sum(
        value for found, its, value in samples if found == name and labels.items() <= its.items()
    )


def workers(samples: Samples) -> dict[int, float]:
    return {int(its["worker"]): up for name, its, up in samples if name == "cms_worker_up"}


async def test_a_scrape_tells_of_all_processes_and_of_none_that_has_ended(server: Server) -> None:
    both = {process.pid: 1.0 for process in server.workers}
    assert len(both) == 2

    async def all_are_told() -> bool:
        return workers(await scrape(server)) == both

    await eventually(all_are_told)
    for _ in range(30):  # each from a new connection, which either process may accept
        async with server.client() as client:
            assert (await client.get("/api/v1/pages")).status_code == 200
    samples = await scrape(server)
    answers = total(samples, "cms_cache_answers_total")
    assert total(samples, "cms_requests_total", route="/api/v1/pages", status="200") == 30
    assert answers == total(samples, "cms_request_duration_seconds_count", route="/api/v1/pages")
    assert total(samples, "cms_listener_listening") == 2
    async with server.client() as client:
        assert (await client.get("/metrics")).status_code == 404
    port = server.settings["METRICS_PORT"]
    async with httpx.AsyncClient(trust_env=False) as client:
        assert (await client.get(f"http://127.0.0.1:{port}/")).status_code == 404
        with pytest.raises(httpx.ConnectError):  # another address of this machine
            await client.get(f"http://127.0.0.2:{port}/metrics")

    stuck, killed = server.workers
    killed.kill()

    async def is_replaced() -> bool:
        now = workers(await scrape(server))
        return killed.pid not in now and list(now.values()) == [1.0, 1.0]

    await eventually(is_replaced)
    stuck.send_signal(signal.SIGSTOP)
    up = {worker.pid: float(worker.pid != stuck.pid) for worker in server.workers}
    assert workers(await scrape(server)) == up
    stuck.send_signal(signal.SIGCONT)


def test_a_taken_port_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        settings = make_settings("postgresql://db/cms", metrics_port=port)
        with (
            pytest.raises(LaunchError, match=f"METRICS_PORT {port} cannot be listened on"),
            serving_metrics(settings),
        ):
            pass
