"""Query strings are read strictly: nothing unknown, nothing twice."""

from collections import Counter
from collections.abc import Iterator
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from cms.kernel import SAFE_METHODS, Invalid


async def refuse_unknown_query(request: Request) -> None:
    """Raises `Invalid` for a parameter that the endpoint does not declare, or a repeated one.

    For reads only. Runs before every endpoint, so that no slice can forget it.
    """
    if request.method not in SAFE_METHODS or not request.scope["query_string"]:
        return
    route = request.scope.get("route")
    repeatable = _parameters(route) if isinstance(route, APIRoute) else {}
    errors: list[dict[str, Any]] = []
    for name, count in Counter(name for name, _ in request.query_params.multi_items()).items():
        if name not in repeatable:
            message, kind = "Extra inputs are not permitted", "extra_forbidden"
        elif count > 1 and not repeatable[name]:
            message, kind = "Input should be given once", "repeated"
        else:
            continue
        errors.append({"loc": ("query", name), "msg": message, "type": kind})
    if errors:
        raise Invalid(errors)


def _parameters(route: APIRoute) -> dict[str, bool]:
    """The names of a route's query parameters, and whether each may be repeated."""
    return {
        field.alias: _is_list(field.field_info.annotation)
        for dependant in _with_dependencies(route.dependant)
        for field in dependant.query_params
    }


def _with_dependencies(dependant: Dependant) -> Iterator[Dependant]:
    yield dependant
    for each in dependant.dependencies:
        yield from _with_dependencies(each)


def _is_list(annotation: object) -> bool:
    origin = get_origin(annotation)
    if origin in {Annotated, Union, UnionType}:
        return any(_is_list(part) for part in get_args(annotation))
    return (origin or annotation) in {list, set, frozenset, tuple}
