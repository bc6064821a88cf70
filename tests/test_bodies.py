"""Bodies that no slice should have to think of, sent to every endpoint that takes one."""

import json

import pytest
from httpx import AsyncClient

from tests.endpoints import JSON, WRITES, send
from tests.problems import assert_problem

each_write = pytest.mark.parametrize("write", WRITES)


@pytest.mark.attack("I1")
@each_write
async def test_nul_in_any_field_is_not_valid(unchanged: AsyncClient, write: str) -> None:
    await assert_unstorable(unchanged, write, rb"\u0000")


@pytest.mark.attack("I2")
@each_write
async def test_half_a_character_in_any_field_is_not_valid(
    unchanged: AsyncClient, write: str
) -> None:
    for surrogate in (rb"\ud800", rb"\udc00", rb"\udfff\ud800"):
        await assert_unstorable(unchanged, write, surrogate)


async def assert_unstorable(client: AsyncClient, write: str, escape: bytes) -> None:
    for field in (*WRITES[write], "unknown"):
        name = field.encode()
        for body in (b'{"%b": "a%bb"}' % (name, escape), b'{"%b": ["a%bb"]}' % (name, escape)):
            problem = assert_problem(await send(client, write, body), 422)

            assert problem["errors"][0]["loc"][:2] == ["body", field]
    problem = assert_problem(await send(client, write, b'{"a%bb": 1}' % escape), 422)
    assert problem["errors"][0]["loc"] == ["body"]


@pytest.mark.attack("I3")
@each_write
async def test_a_number_that_is_none_is_refused_in_any_field(
    unchanged: AsyncClient, write: str
) -> None:
    for field in (*WRITES[write], "unknown"):
        for number in (b"NaN", b"Infinity", b"-Infinity", b"1e999"):
            await send_number(unchanged, write, field, number)


@pytest.mark.attack("I4")
@each_write
async def test_a_number_beyond_any_use_is_refused_in_any_field(
    unchanged: AsyncClient, write: str
) -> None:
    for field in (*WRITES[write], "unknown"):
        for number in (b"9" * 5_000, b"%d" % 2**31, b"%d" % 2**63):
            await send_number(unchanged, write, field, number)


async def send_number(client: AsyncClient, write: str, field: str, number: bytes) -> None:
    body = json.dumps(WRITES[write] | {field: "NUMBER"}).encode().replace(b'"NUMBER"', number)

    assert_problem(await send(client, write, body), 400, 422, unsaid=number.decode())


@pytest.mark.attack("I8")
@each_write
async def test_deep_json_reaches_no_endpoint(unchanged: AsyncClient, write: str) -> None:
    for depth in (1_000, 50_000, 100_000):
        assert_problem(await send(unchanged, write, b"[" * depth + b"]" * depth), 400)


@pytest.mark.attack("I9")
@each_write
async def test_a_repeated_key_reaches_no_endpoint(unchanged: AsyncClient, write: str) -> None:
    for field, value in WRITES[write].items():
        member = json.dumps({field: value})[1:-1]

        assert_problem(await send(unchanged, write, b"{%b, %b}" % ((member.encode(),) * 2)), 400)


@pytest.mark.attack("I10")
@each_write
async def test_another_encoding_reaches_no_endpoint(unchanged: AsyncClient, write: str) -> None:
    sound = json.dumps(WRITES[write])
    for body in (
        sound.replace("{", '{"x": "\xff", ').encode("latin-1"),
        sound.encode("utf-16"),
        sound.encode("utf-32"),
        sound.encode("utf-8-sig"),
    ):
        assert_problem(await send(unchanged, write, body), 400)


@pytest.mark.attack("I11")
@each_write
async def test_what_does_not_say_it_is_json_reaches_no_endpoint(
    unchanged: AsyncClient, write: str
) -> None:
    body = json.dumps(WRITES[write]).encode()
    for headers in (
        {},
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "multipart/form-data; boundary=x"},
        {"Content-Type": "garbage"},
    ):
        assert_problem(await send(unchanged, write, body, headers), 415)


@pytest.mark.attack("I12")
@each_write
async def test_what_is_compressed_reaches_no_endpoint(unchanged: AsyncClient, write: str) -> None:
    body = json.dumps(WRITES[write]).encode()

    assert_problem(await send(unchanged, write, body, JSON | {"Content-Encoding": "gzip"}), 415)


@pytest.mark.attack("I13")
@each_write
async def test_one_byte_too_many_reaches_no_endpoint(unchanged: AsyncClient, write: str) -> None:
    assert_problem(await send(unchanged, write, b" " * (1024 * 1024 + 1)), 413)


@pytest.mark.attack("I15")
@each_write
async def test_json_of_another_shape_is_not_valid(unchanged: AsyncClient, write: str) -> None:
    for body in (b"", b"null", b"[]", b'"x"', b"5", b"true", b"[{}]", b'{"a": {}}'):
        assert_problem(await send(unchanged, write, body), 422)
    sound = json.dumps(WRITES[write]).encode()
    for body in (sound + b" x", sound + sound, sound[:-1], b" "):
        assert_problem(await send(unchanged, write, body), 400)


@pytest.mark.attack("I16")
@each_write
async def test_values_of_another_type_are_not_valid(unchanged: AsyncClient, write: str) -> None:
    for field in WRITES[write]:
        for value in (5, True, ["x"], {"x": "x"}):
            body = json.dumps(WRITES[write] | {field: value}).encode()

            problem = assert_problem(await send(unchanged, write, body), 422)

            assert problem["errors"][0]["loc"][:2] == ["body", field]


@pytest.mark.attack("A12")
@each_write
async def test_what_the_server_decides_is_not_taken_from_a_client(
    unchanged: AsyncClient, write: str
) -> None:
    fields = {"id", "created_at", "updated_at", "version", "author_id", "is_superuser", "role"}
    if "/users" in write and "/me/" not in write:
        fields.remove("role")  # which an admin decides
    for field in fields:
        body = json.dumps(WRITES[write] | {field: "s3cret"}).encode()

        response = await send(unchanged, write, body)

        problem = assert_problem(response, 422, unsaid="s3cret")
        # A document's own times and id may come back as they are: "s3cret" is none.
        assert [error["loc"] for error in problem["errors"]] == [["body", field]]
