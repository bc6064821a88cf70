"""Many requests on one connection: each has its own answer, in turn, and the end comes after one."""

from itertools import product

import pytest

from cms.launch.protocol import MAX_PIPELINED
from tests.framing.requests import (
    CACHED,
    JSON,
    LAST,
    METHODS,
    PATHS,
    SMUGGLED,
    arrivals,
    chunked,
    framed,
    head,
)
from tests.wire import Answer, Server

LOGOUT = "/api/v1/auth/logout"


def test_every_request_has_its_own_answer(server: Server) -> None:
    wrong = {}
    for method, path in product(METHODS, PATHS):
        for framing, line, body in framed(SMUGGLED):
            first = head(method, path, line, JSON, "X-Request-ID: first")
            for arrival, parts in arrivals(first, body + LAST):
                answers = Answer.sequence(server.exchange(*parts), method)
                if [answer.id for answer in answers] != ["first", "last"]:
                    wrong[method, path, framing, arrival] = answers

    assert wrong == {}


def test_a_request_that_waits_for_a_continue_is_the_last(server: Server) -> None:
    expect = "Expect: 100-continue"
    for method, path in product(METHODS, PATHS):
        for framing, line, body in framed(SMUGGLED):
            first = head(method, path, line, JSON, expect, "X-Request-ID: first")
            for arrival, parts in arrivals(first, body + LAST):
                received = server.exchange(*parts)
                answers = [a for a in Answer.sequence(received, method) if a.status != 100]

                case = (method, path, framing, arrival)
                assert [answer.id for answer in answers] == ["first"], case
                assert answers[0].headers["connection"] == "close", case


def test_a_continue_comes_before_the_body_and_not_after_a_refusal(server: Server) -> None:
    body = b'{"refresh_token": "x"}'
    expect = ("Expect: 100-continue", JSON, f"Content-Length: {len(body)}")
    with server.connect() as connection:
        connection.sendall(head("POST", LOGOUT, *expect))
        assert connection.recv(65_536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(body)
        assert Answer.parse(connection.recv(65_536)).status == 204
    # HTTP/1.0 knows no answer before the last (RFC 9110, 15.2).
    old = head("POST", LOGOUT, *expect).replace(b"HTTP/1.1", b"HTTP/1.0")
    assert Answer.parse(server.exchange(old, body)).status == 204

    # A client that now thinks its body unwanted goes on with another request.
    for more in (LAST, body + head("GET", CACHED, "X-Request-ID: unheard")):
        with server.connect() as connection:
            connection.sendall(head("GET", CACHED, *expect))
            assert Answer.read(connection).status == 200
            assert connection.recv(65_536) == b""
            connection.sendall(more)
            server.wait_until_read(connection)
    server.ask(head("GET", CACHED, "Connection: close", "X-Request-ID: after-continue"))
    assert len(server.log_lines("after-continue")) == 1
    assert "unheard" not in server.log


def test_what_is_cut_has_no_answer(server: Server) -> None:
    whole = head("GET", CACHED, "X-Request-ID: first")
    rest = head("POST", LOGOUT, JSON, "Content-Length: 22") + b'{"refresh_token": "x"}'
    for end in range(1, len(rest), 7):
        with server.connect() as connection:
            connection.sendall(whole + rest[:end])
            answer = Answer.read(connection)
            connection.shutdown(1)
            more = connection.recv(65_536)

        assert (answer.status, answer.id, more) == (200, "first", b""), end


def test_a_bad_request_comes_after_the_answers_to_those_before_it(server: Server) -> None:
    sound = head("GET", CACHED, "X-Request-ID: first") + head("GET", PATHS[2])
    bodies = head("POST", LOGOUT, JSON, "Transfer-Encoding: chunked")
    for bad in (
        b"?\r\n\r\n",
        head("GET", CACHED, host=None),
        bodies + b"x\r\n",
        bodies + b"1\r\nxy",
    ):
        for _, parts in arrivals(sound, bad + SMUGGLED):
            answers = Answer.sequence(server.exchange(*parts))

            assert [answer.status for answer in answers] == [200, 404, 400], bad
    for _, parts in arrivals(bodies, b"x\r\n" + SMUGGLED):
        (answer,) = Answer.sequence(server.exchange(*parts))

        assert answer.status == 400


def test_nothing_is_answered_after_the_last_request(server: Server) -> None:
    for after in (b"?\r\n\r\n", SMUGGLED, b"\r\n" + SMUGGLED, chunked(SMUGGLED)):
        for _, parts in arrivals(LAST, after):
            (answer,) = Answer.sequence(server.exchange(*parts))

            assert answer.id == "last"


def test_who_still_sends_after_a_refusal_is_heard_out(server: Server) -> None:
    with server.connect() as connection:
        connection.sendall(b"?\r\n\r\n")
        assert Answer.read(connection).status == 400
        assert connection.recv(65_536) == b""
        for _ in range(3):  # a reset would be met by the second of them
            connection.sendall(SMUGGLED)
            server.wait_until_read(connection)


@pytest.mark.attack("S6")
def test_thousands_at_once_have_whole_answers_until_the_end(server: Server) -> None:
    for path in PATHS:
        before = server.memory
        received = server.exchange(head("GET", path, "X-Request-ID: one") * 20_000)
        answers = Answer.sequence(received)

        assert MAX_PIPELINED < len(answers) <= 20_000
        assert {answer.id for answer in answers} == {"one"}
        assert server.memory - before < 8 * 1024 * 1024


@pytest.mark.attack("S6")
def test_as_many_as_are_taken_are_all_answered(server: Server) -> None:
    received = server.exchange(head("GET", CACHED) * MAX_PIPELINED + LAST)

    assert len(Answer.sequence(received)) == MAX_PIPELINED + 1
