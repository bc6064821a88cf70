"""Behind a proxy that has the API under a path of its own, whether or not it removes that path."""

import re
from http.cookies import SimpleCookie

import pytest
from httpx import AsyncClient
from pydantic import ValidationError

from cms.cache import PublicCache
from cms.identity.cookie import COOKIE
from cms.identity.tests.factories import PASSWORD, UserFactory
from cms.kernel import Settings
from cms.main import assemble
from cms.posts.tests.factories import PostFactory
from tests.cache.site import no_statement, run_site
from tests.fixtures import Save, make_settings

ROOT = "/cms"
# What arrives here, with a proxy that removes the path and with one that passes it on.
BOTH = pytest.mark.parametrize("arriving", ["", ROOT])
REFERENCE = re.compile(r"""(?:src|href|url)\s*[=:]\s*["']([^"']+)["']""")


@pytest.fixture(scope="module")
def whole_app(settings: Settings) -> PublicCache:
    return assemble(make_settings(settings.database_url, root_path=ROOT))


@BOTH
async def test_a_new_document_is_where_its_location_says(
    editor: AsyncClient, arriving: str
) -> None:
    made = await editor.post(f"{arriving}/api/v1/posts", json={"title": "One", "published": True})

    assert made.headers["Location"] == f"{ROOT}/api/v1/posts/one"
    found = await editor.get(made.headers["Location"].removeprefix(ROOT[len(arriving) :]))
    assert found.status_code == 200


@BOTH
@pytest.mark.parametrize("page", ["/docs", "/redoc"])
async def test_the_documentation_finds_its_files_through_the_proxy(
    client: AsyncClient, arriving: str, page: str
) -> None:
    shown = await client.get(arriving + page)

    references = REFERENCE.findall(shown.text)
    assert f"{ROOT}/openapi.json" in shown.text
    assert len(references) >= 2
    for reference in references:
        assert reference.startswith(f"{ROOT}/")
        arrived = arriving + reference.removeprefix(ROOT)
        assert (await client.get(arrived)).status_code == 200


@BOTH
async def test_the_openapi_document_names_the_path_as_its_server(
    client: AsyncClient, arriving: str
) -> None:
    document = (await client.get(f"{arriving}/openapi.json")).json()

    assert [server["url"] for server in document["servers"]] == [ROOT]
    assert "/api/v1/posts" in document["paths"]


@BOTH
async def test_the_cookie_of_a_session_is_sent_there_alone(
    client: AsyncClient, save: Save, arriving: str
) -> None:
    user = UserFactory.build()
    await save(user)

    response = await client.post(
        f"{arriving}/api/v1/auth/login",
        json={"email": user.email, "password": PASSWORD},
        headers={"X-Session": "cookie"},
    )

    cookie = SimpleCookie(response.headers["Set-Cookie"])[COOKIE]
    assert cookie["path"] == f"{ROOT}/api/v1/auth"


@BOTH
async def test_what_is_refused_is_refused_as_without_the_path(
    client: AsyncClient, save: Save, arriving: str
) -> None:
    await save(PostFactory.build(slug="one"))

    assert (await client.get(f"{arriving}/api/v1/posts/two")).status_code == 404
    assert (await client.get(f"{arriving}/api/v1/posts/one?unknown=1")).status_code == 422
    not_allowed = await client.delete(f"{arriving}/api/v1/posts")
    assert not_allowed.status_code == 405
    assert not_allowed.headers["Allow"] == "GET, HEAD, POST"


@BOTH
async def test_answers_are_remembered_under_the_path(settings: Settings, arriving: str) -> None:
    async with run_site(make_settings(settings.database_url, root_path=ROOT)) as site:
        first = await site.get(f"{arriving}/api/v1/posts")
        async with no_statement(site):
            again = await site.get(f"{arriving}/api/v1/posts")

    assert first.status_code == again.status_code == 200
    assert again.headers["ETag"] == first.headers["ETag"]


@pytest.mark.parametrize("path", ["cms", "/cms/", "/api", "/docs/x", "/a b", "//x", "/a?b", "/.."])
def test_what_is_no_path_of_ones_own_is_refused(path: str) -> None:
    with pytest.raises(ValidationError, match="give it as in /cms"):
        make_settings("postgresql://db/cms", root_path=path)
