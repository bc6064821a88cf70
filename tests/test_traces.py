"""Traces by OpenTelemetry: FastAPI's own, where the extra `traces` is installed."""

from importlib.util import find_spec
from typing import Any

import pytest
from httpx import AsyncClient
from opentelemetry import trace

from cms.kernel import Database, Settings
from tests.fixtures import running
from tests.probe import make_probe

HAS_SDK = find_spec("opentelemetry.sdk") is not None
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


@pytest.fixture
def spans() -> Any:
    """What is exported; a process has one provider, for good."""
    sdk = pytest.importorskip("opentelemetry.sdk.trace")
    export = pytest.importorskip("opentelemetry.sdk.trace.export")
    memory = pytest.importorskip("opentelemetry.sdk.trace.export.in_memory_span_exporter")
    provider, exporter = sdk.TracerProvider(), memory.InMemorySpanExporter()
    provider.add_span_processor(export.SimpleSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    return exporter


async def test_a_request_is_a_span_in_the_trace_that_its_caller_began(
    spans: Any, editor: AsyncClient
) -> None:
    began = {"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"}
    body = {"title": "A title that nobody else needs to know"}

    made = await editor.post("/api/v1/posts", json=body, headers=began)
    await editor.get("/api/v1/posts/a-title", headers=began)

    told = spans.get_finished_spans()
    assert {f"{span.context.trace_id:032x}" for span in told} == {TRACE}
    server = [span for span in told if span.kind.name == "SERVER"]
    assert [(span.name, span.attributes["http.response.status_code"]) for span in server] == [
        ("POST /api/v1/posts", 201),
        ("GET /api/v1/posts/{slug}", 404),
    ]
    assert {span.parent.span_id for span in told if span not in server} <= {
        span.context.span_id for span in told
    }
    everything = " ".join(span.to_json() for span in told)
    assert "fastapi.endpoint" in everything
    assert made.request.headers["Authorization"].removeprefix("Bearer ") not in everything
    assert body["title"] not in everything


@pytest.mark.skipif(HAS_SDK, reason="the extra is installed")
async def test_without_the_extra_nothing_is_asked_of_it(
    settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
    monkeypatch.setenv("FASTAPI_OTEL_AUTO_CONFIGURE", "true")

    async with running(make_probe(settings, database)):
        pass
