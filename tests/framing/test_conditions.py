"""Conditions and addresses as they are on the wire, answered from memory and by the framework."""

import pytest

from tests.framing.requests import CACHED, head
from tests.wire import Server

SETTINGS = "/api/v1/settings"
CLOSE = "Connection: close"


@pytest.mark.attack("S9")
@pytest.mark.parametrize("path", [CACHED, SETTINGS, f"{CACHED}?page=1", f"{SETTINGS}?"])
def test_what_is_no_entity_tag_is_refused_from_memory_too(server: Server, path: str) -> None:
    etag = server.ask(head("GET", path, CLOSE)).headers["etag"]

    for condition, status in (
        (etag, 304),
        (f"W/{etag}", 304),
        (f'"a", {etag}', 304),
        ("*", 304),
        ('"a"', 200),
        ("", 200),
        ("\xff" * 5_000 + etag, 400),
        (etag.strip('"'), 400),
        (f"{etag} {etag}", 400),
    ):
        answer = server.ask(head("GET", path, CLOSE, f"If-None-Match: {condition}"))

        assert answer.status == status, condition
        assert answer.headers["x-content-type-options"] == "nosniff"
    two = (f"If-None-Match: {etag}", "If-None-Match: b")
    assert server.ask(head("GET", path, CLOSE, *two)).problem["status"] == 400


@pytest.mark.attack("S9")
@pytest.mark.parametrize("slash", ["%2f", "%2F"])
def test_an_encoded_slash_is_no_slash(server: Server, slash: str) -> None:
    for path in (CACHED, SETTINGS, "/docs/assets/favicon.png"):
        assert server.ask(head("GET", path, CLOSE)).status == 200
        encoded = f"/{path[1:].replace('/', slash)}"
        for method in ("GET", "HEAD", "POST"):
            answer = server.ask(head(method, encoded, CLOSE))

            assert answer.status == 404, (method, encoded)
    assert server.ask(head("GET", CACHED.replace("posts", "%70osts"), CLOSE)).status == 200
