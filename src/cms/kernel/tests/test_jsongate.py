import json
from collections.abc import AsyncIterator
from time import process_time
from typing import Any

import pytest
from httpx import AsyncClient
from starlette.types import Message, Receive, Scope, Send

from cms.kernel.errors import BadRequest, Invalid
from cms.kernel.jsongate import MAX_DEPTH, MAX_VALUES, JsonGate, check_json
from tests.problems import assert_problem

PROBE = "/api/v1/probe"
JSON = {"Content-Type": "application/json"}
LIMIT = 1024 * 1024


def nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"NaN", id="I3 NaN"),
        pytest.param(b'{"title": "x", "weight": Infinity}', id="I3 Infinity"),
        pytest.param(b'{"title": -Infinity}', id="I3 -Infinity"),
        pytest.param(b'{"title": "x", "weight": 1e999}', id="I3 1e999"),
        pytest.param(b'{"count": ' + b"9" * 5000 + b"}", id="I4 5 000 digits"),
        pytest.param(nested(1_000), id="I8 1 000 deep"),
        pytest.param(nested(50_000), id="I8 50 000 deep"),
        pytest.param(nested(100_000), id="I8 100 000 deep"),
        pytest.param(b'{"a":' * 100_000 + b"1" + b"}" * 100_000, id="I8 100 000 objects deep"),
        pytest.param(nested(MAX_DEPTH + 2), id="I8 one too deep"),
        pytest.param(b'{"title": "x", "title": "x"}', id="I9 duplicate key"),
        pytest.param(b'{"a": {"title": 1, "b": 2, "title": 1}}', id="I9 duplicate key inside"),
        pytest.param(b'{"a": 1, "\\u0061": 1}', id="I9 duplicate key in disguise"),
        pytest.param(b'{"title": "\xff"}', id="I10 invalid UTF-8"),
        pytest.param(b'{"title": "\xed\xa0\x80"}', id="I10 encoded surrogate"),
        pytest.param(b'{"title": "\xc0\x80"}', id="I10 overlong NUL"),
        pytest.param('{"title": "x"}'.encode("utf-16"), id="I10 UTF-16"),
        pytest.param('{"title": "x"}'.encode("utf-16-le"), id="I10 UTF-16LE"),
        pytest.param('{"title": "x"}'.encode("utf-32"), id="I10 UTF-32"),
        pytest.param('{"title": "x"}'.encode("utf-8-sig"), id="I10 BOM"),
        pytest.param(b'{"title": "x"} x', id="I15 trailing junk"),
        pytest.param(b'{"title": "x"}{}', id="I15 two documents"),
        pytest.param(b" ", id="I15 blank"),
        pytest.param(b"{'title': 'x'}", id="single quotes"),
        pytest.param(b'{"title": "x",}', id="trailing comma"),
        pytest.param(b'{"title": "\t"}', id="bare control character"),
        pytest.param(b'{"count": 01}', id="leading zero"),
    ],
)
async def test_what_is_not_json_is_a_bad_request(probe: AsyncClient, body: bytes) -> None:
    started = process_time()
    response = await probe.post(PROBE, content=body, headers=JSON)

    assert_problem(response, 400)
    assert process_time() - started < 0.1


