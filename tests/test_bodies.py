"""Bodies that no slice should have to think of, sent to every endpoint that takes one."""

import json

import pytest
from httpx import AsyncClient

from tests.endpoints import JSON, WRITES, send
from tests.problems import assert_problem

OTHER_TYPES = (
    *("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"),
    "garbage",
)
each_write = pytest.mark.parametrize("write", WRITES)


@pytest.mark.attack("I1", "I2")
@each_write
async def test_nul_and_half_a_character_are_valid_in_no_field(
    unchanged: AsyncClient, write: str
) -> None:
    for escape in (rb"\u0000", rb"\ud800", rb"\udc00", rb"\udfff\ud800"):
        for field in (*WRITES[write], "unknown"):
            for value in (b'"a%bb"' % escape, b'["a%bb"]' % escape):
                body = b'{"%b": %b}' % (field.encode(), value)
                problem = assert_problem(await send(unchanged, write, body), 422)
                assert problem["errors"][0]["loc"][:2] == ["body", field]
        problem = assert_problem(await send(unchanged, write, b'{"a%bb": 1}' % escape), 422)
        assert problem["errors"][0]["loc"] == ["body"]


@pytest.mark.attack("I3", "I4")
@each_write
async def test_a_number_that_is_none_or_beyond_any_use_is_refused_in_any_field(
    unchanged: AsyncClient, write: str
) -> None:
    too_large = ("9" * 5_000, str(2**31), str(2**63))
    for field in (*WRITES[write], "unknown"):
        for number in ("NaN", "Infinity", "-Infinity", "1e999", *too_large):
            body = json.dumps(WRITES[write] | {field: "NUMBER"}).replace('"NUMBER"', number)
            response = await send(unchanged, write, body.encode())
            assert_problem(response, 400, 422, unsaid=number)


@pytest.mark.attack("I8", "I9", "I10", "I11", "I12", "I13")
@each_write
async def test_what_the_gate_refuses_reaches_no_endpoint(
    unchanged: AsyncClient, write: str
) -> None:
    sound = json.dumps(WRITES[write])
    doubled = [f"{{{sound[1:-1]}, {json.dumps({field: 'x'})[1:-1]}}}" for field in WRITES[write]]
    refused: list[tuple[int, bytes, dict[str, str]]] = [
        *((400, b"[" * depth + b"]" * depth, JSON) for depth in (1_000, 50_000, 100_000)),
        *((400, body.encode(), JSON) for body in doubled),
        (400, sound.replace("{", '{"x": "\xff", ').encode("latin-1"), JSON),
        *((400, sound.encode(encoding), JSON) for encoding in ("utf-16", "utf-32", "utf-8-sig")),
        (415, sound.encode(), {}),
        *((415, sound.encode(), {"Content-Type": each}) for each in OTHER_TYPES),
        (415, sound.encode(), JSON | {"Content-Encoding": "gzip"}),
        (413, b" " * (1024 * 1024 + 1), JSON),
    ]
    for status, body, headers in refused:
        assert_problem(await send(unchanged, write, body, headers), status)


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
