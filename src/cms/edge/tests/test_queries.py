from typing import Annotated, Any

import pytest
from fastapi import FastAPI, Query
from httpx import ASGITransport, AsyncClient
from pydantic import BaseModel, Field

from cms.edge.strict_query import StrictQuery, readable_routes
from tests.problems import assert_problem

PROBE = "/api/v1/probe"


@pytest.mark.parametrize(
    "query",
    [
        "colour=red&page=2&per_page=100",
        "tag=a&tag=b&tag=a",
        "page=2147483647",
        "page=007",
        "",
        "&&",
    ],
)
async def test_declared_parameters_pass_and_lists_may_be_repeated(
    probe: AsyncClient, query: str
) -> None:
    assert (await probe.get(f"{PROBE}?{query}")).status_code == 200


@pytest.mark.parametrize(
    "query",
    [
        pytest.param("unknown=1", id="unknown"),
        pytest.param("unknown", id="unknown without a value"),
        pytest.param("Page=1", id="other case"),
        pytest.param("page%20=1", id="blank behind the name"),
        pytest.param("page[]=1", id="brackets"),
        pytest.param("=1", id="no name"),
        pytest.param("sort=title", id="sort"),
        pytest.param("filter[published]=false", id="filter"),
        pytest.param("include=drafts", id="include"),
        pytest.param("colour=a&colour=a", id="doubled"),
        pytest.param("page=1&%70age=2", id="twice in disguise"),
        pytest.param("page=1;page=2", id="semicolon"),
        pytest.param("page=%FF", id="no character"),
    ],
)
async def test_any_other_query_is_not_valid(probe: AsyncClient, query: str) -> None:
    for method in ("GET", "HEAD"):
        response = await probe.request(method, f"{PROBE}?{query}")

        assert response.status_code == 422

    problem = assert_problem(await probe.get(f"{PROBE}?{query}"), 422)
    assert all(error["loc"][0] == "query" for error in problem["errors"])


@pytest.mark.parametrize(
    ("query", "locs", "types"),
    [
        ("x=1&y=2", [["query", "x"], ["query", "y"]], {"extra_forbidden"}),
        ("colour=a&colour=b", [["query", "colour"]], {"repeated"}),
        ("page=0", [["query", "page"]], {"greater_than_equal"}),
    ],
)
async def test_what_is_wrong_with_a_query_is_named(
    probe: AsyncClient, query: str, locs: Any, types: set[str]
) -> None:
    problem = assert_problem(await probe.get(f"{PROBE}?{query}"), 422)

    assert [error["loc"] for error in problem["errors"]] == locs
    assert {error["type"] for error in problem["errors"]} == types


async def test_a_value_is_not_repeated(probe: AsyncClient) -> None:
    for query in ("page=s3cret", "unknown=s3cret", "colour=s3cret&colour=s3cret"):
        assert_problem(await probe.get(f"{PROBE}?{query}"), 422, unsaid="s3cret")


async def test_thousands_of_parameters_get_a_short_answer(probe: AsyncClient) -> None:
    response = await probe.get(f"{PROBE}?{'&'.join(f'a{n}' for n in range(1000))}")

    assert len(assert_problem(response, 422)["errors"]) == 50


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
async def test_an_endpoint_without_parameters_takes_none(probe: AsyncClient, path: str) -> None:
    assert_problem(await probe.get(f"{path}?verbose=1"), 422)


async def test_a_write_is_judged_by_its_body(probe: AsyncClient) -> None:
    response = await probe.post(f"{PROBE}?_method=DELETE", json={"title": "x"})

    assert response.status_code == 201


class Wanted(BaseModel):
    plain: str = ""
    named: Annotated[str, Field(alias="by-alias")] = ""
    read: Annotated[str, Field(validation_alias="by-validation-alias")] = ""
    shown: Annotated[str, Field(serialization_alias="elsewhere")] = ""
    many: list[str] = []


async def test_the_fields_of_a_query_s_model_are_its_parameters() -> None:
    app = FastAPI()

    @app.get("/")
    async def read(wanted: Annotated[Wanted, Query()]) -> dict[str, Any]:
        return wanted.model_dump()

    strict = StrictQuery(app, list(readable_routes(app)))
    given = {"plain": "a", "by-alias": "b", "by-validation-alias": "c", "shown": "d"}
    async with AsyncClient(transport=ASGITransport(strict), base_url="http://test") as client:
        answer = await client.get("/", params={**given, "many": ["e", "f"]})
        refused = [
            await client.get("/", params={name: "x"})
            for name in ("named", "read", "elsewhere", "wanted")
        ]
        twice = await client.get("/?plain=a&plain=b")

    assert answer.json() == dict(
        zip(("plain", "named", "read", "shown", "many"), (*given.values(), ["e", "f"]), strict=True)
    )
    assert {each.status_code for each in (*refused, twice)} == {422}
