"""CORS of what is answered from memory."""

import pytest

from cms.kernel import Record
from tests.cache.site import POSTS, Site
from tests.problems import assert_problem


@pytest.mark.attack("C4")
@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"{POSTS}/nothing", 404),
        (f"{POSTS}?status=all", 401),
        (f"{POSTS}?status=all&page=2", 401),
        (f"{POSTS}?page=0", 422),
        (f"{POSTS}?unknown=1", 422),
        (f"{POSTS}/" + "x" * 9000, 414),
    ],
)
async def test_an_allowed_origin_may_read_the_errors_of_a_cached_endpoint(
    site: Site, path: str, status: int
) -> None:
    for _ in range(2):
        answer = await site.get(path, Origin="https://admin.example.com")
        stranger = await site.get(path, Origin="https://evil.example.com")

        assert_problem(answer, status)
        assert answer.headers["access-control-allow-origin"] == "https://admin.example.com"
        assert answer.headers["vary"] == "Origin"
        assert "access-control-allow-origin" not in stranger.headers


@pytest.mark.attack("C4")
async def test_an_allowed_origin_may_read_a_fault_behind_a_cached_endpoint(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_args: object, **_values: object) -> list[Record]:
        raise RuntimeError

    monkeypatch.setattr(site.database, "fetch", fail)

    answer = await site.get(POSTS, Origin="https://admin.example.com")

    assert_problem(answer, 500)
    assert answer.headers["access-control-allow-origin"] == "https://admin.example.com"


@pytest.mark.attack("C6", "C1")
async def test_a_copy_made_without_origin_answers_one_with_it_and_the_reverse(
    site: Site,
) -> None:
    await site.get(POSTS)
    with_origin = await site.get(POSTS, Origin="https://admin.example.com")
    with_another = await site.get(POSTS, Origin="https://evil.example.com")
    without = await site.get(POSTS)

    assert with_origin.headers["access-control-allow-credentials"] == "true"
    assert with_origin.headers["access-control-allow-origin"] == "https://admin.example.com"
    assert "access-control-allow-origin" not in with_another.headers
    assert "access-control-allow-origin" not in without.headers
    assert without.headers["vary"] == "Origin"
