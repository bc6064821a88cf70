"""Endpoints that the cache asks by itself: which may be, and that the framework is not bypassed."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

import pytest
from fastapi import APIRouter, Cookie, Depends, Header, Request, Response
from fastapi.routing import APIRoute
from httpx import AsyncClient

from cms.kernel.app import create_app
from cms.kernel.cache import cached
from cms.kernel.config import Settings
from cms.kernel.database import Database
from cms.kernel.direct import DirectCall
from cms.kernel.slices import Slice
from tests.fixtures import make_client

HEADERS = {"ETag": '"1"', "Cache-Control": "public"}


async def reads_a_header(accept_language: Annotated[str, Header()]) -> None: ...


async def reads_a_cookie(theme: Annotated[str, Cookie()]) -> None: ...


async def depends_on_a_header(_: Annotated[None, Depends(reads_a_header)]) -> None: ...


async def generates() -> AsyncIterator[int]:
    yield 1


async def depends_on_a_generator(_: Annotated[int, Depends(generates)]) -> None: ...


def runs_in_a_thread() -> None: ...


def dependant_of(endpoint: Any) -> Any:
    return APIRoute("/", endpoint).dependant


@pytest.mark.parametrize(
    "endpoint",
    [
        reads_a_header,
        reads_a_cookie,
        depends_on_a_header,
        depends_on_a_generator,
        runs_in_a_thread,
    ],
)
def test_what_cannot_be_kept_or_called_is_refused_at_the_start(endpoint: Any) -> None:
    with pytest.raises(TypeError, match="cannot be cached"):
        DirectCall(dependant_of(endpoint))


async def doubled(number: int) -> int:
    return number * 2


async def shows(
    request: Request, name: str, twice: Annotated[int, Depends(doubled)]
) -> tuple[str, str, int]:
    return request.method, name, twice


async def test_an_endpoint_gets_its_parameters_and_what_it_depends_on() -> None:
    request = Request({"type": "http", "method": "GET"})

    result = await DirectCall(dependant_of(shows))(request, {"name": "a", "number": 21})

    assert result == ("GET", "a", 42)


def make_router() -> APIRouter:
    router = APIRouter()

    @router.get("/things/special")
    async def special() -> str:
        return "special"

    @router.get("/things/{slug}")
    @cached("things")
    async def thing(slug: str, size: int = 1) -> Response:
        if slug == "broken":
            raise RuntimeError("a secret")
        return Response(f"{slug} {size}", headers=HEADERS)

    return router


@pytest.fixture
async def visitor(settings: Settings, database: Database) -> AsyncIterator[AsyncClient]:
    app = create_app(settings, [Slice("things", "Things.", make_router())], None, database)  # type: ignore[arg-type]  # nobody logs in here
    async with make_client(app) as client:
        yield client


async def test_a_route_that_comes_first_is_the_frameworks_choice(visitor: AsyncClient) -> None:
    assert (await visitor.get("/things/special")).json() == "special"
    assert (await visitor.get("/things/other?size=3")).text == "other 3"


async def test_a_bad_parameter_is_refused_by_the_framework(visitor: AsyncClient) -> None:
    response = await visitor.get("/things/other?size=x")

    assert response.status_code == 422
    assert response.json()["errors"][0]["loc"] == ["query", "size"]


async def test_a_fault_of_ours_is_a_500_like_any_other(visitor: AsyncClient) -> None:
    response = await visitor.get("/things/broken")

    assert response.status_code == 500
    assert response.headers["content-type"] == "application/problem+json"
    assert "secret" not in response.text
