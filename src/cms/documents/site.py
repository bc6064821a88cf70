"""Where a document lives on the website."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Self

from fastapi import Depends

from cms.documents.types import DOCUMENT_TYPES
from cms.documents.writing import reserve_slugs
from cms.kernel import CurrentServices, Settings

_SLUG = "{slug}"


@dataclass(frozen=True, slots=True)
class Site:
    """The website's own address, empty where it is not known, and its paths."""

    url: str
    paths: dict[str, str]
    """By `type`, with `{slug}` in it, or by `type/slug` for a single document."""

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The website of `SITE_URL` and `SITE_PATHS`."""
        paths = dict(entry.split("=", 1) for entry in settings.site_paths)
        return cls(settings.site_url.rstrip("/"), paths)

    def path_of(self, type_name: str, slug: str) -> str:
        """The path of a document: `/TYPE/SLUG` for a type without one of its own."""
        own = self.paths.get(f"{type_name}/{slug}")
        return own or self.paths.get(type_name, f"/{type_name}/{_SLUG}").replace(_SLUG, slug)

    def all_paths(self, type_names: Iterable[str]) -> dict[str, str]:
        """By `type`, of each of these, and by `type/slug`: what `path_of` goes by."""
        return {name: self.path_of(name, _SLUG) for name in type_names} | self.paths

    def is_at_root(self, type_name: str) -> bool:
        """Whether the documents of a type share the first part of a path with all else."""
        return self.path_of(type_name, _SLUG) == f"/{_SLUG}"

    def slugs_at(self, type_name: str, path: str) -> list[str]:
        """The slugs of a type whose documents would have this path, without a slash at its end."""
        pattern = re.escape(self.paths.get(type_name, f"/{type_name}/{_SLUG}").rstrip("/"))
        found = re.fullmatch(pattern.replace(re.escape(_SLUG), "([^/]+)"), path)
        slugs = [key.removeprefix(f"{type_name}/") for key in self.paths if "/" in key]
        slugs += [found[1]] if found else []
        return [
            each for each in slugs if (self.path_of(type_name, each).rstrip("/") or "/") == path
        ]

    def url_of(self, path: str) -> str | None:
        """The whole address of a path on the website, None where `SITE_URL` is not set."""
        return self.url + path if self.url else None


async def _get_site(services: CurrentServices) -> Site:
    return Site.of(services.settings)


CurrentSite = Annotated[Site, Depends(_get_site)]


def reserve_site_paths(settings: Settings) -> None:
    """Lets no document hide what else is at the root of the website: the documents of other types,
    and the routes of its own that are in `RESERVED_SLUGS`."""
    site = Site.of(settings)
    types = [each for each in DOCUMENT_TYPES.values() if not each.is_singleton]
    first_parts = {site.path_of(each.name, _SLUG).split("/")[1] for each in types}
    reserved = {*first_parts, *settings.reserved_slugs} - {_SLUG}
    for each in types:
        reserve_slugs(each.model.__tablename__, reserved if site.is_at_root(each.name) else ())
