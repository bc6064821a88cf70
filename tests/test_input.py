"""Addresses and methods that no slice should have to think of, asked of every endpoint."""

from time import process_time

import pytest
from httpx import AsyncClient

from tests.endpoints import API, LISTS, READS, USER_ID
from tests.problems import assert_problem

# What is no whole number between 1 and 2^31 - 1 in plain decimal digits.
NO_NUMBERS = (
    *("0", "-1", "+1", "1e3", "1_0", "1.0", "1.5", " 1 ", "1 ", "1\n", "١", "１", "²", "0x1"),
    *("", "x", "true", "null", "NaN", "Infinity", "1\0", "1,2", "1;2"),
    *(str(2**31), str(2**63), str(10**30), "9" * 5_000),
)
# What is taken by each of the ways to read a number but ours.
SOME_NO_NUMBERS = ("0", "1.0", " 1 ", "1_0", "١", "1\0", str(2**31))


@pytest.mark.attack("I1")
async def test_nul_in_a_path_or_query_finds_nothing(unchanged: AsyncClient) -> None:
    for path in READS:
        for address in (f"{path}%00", f"/%00{path[1:]}", f"{path}/%00"):
            assert_problem(await unchanged.get(API + address), 404)
        for query in ("page=1%00", "a%00=1", "tag=a%00b", "status=all%00"):
            assert_problem(await unchanged.get(f"{API}{path}?{query}"), 422)


@pytest.mark.attack("I4", "I5", "I7")
@pytest.mark.parametrize("name", ["page", "per_page"])
async def test_what_is_no_number_in_range_is_refused_by_name(
    unchanged: AsyncClient, name: str
) -> None:
    for path in LISTS:
        largest = {"/sitemap": 1_000, "/redirects": 10_000}.get(path, 100)
        too_large = (str(largest + 1), "1000000000") if name == "per_page" else ()
        no_numbers = NO_NUMBERS if path == "/posts" else SOME_NO_NUMBERS
        for values in (*no_numbers, *too_large, ["1", "1"], ["1", "2"]):
            response = await unchanged.get(API + path, params={name: values})
            problem = assert_problem(response, 422)
            assert [error["loc"] for error in problem["errors"]] == [["query", name]], values


@pytest.mark.attack("I6")
async def test_beyond_the_last_page_there_is_nothing_and_soon(unchanged: AsyncClient) -> None:
    for path in LISTS:
        first = (await unchanged.get(f"{API}{path}?per_page=100")).json()

        began = process_time()
        last = await unchanged.get(f"{API}{path}?page={2**31 - 1}&per_page=100")

        assert process_time() - began < 0.1
        assert last.status_code == 200
        assert last.json() == first | {"items": [], "page": 2**31 - 1}
        assert first["total"] >= 1


@pytest.mark.attack("A5")
async def test_an_unknown_parameter_of_a_read_is_not_valid(unchanged: AsyncClient) -> None:
    for path in READS:
        for name in ("unknown", "sort", "filter[published]", "a\0", "Page", "page[]", "_method"):
            response = await unchanged.get(API + path, params={name: "s3cret"})
            problem = assert_problem(response, 422, unsaid="s3cret")
            assert [error["loc"] for error in problem["errors"]] == [["query", name]]


@pytest.mark.attack("I17")
@pytest.mark.parametrize("id_", ["1", "me%00", "019abf3e", f"{USER_ID}x", "%7B%7D", "a" * 300])
async def test_what_is_no_id_is_not_found(unchanged: AsyncClient, id_: str) -> None:
    for method, path in (
        ("GET", f"/users/{id_}"),
        ("DELETE", f"/users/{id_}"),
        ("DELETE", f"/users/me/sessions/{id_}"),
    ):
        assert_problem(await unchanged.request(method, API + path), 404)


@pytest.mark.attack("I19")
async def test_head_is_answered_as_get_is(unchanged: AsyncClient) -> None:
    for path in READS:
        headers = {"X-Request-ID": "same"}
        get = await unchanged.get(API + path, headers=headers)
        head = await unchanged.head(API + path, headers=headers)

        assert (head.status_code, head.headers, head.content) == (get.status_code, get.headers, b"")


@pytest.mark.attack("I19")
@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/pages", "GET, HEAD, POST"),
        ("/posts/kept", "DELETE, GET, HEAD, PATCH, PUT"),
        ("/settings", "GET, HEAD, PATCH, PUT"),
        ("/auth/login", "POST"),
        ("/users", "GET, HEAD, POST"),
        ("/users/me", "GET, HEAD"),
        ("/users/me/password", "PUT"),
        (f"/users/{USER_ID}", "DELETE, GET, HEAD, PATCH"),
        (f"/users/me/sessions/{USER_ID}", "DELETE"),
    ],
)
async def test_other_methods_are_refused_with_all_that_are_not(
    unchanged: AsyncClient, path: str, allowed: str
) -> None:
    for method in ("TRACE", "OPTIONS", "PROPFIND", "BREW"):
        response = await unchanged.request(method, API + path)

        assert_problem(response, 405)
        assert response.headers["Allow"] == allowed


@pytest.mark.attack("A14")
async def test_no_header_turns_a_read_into_a_write(unchanged: AsyncClient) -> None:
    for name in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"):
        response = await unchanged.post(
            f"{API}/pages/kept", headers={name: "DELETE"}, params={"_method": "DELETE"}, json={}
        )

        assert_problem(response, 405)
