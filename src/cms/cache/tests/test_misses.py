"""What a miss asks of the application, for whom, and how often."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Any

import pytest
from fastapi import Cookie, Depends, Header, Request, Response
from httpx import AsyncClient

from cms.cache import PublicCache, cached
from cms.kernel import Database, NotFound, Settings, Slice, slice_router
from cms.main import assemble
from cms.postgres import Changes
from tests.fixtures import TransactionDatabase, make_client
from tests.problems import assert_problem

ROOM = "/api/v1/room"
PUBLIC = {"Cache-Control": "public, max-age=0", "ETag": '"1"'}


class HearingChanges(Changes):
    """As while the listener lives: what it hears, the tests tell it."""

    def is_current(self, now: float | None = None) -> bool:  # noqa: ARG002
        return True


class Door:
    """Keeps an endpoint waiting until it is opened, and counts who came."""

    def __init__(self) -> None:
        self.calls = 0
        self.reached, self.opened = asyncio.Event(), asyncio.Event()

    async def enter(self) -> int:
        self.calls += 1
        self.reached.set()
        await self.opened.wait()
        return self.calls


router = slice_router("room", "/room")


async def get_greeting() -> str:
    return "Hello"


def answer(text: str, **headers: str) -> Response:
    return Response(text, headers=PUBLIC | headers)


@router.get("/greeting")
@cached("rooms")
async def greet(request: Request, greeting: Annotated[str, Depends(get_greeting)]) -> Response:
    who = request.headers.get("authorization") or request.headers.get("cookie") or "nobody"
    peer = request.client.host if request.client else "nowhere"
    return answer(f"{greeting}, {who} from {peer}")


@router.get("/states")
@cached("rooms")
async def by_state(request: Request, status: str = "new") -> Response:
    request.app.state.calls.append(status)
    return answer(status)


@router.get("/door")
@cached("rooms")
async def wait_at_door(request: Request) -> Response:
    return answer(str(await request.app.state.door.enter()))


@router.get("/nobody")
@cached("rooms")
async def find_nobody(request: Request) -> Response:
    await request.app.state.door.enter()
    raise NotFound


@router.get("/mistake")
@cached("rooms")
async def mistake(request: Request) -> Response:
    await request.app.state.door.enter()
    raise TypeError("a mistake of the endpoint")


@router.get("/untold")
@cached("rooms")
async def untold() -> Response:
    return Response("for whom?")


@pytest.fixture
def cache(settings: Settings, database: TransactionDatabase) -> PublicCache:
    database.changes = HearingChanges("", 1)
    cache = assemble(settings, [Slice("room", "A room.", router)], database=database)
    cache.app.state.door, cache.app.state.calls = Door(), []
    return cache


@pytest.fixture
async def visitor(cache: PublicCache) -> AsyncIterator[AsyncClient]:
    async with make_client(cache) as client:
        yield client


async def test_a_cached_endpoint_is_told_nothing_of_who_asks(visitor: AsyncClient) -> None:
    headers = {"Authorization": "Bearer mine", "Cookie": "a=b"}
    first = await visitor.get(f"{ROOM}/greeting", headers=headers)
    second = await visitor.get(f"{ROOM}/greeting")

    assert first.text == second.text == "Hello, nobody from nowhere"


async def test_the_overrides_of_dependencies_count(
    cache: PublicCache, visitor: AsyncClient
) -> None:
    async def get_farewell() -> str:
        return "Goodbye"

    cache.app.dependency_overrides[get_greeting] = get_farewell

    assert (await visitor.get(f"{ROOM}/greeting")).text.startswith("Goodbye")


async def test_a_slices_own_status_is_a_parameter_like_any_other(
    cache: PublicCache, visitor: AsyncClient
) -> None:
    for query in ("?status=old", "?status=old", "?status=new"):
        await visitor.get(f"{ROOM}/states{query}")

    assert cache.app.state.calls == ["old", "new"]


async def test_a_mistake_of_a_cached_endpoint_is_told_and_runs_once(
    cache: PublicCache, visitor: AsyncClient
) -> None:
    cache.app.state.door.opened.set()

    assert_problem(await visitor.get(f"{ROOM}/mistake"), 500)
    assert cache.app.state.door.calls == 1


async def test_a_cached_answer_that_does_not_say_whom_it_is_for_is_a_fault(
    visitor: AsyncClient,
) -> None:
    assert_problem(await visitor.get(f"{ROOM}/untold"), 500)


@pytest.mark.parametrize("kind", [Header, Cookie])
async def test_an_endpoint_that_asks_for_more_than_path_and_query_cannot_be_cached(
    kind: Any, settings: Settings, database: Database
) -> None:
    nosy = slice_router("nosy", "/nosy")

    @nosy.get("")
    @cached("rooms")
    async def read(language: Annotated[str, kind()] = "") -> Response:
        return answer(language)

    with pytest.raises(TypeError, match="cannot be cached"):
        assemble(settings, [Slice("nosy", "Too nosy.", nosy)], database=database)


@pytest.mark.parametrize(("path", "status"), [("door", 200), ("nobody", 404), ("mistake", 500)])
async def test_whoever_waits_shares_the_first_answer_whatever_it_is(
    cache: PublicCache, visitor: AsyncClient, path: str, status: int
) -> None:
    door: Door = cache.app.state.door
    waiting = [asyncio.create_task(visitor.get(f"{ROOM}/{path}")) for _ in range(50)]
    await door.reached.wait()
    door.opened.set()

    assert {(await each).status_code for each in waiting} == {status}
    assert door.calls == 1


async def test_an_answer_that_a_change_overtakes_is_given_to_nobody_who_waits(
    cache: PublicCache, visitor: AsyncClient
) -> None:
    door: Door = cache.app.state.door
    first = asyncio.create_task(visitor.get(f"{ROOM}/door"))
    await door.reached.wait()
    waiting = [asyncio.create_task(visitor.get(f"{ROOM}/door")) for _ in range(20)]
    await asyncio.sleep(0)
    cache.changes.change("rooms", None)
    late = [asyncio.create_task(visitor.get(f"{ROOM}/door")) for _ in range(20)]
    door.opened.set()

    assert (await first).text == "1"
    assert {(await each).text for each in (*waiting, *late)} == {"2"}
    assert door.calls == 2


async def test_whoever_waits_asks_anew_when_the_first_has_left(
    cache: PublicCache, visitor: AsyncClient
) -> None:
    door: Door = cache.app.state.door
    first = asyncio.create_task(visitor.get(f"{ROOM}/door"))
    await door.reached.wait()
    second = asyncio.create_task(visitor.get(f"{ROOM}/door"))
    await asyncio.sleep(0)
    first.cancel()
    door.opened.set()

    assert (await second).text == "2"


async def test_of_two_request_ids_hits_and_misses_take_the_same(visitor: AsyncClient) -> None:
    headers = [("X-Request-ID", "first"), ("X-Request-ID", "second")]
    miss = await visitor.get(f"{ROOM}/greeting", headers=headers)
    hit = await visitor.get(f"{ROOM}/greeting", headers=headers)

    assert miss.headers["x-request-id"] == hit.headers["x-request-id"] == "first"
