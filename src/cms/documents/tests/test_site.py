"""Where a document lives on the website."""

import pytest
from httpx import AsyncClient
from pydantic import ValidationError

from cms.documents.site import Site, reserve_site_paths
from cms.kernel import Settings
from tests.fixtures import make_settings
from tests.problems import assert_problem


def site(**values: object) -> Site:
    return Site.of(make_settings("postgresql://db/cms", **values))


def test_a_document_has_a_path_by_its_type_or_its_own() -> None:
    where = site()

    assert where.path_of("posts", "hello") == "/blog/hello"
    assert where.path_of("pages", "about") == "/about"
    assert where.path_of("pages", "home") == "/"
    assert where.path_of("events", "fair") == "/events/fair"
    assert where.url_of("/about") is None


def test_settings_say_where_the_site_is() -> None:
    where = site(
        site_url="https://www.example.com/de/", site_paths="posts=/n/{slug}.html,posts/a=/"
    )

    assert where.url_of(where.path_of("posts", "b")) == "https://www.example.com/de/n/b.html"
    assert where.path_of("posts", "a") == "/"


@pytest.mark.parametrize("url", ["www.example.com", "ftp://x", "https://u:p@x", "https://x/?a=b"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ValidationError, match="give it as"):
        site(site_url=url)


@pytest.mark.parametrize("path", ["posts", "posts=blog/{slug}", "posts=/blog", "posts=//{slug}?a"])
def test_a_path_that_leads_nowhere_is_refused(path: str) -> None:
    with pytest.raises(ValidationError, match="give it as"):
        site(site_paths=path)


async def test_no_document_hides_what_the_website_has_at_its_root(
    admin: AsyncClient, settings: Settings
) -> None:
    pages, posts = "/api/v1/pages", "/api/v1/posts"
    page = {"title": "Blog", "slug": "news"}
    assert (await admin.post(pages, json=page)).status_code == 201
    for slug in ("blog", "admin", "login", "preview"):
        for method, path in (("POST", pages), ("PUT", f"{pages}/news"), ("PATCH", f"{pages}/news")):
            response = await admin.request(method, path, json=page | {"slug": slug})
            problem = assert_problem(response, 422)
            assert [error["loc"] for error in problem["errors"]] == [["body", "slug"]]
        post = {"title": "Elsewhere", "slug": slug}
        assert (await admin.post(posts, json=post)).status_code == 201
    created = [(await admin.post(pages, json={"title": "Blog"})).json()["slug"] for _ in "ab"]
    assert created == ["blog-2", "blog-3"]

    try:  # other settings: what is called so already keeps its name
        reserve_site_paths(
            settings.model_copy(
                update={"site_paths": ["pages=/{slug}"], "reserved_slugs": ["news"]}
            )
        )
        assert (await admin.put(f"{pages}/news", json=page)).status_code == 200
        assert (await admin.post(pages, json=page | {"slug": "posts"})).status_code == 422
        assert (await admin.post(pages, json=page | {"slug": "blog"})).status_code == 201
    finally:
        reserve_site_paths(settings)
