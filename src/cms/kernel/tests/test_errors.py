import logging
from collections.abc import Iterator
from typing import Any

import pytest
from anyio import sleep_forever
from fastapi import FastAPI
from httpx import AsyncClient
from starlette.types import Message, Receive, Scope, Send

from cms.kernel import Database, Settings, errors
from cms.kernel.errors import (
    Conflict,
    Invalid,
    NotFound,
    PreconditionFailed,
    Problem,
    TooManyRequests,
)
from tests.fixtures import make_client
from tests.probe import SECRET, make_probe
from tests.problems import assert_problem

PROBE = "/api/v1/probe"


def problems() -> Iterator[Problem]:
    given: dict[type[Problem], tuple[Any, ...]] = {
        Invalid: ([],),
        PreconditionFailed: ('"1"',),
        TooManyRequests: (7,),
    }
    for kind in vars(errors).values():
        if isinstance(kind, type) and issubclass(kind, Problem) and kind is not Problem:
            yield kind(*given.get(kind, ()))


@pytest.mark.parametrize("problem", list(problems()), ids=lambda problem: type(problem).__name__)
def test_every_problem_says_its_status_in_words_and_is_not_stored(problem: Problem) -> None:
    response = problem.response()

    assert response.status_code == problem.status >= 400
    assert response.media_type == "application/problem+json"
    assert response.headers["Cache-Control"] == "no-store"
    assert str(problem).endswith(".")


async def test_an_unknown_path_is_not_found(probe: AsyncClient) -> None:
    problem = assert_problem(await probe.get("/nowhere"), 404)

    assert problem == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": "There is nothing here.",
    }


@pytest.mark.attack("A1")
@pytest.mark.parametrize(
    "path",
    ["/api/v1/probe/", "/api/v1//probe", "/api/v1/Probe", "/api/v1%2Fprobe%2F", "//api/v1/probe"],
)
async def test_a_path_has_one_spelling(probe: AsyncClient, path: str) -> None:
    assert_problem(await probe.get(f"http://testserver{path}"), 404)


@pytest.mark.attack("I19")
@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        (PROBE, "GET, HEAD, POST"),
        (f"{PROBE}/read/x", "DELETE, GET, HEAD, PUT"),
        (f"{PROBE}/read/%3F%23", "DELETE, GET, HEAD, PUT"),
        ("/healthz", "GET, HEAD"),
        ("/docs", "GET, HEAD"),
        ("/openapi.json", "GET, HEAD"),
        ("/docs/assets/swagger-ui.css", "GET, HEAD"),
    ],
)
@pytest.mark.parametrize("method", ["PATCH", "TRACE", "OPTIONS", "BREW"])
async def test_another_method_is_refused_with_all_that_are_allowed(
    probe: AsyncClient, method: str, path: str, allowed: str
) -> None:
    response = await probe.request(method, path)

    assert_problem(response, 405)
    assert response.headers["Allow"] == allowed


async def test_head_is_refused_where_there_is_no_get(
    settings: Settings, database: Database
) -> None:
    async def write(scope: Scope, receive: Receive, send: Send) -> None: ...

    app = make_probe(settings, database)
    app.app.add_api_route("/only-written", write, methods=["POST"])

    async with make_client(app) as client:
        response = await client.head("/only-written")

    assert response.status_code == 405
    assert response.headers["Allow"] == "POST"
    assert not response.content


@pytest.mark.attack("D5")
@pytest.mark.parametrize("host", ["evil.example/x", "a?b", "a#b", "[", ""])
async def test_a_forged_host_changes_no_answer(probe: AsyncClient, host: str) -> None:
    response = await probe.delete(PROBE, headers={"Host": host})

    assert_problem(response, 405, unsaid="evil")
    assert response.headers["Allow"] == "GET, HEAD, POST"


async def test_what_the_framework_raises_is_a_problem_without_its_detail(
    probe: AsyncClient,
) -> None:
    problem = assert_problem(await probe.get(f"{PROBE}/refuse/418"), 418, unsaid=SECRET)

    assert problem["title"] == "I'm a Teapot"


async def test_the_client_is_told_when_to_come_back(probe: AsyncClient) -> None:
    response = await probe.get(f"{PROBE}/refuse/429")

    assert_problem(response, 429)
    assert response.headers["Retry-After"] == "7"


async def test_what_is_not_valid_is_named_and_not_repeated(probe: AsyncClient) -> None:
    sent = {"title": {"x": SECRET}, "count": SECRET, "tags": [1], "weight": SECRET}

    problem = assert_problem(await probe.post(PROBE, json=sent), 422, unsaid=SECRET)

    assert [error["loc"] for error in problem["errors"]] == [
        ["body", "title"],
        ["body", "count"],
        ["body", "weight"],
        ["body", "tags", 0],
    ]


async def test_a_refusal_stays_small_however_much_is_wrong(probe: AsyncClient) -> None:
    sent = {"title": "x"} | {f"{n:03}{'k' * 5000}": n for n in range(150)}

    response = await probe.post(PROBE, json=sent)

    problem = assert_problem(response, 422)
    assert len(problem["errors"]) == 50
    assert len(response.content) < 20_000


async def test_a_fault_of_ours_tells_nothing_and_is_logged_with_its_request(
    probe: AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    response = await probe.get(f"{PROBE}/fail", headers={"X-Request-ID": "fault-1"})

    assert_problem(response, 500, unsaid=SECRET)
    assert response.headers["X-Request-ID"] == "fault-1"
    (record,) = (r for r in caplog.records if r.levelno == logging.ERROR)
    assert vars(record)["request_id"] == "fault-1"
    assert record.exc_info


async def test_an_answer_that_has_begun_is_cut_off_and_not_made_good(probe_app: FastAPI) -> None:
    sent: list[Message] = []

    async def receive() -> Message:
        await sleep_forever()
        raise AssertionError

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "GET",
        "path": f"{PROBE}/fail-late",
        "query_string": b"",
        "headers": [],
        "client": ("192.0.2.1", 1),
    }
    with pytest.raises((RuntimeError, ExceptionGroup)):
        await probe_app(scope, receive, send)

    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    assert sent[0]["status"] == 200


def test_two_problems_of_one_status_are_both_described() -> None:
    class Taken(Conflict):
        detail = "It is taken."

    class Last(Conflict):
        detail = "It is the last one."

    assert errors.problems(Taken, NotFound, Last) == {
        409: {"description": "It is taken. It is the last one."},
        404: {"description": "There is nothing here."},
    }
