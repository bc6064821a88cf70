"""Where a document lives on the website."""

import pytest
from pydantic import ValidationError

from cms.documents.site import Site
from tests.fixtures import make_settings


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
