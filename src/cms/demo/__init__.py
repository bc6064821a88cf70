"""The demo content: the website of Kerbelo, an invented planner of cargo bike rounds."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from typing import TypedDict


class DemoSettings(TypedDict):
    site_name: str
    tagline: str
    logo_url: str
    footer_text: str
    social_links: dict[str, str]


class DemoPage(TypedDict):
    title: str
    slug: str
    body: str
    meta_title: str
    meta_description: str
    og_image_url: str
    published: bool


class DemoPost(TypedDict):
    title: str
    slug: str
    body: str
    excerpt: str
    author: str
    featured_image_url: str
    tags: list[str]
    published: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Demo:
    """A whole website; the posts are in order of `created_at`, oldest first."""

    settings: DemoSettings
    pages: list[DemoPage]
    posts: list[DemoPost]


def load() -> Demo:
    """Reads the demo content from the package."""
    settings: DemoSettings = json.loads((files(__name__) / "settings.json").read_text("utf-8"))
    pages = [_page(meta, body) for meta, body in _documents("pages")]
    posts = [_post(meta, body) for meta, body in _documents("posts")]
    return Demo(settings, pages, posts)


def _documents(folder: str) -> Iterator[tuple[dict[str, str], str]]:
    """Each file holds lines of `key: value`, then a line `---`, then the HTML."""
    for file in sorted((files(__name__) / folder).iterdir(), key=lambda file: file.name):
        head, _, body = file.read_text("utf-8").partition("\n---\n")
        pairs = (line.partition(":") for line in head.splitlines())
        yield {key.strip(): value.strip() for key, _, value in pairs}, body.strip()


def _page(meta: dict[str, str], body: str) -> DemoPage:
    return DemoPage(
        title=meta["title"],
        slug=meta["slug"],
        body=body,
        meta_title=meta["meta_title"],
        meta_description=meta["meta_description"],
        og_image_url=meta["og_image_url"],
        published=meta["published"] == "true",
    )


def _post(meta: dict[str, str], body: str) -> DemoPost:
    return DemoPost(
        title=meta["title"],
        slug=meta["slug"],
        body=body,
        excerpt=meta["excerpt"],
        author=meta["author"],
        featured_image_url=meta["featured_image_url"],
        tags=[tag.strip() for tag in meta["tags"].split(",")],
        published=meta["published"] == "true",
        created_at=datetime.fromisoformat(meta["created_at"]),
    )
