"""An Upgrade is ignored, and what comes with it or after it is no request of its own."""

from itertools import cycle, product

import pytest

from tests.framing.requests import (
    CACHED,
    JSON,
    LAST,
    METHODS,
    PATHS,
    SMUGGLED,
    UNCACHED,
    arrivals,
    framed,
    head,
)
from tests.wire import Answer, Server

UPGRADES = ("foo", "h2c", "websocket", "TLS/1.0, h2c")
UPGRADE = "Connection: keep-alive, Upgrade"
HTTP2 = ("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAoAAA")


@pytest.mark.attack("S1")
def test_an_upgrade_with_a_body_is_refused_and_the_connection_closed(server: Server) -> None:
    wrong = {}
    for (path, method), upgrade in zip(product(PATHS, METHODS), cycle(UPGRADES), strict=False):
        for framing, line, body in framed(SMUGGLED):
            first = head(method, path, UPGRADE, f"Upgrade: {upgrade}", line, JSON)
            for arrival, parts in arrivals(first, body):
                answers = Answer.sequence(server.exchange(*parts))
                if [answer.status for answer in answers] != [400]:
                    wrong[method, path, upgrade, framing, arrival] = answers

    assert wrong == {}


@pytest.mark.attack("S1")
def test_an_upgrade_without_a_body_is_answered_and_nothing_after_it(server: Server) -> None:
    wrong = {}
    for (path, method), upgrade in zip(product(PATHS, METHODS), cycle(UPGRADES[:3]), strict=False):
        lines = (f"Upgrade: {upgrade}", "X-Request-ID: first")
        for length in ((), ("Content-Length: 0",)):
            ordinary = server.ask(head(method, path, "Connection: close", *length))
            first = head(method, path, UPGRADE, *lines, *length)
            for arrival, parts in arrivals(first, SMUGGLED + LAST):
                answers = Answer.sequence(server.exchange(*parts), method)
                said = [(answer.status, answer.headers["connection"]) for answer in answers]
                if said != [(ordinary.status, "close")] or answers[0].id != "first":
                    wrong[method, path, upgrade, length, arrival] = answers

    assert wrong == {}


@pytest.mark.attack("S1")
def test_the_body_of_a_request_that_offers_http2_is_its_own(server: Server) -> None:
    wrong = {}
    for method, path in product(METHODS, PATHS):
        for framing, line, body in framed(SMUGGLED):
            first = head(method, path, *HTTP2, line, JSON, "X-Request-ID: first")
            for arrival, parts in arrivals(first, body + SMUGGLED + LAST):
                answers = Answer.sequence(server.exchange(*parts), method)
                said = [(answer.id, answer.headers["connection"]) for answer in answers]
                if said != [("first", "close")]:
                    wrong[method, path, framing, arrival] = answers

    assert wrong == {}


@pytest.mark.attack("S1")
def test_what_is_offered_http2_reads_the_whole_body(server: Server) -> None:
    body = b'{"refresh_token": "x"}'
    for _, line, content in framed(body):
        first = head("POST", "/api/v1/auth/logout", *HTTP2, line, JSON)
        for arrival, parts in arrivals(first, content):
            (answer,) = Answer.sequence(server.exchange(*parts))

            assert answer.status == 204, (arrival, answer)


@pytest.mark.attack("S1")
def test_a_request_before_an_upgrade_gets_its_own_answer(server: Server) -> None:
    before = head("GET", CACHED, "X-Request-ID: before")
    refused = head("POST", UNCACHED, UPGRADE, "Upgrade: foo", "Content-Length: 5")
    ignored = head("GET", CACHED, UPGRADE, "Upgrade: foo", "X-Request-ID: second")
    for _, parts in arrivals(before + refused, b"12345" + SMUGGLED):
        first, second = Answer.sequence(server.exchange(*parts))

        assert (first.status, first.id, second.status) == (200, "before", 400)
    for _, parts in arrivals(before + ignored, SMUGGLED):
        answers = Answer.sequence(server.exchange(*parts))

        assert [answer.id for answer in answers] == ["before", "second"]


@pytest.mark.attack("S1")
def test_a_tunnel_is_refused(server: Server) -> None:
    for target in ("/", "example.com:443", CACHED):
        (answer,) = Answer.sequence(server.exchange(head("CONNECT", target), SMUGGLED))

        assert answer.status == 400


def test_an_upgrade_that_is_not_for_this_hop_changes_nothing(server: Server) -> None:
    first = head("GET", CACHED, "Upgrade: h2c", "X-Request-ID: first")

    answers = Answer.sequence(server.exchange(first, LAST))

    assert [answer.id for answer in answers] == ["first", "last"]
