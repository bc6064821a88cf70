"""What a body may be: its type, its size, and how it arrives."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from httpx import AsyncClient
from starlette.types import Message, Receive, Scope, Send

from cms.edge.json_gate import JsonGate
from tests.problems import assert_problem

PROBE = "/api/v1/probe"
JSON = {"Content-Type": "application/json"}
LIMIT = 1024 * 1024


@pytest.mark.attack("I11")
@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json-patch+json",
        "application/problem+json",
        "text/json",
        "json",
        "garbage",
        ";;;",
        "",
        "application/json; charset=utf-16",
        "application/json; charset=latin-1",
        "application/json, text/plain",
    ],
)
async def test_another_type_is_not_supported(probe: AsyncClient, content_type: str) -> None:
    response = await probe.post(
        PROBE, content=b'{"title": "x"}', headers={"Content-Type": content_type}
    )

    assert_problem(response, 415)


@pytest.mark.attack("I11")
async def test_a_body_without_a_type_is_not_supported(probe: AsyncClient) -> None:
    assert_problem(await probe.post(PROBE, content=b'{"title": "x"}'), 415)


@pytest.mark.parametrize("content_type", ["application/json", "APPLICATION/JSON;charset=UTF-8"])
async def test_json_in_utf_8_is_supported_however_it_is_spelt(
    probe: AsyncClient, content_type: str
) -> None:
    headers = {"Content-Type": content_type}

    assert (await probe.post(PROBE, content=b'{"title": "x"}', headers=headers)).is_success


@pytest.mark.attack("I12")
@pytest.mark.parametrize("encoding", ["gzip", "GZIP", "deflate", "br", "identity, gzip"])
async def test_compression_is_not_supported(probe: AsyncClient, encoding: str) -> None:
    headers = JSON | {"Content-Encoding": encoding}

    assert_problem(await probe.post(PROBE, content=b'{"title": "x"}', headers=headers), 415)


def note_of(size: int) -> bytes:
    return json.dumps({"title": "x" * (size - 13)}).encode()


@pytest.mark.attack("I13")
async def test_a_body_of_just_the_limit_is_read(probe: AsyncClient) -> None:
    assert len(note_of(LIMIT)) == LIMIT

    assert (await probe.post(PROBE, content=note_of(LIMIT), headers=JSON)).status_code == 201


@pytest.mark.attack("I13")
async def test_one_byte_more_is_too_large(probe: AsyncClient) -> None:
    assert_problem(await probe.post(PROBE, content=note_of(LIMIT + 1), headers=JSON), 413)


@pytest.mark.attack("I13")
async def test_a_body_that_states_no_length_is_read_no_further_than_the_limit(
    probe: AsyncClient,
) -> None:
    taken = 0

    async def far_more() -> AsyncIterator[bytes]:
        nonlocal taken
        while taken < 10 * LIMIT:
            taken += 65_536
            yield b" " * 65_536

    assert_problem(await probe.post(PROBE, content=far_more(), headers=JSON), 413)

    assert taken <= LIMIT + 65_536


@pytest.mark.parametrize("length", ["-1", "1e3", "0x10", "9" * 5000, "9" * 20, " ", "1, 1"])
async def test_a_length_that_is_none_is_refused(probe: AsyncClient, length: str) -> None:
    headers = JSON | {"Content-Length": length}

    assert_problem(await probe.post(PROBE, content=b'{"title": "x"}', headers=headers), 413)


async def test_a_body_in_pieces_is_joined(probe: AsyncClient) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for byte in '{"title": "grün"}'.encode():
            yield bytes([byte])

    response = await probe.post(PROBE, content=pieces(), headers=JSON)

    assert response.json() == {"title": "grün"}


async def test_a_client_that_leaves_in_the_middle_is_forgotten() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise AssertionError("half a body was let through")

    async def receive() -> Message:
        return messages.pop(0)

    async def send(message: Message) -> None:
        raise AssertionError("nobody is there to be answered")

    messages: list[Any] = [
        {"type": "http.request", "body": b'{"title": "', "more_body": True},
        {"type": "http.disconnect"},
    ]

    await JsonGate(app, LIMIT)({"type": "http", "method": "POST", "headers": []}, receive, send)


async def test_later_messages_reach_the_application() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.extend([await receive(), await receive()])

    async def receive() -> Message:
        return messages.pop(0)

    async def send(message: Message) -> None: ...

    seen: list[Message] = []
    messages: list[Any] = [
        {"type": "http.request", "body": b"", "more_body": False},
        {"type": "http.disconnect"},
    ]

    await JsonGate(app, LIMIT)({"type": "http", "method": "POST", "headers": []}, receive, send)

    assert [message["type"] for message in seen] == ["http.request", "http.disconnect"]


async def test_of_many_large_bodies_each_lets_who_else_waits_have_a_turn() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        done.append(scope["method"])

    async def receive() -> Message:
        return {"type": "http.request", "body": b'"' + b"x" * 100_000 + b'"', "more_body": False}

    async def send(message: Message) -> None: ...

    done: list[str] = []
    gate = JsonGate(app, LIMIT)
    headers = [(b"content-type", b"application/json")]
    scopes = [
        {"type": "http", "method": method, "headers": headers}
        for method in ("POST", "PUT", "PATCH", "GET")
    ]

    await asyncio.gather(*(gate(scope, receive, send) for scope in scopes))

    assert done == ["GET", "POST", "PUT", "PATCH"]
