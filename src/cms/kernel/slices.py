"""What a slice is to the rest of the system."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from importlib import import_module

from fastapi import APIRouter

from cms.kernel.services import Services

API_PREFIX = "/api/v1"

type Lifespan = Callable[[Services], AbstractAsyncContextManager[None]]


@dataclass(frozen=True, slots=True)
class Slice:
    """A feature: its name (also the tag in the API's documentation), its endpoints, and what it
    runs from the application's start to its end, such as a worker."""

    name: str
    description: str
    router: APIRouter
    lifespan: Lifespan | None = None


def slice_router(name: str, path: str = "") -> APIRouter:
    """A router at `/api/v1` + `path`, its operations tagged with the slice's name."""
    return APIRouter(prefix=API_PREFIX + path, tags=[name])


def load_slices(*names: str) -> tuple[Slice, ...]:
    """Imports `cms.NAME.slice` for each name, and with it the slice's tables."""
    return tuple(import_module(f"cms.{name}.slice").SLICE for name in names)
