"""Query strings are read strictly: nothing unknown, nothing twice."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from re import Pattern
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic import BaseModel
from starlette.datastructures import QueryParams
from starlette.types import ASGIApp, Receive, Scope, Send

from cms.kernel import Invalid


@dataclass(frozen=True, slots=True)
class ReadableRoute:
    """A path that is read, and its query parameters, each with whether it may be repeated."""

    path_regex: Pattern[str]
    parameters: Mapping[str, bool]


class StrictQuery:
    """Refuses a parameter that the endpoint does not declare, or a repeated one, with 422.

    For reads only. Around every endpoint, so that no slice can forget it.
    """

    def __init__(self, app: ASGIApp, routes: list[ReadableRoute]) -> None:
        self._app = app
        self._routes = routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["query_string"] and scope["method"] == "GET":
            errors = list(self._faults(scope))
            if errors:
                await Invalid(errors).response()(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _faults(self, scope: Scope) -> Iterator[dict[str, Any]]:
        """What is wrong with the names in a query."""
        declared = self._parameters(scope["path"])
        if declared is None:
            return
        query = QueryParams(scope["query_string"])
        for name, count in Counter(name for name, _ in query.multi_items()).items():
            if name not in declared:
                message, kind = "There is no such parameter.", "extra_forbidden"
            elif count > 1 and not declared[name]:
                message, kind = "This must be given once.", "repeated"
            else:
                continue
            yield {"loc": ("query", name), "msg": message, "type": kind}

    def _parameters(self, path: str) -> Mapping[str, bool] | None:
        return next((each.parameters for each in self._routes if each.path_regex.match(path)), None)


def readable_routes(app: FastAPI) -> Iterator[ReadableRoute]:
    """In the order in which they are matched."""
    for context in iter_route_contexts(app.routes):
        route = context.original_route
        if isinstance(route, APIRoute) and "GET" in (route.methods or ()):
            yield ReadableRoute(context.path_regex, dict(_declared(context.dependant)))


def _declared(dependant: Dependant) -> Iterator[tuple[str, bool]]:
    for field in dependant.query_params:
        yield from _of_field(field.alias, field.field_info.annotation)
    for each in dependant.dependencies:
        yield from _declared(each)


def _of_field(alias: str, annotation: object) -> Iterator[tuple[str, bool]]:
    is_list = _is_list(annotation)
    # A model is as many parameters: https://fastapi.tiangolo.com/tutorial/query-param-models/
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        for name, info in annotation.model_fields.items():
            read_by = info.validation_alias  # which `alias` sets, too
            yield from _of_field(read_by if isinstance(read_by, str) else name, info.annotation)
    else:
        yield alias, is_list


def _is_list(annotation: object) -> bool:
    origin = get_origin(annotation)
    if origin in {Annotated, Union, UnionType}:
        return any(_is_list(part) for part in get_args(annotation))
    return (origin or annotation) in {list, set, frozenset, tuple}
