"""Calls an endpoint with its dependencies, without the framework: for the reads of the public."""

from collections.abc import Callable, Mapping
from inspect import iscoroutinefunction
from typing import Any

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from cms.kernel.queries import PublicParameters, refuse_unknown_query


class DirectCall:
    """An endpoint whose answer depends on its path and query alone, and on the database.

    Raises `TypeError` for one that also reads a header, a cookie or a body, and for one that only
    the framework can call: with a generator, or a function that is not async.
    """

    def __init__(self, dependant: Dependant) -> None:
        call: Any = dependant.call
        if dependant.header_params or dependant.cookie_params or dependant.body_params:
            raise TypeError(f"{call} reads more than its path and query: it cannot be cached")
        if not (iscoroutinefunction(call) or iscoroutinefunction(getattr(call, "__call__", None))):  # noqa: B004 - which kind it is, not whether
            raise TypeError(f"{call} is not async, or a generator: what it serves cannot be cached")
        self._call: Callable[..., Any] = call
        self._request_name = dependant.request_param_name
        self._names = [each.name for each in (*dependant.path_params, *dependant.query_params)]
        self._needs = [
            (each.name, DirectCall(each))
            for each in dependant.dependencies
            # Whoever calls has read the query strictly.
            if each.call is not refuse_unknown_query
        ]

    async def __call__(self, request: Request, values: Mapping[str, Any]) -> Any:
        """`values` are the parameters of path and query, validated, by name."""
        arguments = {name: values[name] for name in self._names}
        if self._request_name is not None:
            arguments[self._request_name] = request
        for name, dependency in self._needs:
            result = await dependency(request, values)
            if name is not None:
                arguments[name] = result
        return await self._call(**arguments)


class PublicRoute:
    """A route, and how to ask its endpoint directly if that has opted in by naming a table."""

    def __init__(self, route: APIRoute, table: str | None) -> None:
        self.route = route
        self.table = table or ""
        self.call = DirectCall(route.dependant) if table else None
        self.parameters = PublicParameters(route)