@pytest.mark.parametrize(
    ("body", "loc"),
    [
        pytest.param(b'{"title": "a\\u0000b"}', ["body", "title"], id="I1 NUL"),
        pytest.param(b'{"title": "x", "count": "\\u0000"}', ["body", "count"], id="I1 wrong type"),
        pytest.param(b'{"a\\u0000b": 1}', ["body"], id="I1 NUL in a key"),
        pytest.param(b'{"title": "\\ud800"}', ["body", "title"], id="I2 high surrogate"),
        pytest.param(b'{"title": "\\udc00\\ud800"}', ["body", "title"], id="I2 wrong way round"),
        pytest.param(b'{"\\ud800": 1}', ["body"], id="I2 key"),
        pytest.param(b'{"title": "x", "count": "\\uDBFF"}', ["body", "count"], id="I2 wrong type"),
        pytest.param(b'{"tags": [[{"a": "\\udfff"}]]}', ["body", "tags", 0, 0, "a"], id="I2 deep"),
        pytest.param(b'"\\ud800"', ["body"], id="I2 the whole document"),
    ],
)
async def test_text_that_cannot_be_stored_is_named(
    probe: AsyncClient, body: bytes, loc: list[str | int]
) -> None:
    problem = assert_problem(await probe.post(PROBE, content=body, headers=JSON), 422)

    assert [error["loc"] for error in problem["errors"]] == [loc]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"null", id="I15 null"),
        pytest.param(b"[]", id="I15 list"),
        pytest.param(b'"x"', id="I15 string"),
        pytest.param(b"", id="I15 empty"),
        pytest.param(b"true", id="I15 true"),
        pytest.param(b'{"title": true}', id="I16 true for a string"),
        pytest.param(b'{"title": 5}', id="I16 number for a string"),
        pytest.param(b'{"title": "x", "count": "5"}', id="I16 string for a number"),
        pytest.param(b'{"title": "x", "count": true}', id="I16 true for a number"),
        pytest.param(b'{"title": "x", "count": 1.0}', id="I16 fraction for a whole number"),
        pytest.param(b'{"title": "x", "tags": {"0": "a"}}', id="I16 object for a list"),
    ],
)
async def test_json_of_another_shape_is_not_valid(probe: AsyncClient, body: bytes) -> None:
    assert_problem(await probe.post(PROBE, content=body, headers=JSON), 422)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(
            b'{"title": "\\ud83d\\ude00 \\\\ud800 \\\\u0000"}', id="escapes that are sound"
        ),
        pytest.param('{"title": "\U0001f600 \u2028 \ufffe"}'.encode(), id="any other text"),
        pytest.param(b' \r\n{"title": "x", "weight": 1.5e300}\t', id="blanks and large numbers"),
    ],
)
async def test_sound_json_goes_through_unchanged(probe: AsyncClient, body: bytes) -> None:
    response = await probe.post(PROBE, content=body, headers=JSON)

    assert response.status_code == 201
    assert response.json()["title"] == json.loads(body)["title"]


def test_depth_and_number_of_values_are_bounded_and_no_less_is_refused() -> None:
    check_json(nested(MAX_DEPTH + 1))
    check_json(json.dumps([0] * MAX_VALUES).encode())
    with pytest.raises(BadRequest):
        check_json(nested(MAX_DEPTH + 2))
    with pytest.raises(Invalid):
        check_json(json.dumps([0] * (MAX_VALUES + 1)).encode())


@pytest.mark.parametrize("unit", [b"0,", b"[],", b"{},", b'"",', b'"\\u0020",', b"1.5,"])
async def test_a_megabyte_of_small_values_keeps_nobody_waiting(
    probe: AsyncClient, unit: bytes
) -> None:
    body = b"[" + unit * (LIMIT // len(unit) - 2) + b"0]"

    started = process_time()
    assert_problem(await probe.post(PROBE, content=body, headers=JSON), 422)

    assert process_time() - started < 0.3


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
async def test_i11_another_type_is_not_supported(probe: AsyncClient, content_type: str) -> None:
    response = await probe.post(
        PROBE, content=b'{"title": "x"}', headers={"Content-Type": content_type}
    )

    assert_problem(response, 415)


async def test_i11_a_body_without_a_type_is_not_supported(probe: AsyncClient) -> None:
    assert_problem(await probe.post(PROBE, content=b'{"title": "x"}'), 415)


@pytest.mark.parametrize("content_type", ["application/json", "APPLICATION/JSON;charset=UTF-8"])
async def test_json_in_utf_8_is_supported_however_it_is_spelt(
    probe: AsyncClient, content_type: str
) -> None:
    headers = {"Content-Type": content_type}

    assert (await probe.post(PROBE, content=b'{"title": "x"}', headers=headers)).is_success


@pytest.mark.parametrize("encoding", ["gzip", "GZIP", "deflate", "br", "identity, gzip"])
async def test_i12_compression_is_not_supported(probe: AsyncClient, encoding: str) -> None:
    headers = JSON | {"Content-Encoding": encoding}

    assert_problem(await probe.post(PROBE, content=b'{"title": "x"}', headers=headers), 415)


def note_of(size: int) -> bytes:
    return json.dumps({"title": "x" * (size - 13)}).encode()


async def test_i13_a_body_of_just_the_limit_is_read(probe: AsyncClient) -> None:
    assert len(note_of(LIMIT)) == LIMIT

    assert (await probe.post(PROBE, content=note_of(LIMIT), headers=JSON)).status_code == 201


async def test_i13_one_byte_more_is_too_large(probe: AsyncClient) -> None:
    assert_problem(await probe.post(PROBE, content=note_of(LIMIT + 1), headers=JSON), 413)


async def test_i13_a_body_that_states_no_length_is_read_no_further_than_the_limit(
    probe: AsyncClient,
) -> None:
    taken = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal taken
        while True:
            taken += 65_536
            yield b" " * 65_536

    assert_problem(await probe.post(PROBE, content=endless(), headers=JSON), 413)

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
