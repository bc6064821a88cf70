"""What a slice is to the rest of the system."""

from dataclasses import dataclass
from importlib import import_module

from fastapi import APIRouter

API_PREFIX = "/api/v1"


@dataclass(frozen=True, slots=True)
class Slice:
    """A feature: its name (also the tag in the API's documentation) and its endpoints."""

    name: str
    description: str
    router: APIRouter


def slice_router(name: str, path: str = "") -> APIRouter:
    """A router at `/api/v1` + `path`, its operations tagged with the slice's name."""
    return APIRouter(prefix=API_PREFIX + path, tags=[name], redirect_slashes=False)


def load_slices(*names: str) -> tuple[Slice, ...]:
    """Imports `cms.NAME.slice` for each name, and with it the slice's tables."""
    return tuple(import_module(f"cms.{name}.slice").SLICE for name in names)
