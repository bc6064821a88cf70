"""Query strings are read strictly: nothing unknown, nothing twice."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, cast

from fastapi import Request
from fastapi._compat import ModelField, field_annotation_is_sequence
from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import request_params_to_args
from fastapi.routing import APIRoute
from starlette.datastructures import QueryParams

from cms.kernel.database import SAFE_METHODS
from cms.kernel.errors import Invalid

# Its presence makes a read an editor's, whatever its value.
_EDITORS_PARAMETER = "status"


async def refuse_unknown_query(request: Request) -> None:
    """Raises `Invalid` for a parameter that the endpoint does not declare, or a repeated one.

    For reads only. Runs before every endpoint, so that no slice can forget it.
    """
    if request.method not in SAFE_METHODS or not request.scope["query_string"]:
        return
    route = request.scope.get("route")
    fields = list(_query_fields(route)) if isinstance(route, APIRoute) else []
    errors = list(_faults(fields, request.query_params))
    if errors:
        raise Invalid(errors)


class PublicParameters:
    """Reads what one endpoint takes from its path and query, where that is plain and public."""

    def __init__(self, route: APIRoute) -> None:
        self._path = [field for each in _dependants(route) for field in each.path_params]
        # A slug needs no look at its type: what it may be is for its dependency to say.
        self._path_is_text = all(
            field.field_info.annotation is str and not field.field_info.metadata
            for field in self._path
        )
        self._query = list(_query_fields(route))
        # Most requests have no query, and get the same values each time.
        self._defaults, _ = request_params_to_args(self._query, QueryParams())

    def values(self, path: Mapping[str, str], query_string: bytes) -> dict[str, Any] | None:
        """The parameters by name, the same for all spellings of a request.

        None where the endpoint would refuse them, and where they are an editor's.
        """
        values: dict[str, Any] = {**path}
        errors: list[Any] = []
        if not self._path_is_text:
            values, errors = request_params_to_args(self._path, path)
        if not query_string:
            return None if errors else self._defaults | values
        query = QueryParams(query_string.decode("latin-1"))
        if _EDITORS_PARAMETER in query or any(_faults(self._query, query)):
            return None
        given, faults = request_params_to_args(self._query, query)
        return None if errors or faults else given | values


def hashable(values: dict[str, Any]) -> tuple[object, ...]:
    """A key for the values: the order of a repeated parameter means nothing here."""
    return tuple(
        frozenset(cast("list[str]", value)) if isinstance(value, list) else value
        for value in values.values()
    )


def _faults(fields: list[ModelField], query: QueryParams) -> Iterator[dict[str, Any]]:
    """What is wrong with the names in a query, as Pydantic would tell it."""
    repeatable = {
        field.alias: field_annotation_is_sequence(field.field_info.annotation) for field in fields
    }
    for name, count in Counter(name for name, _ in query.multi_items()).items():
        if name not in repeatable:
            message, kind = "Extra inputs are not permitted", "extra_forbidden"
        elif count > 1 and not repeatable[name]:
            message, kind = "Input should be given once", "repeated"
        else:
            continue
        yield {"loc": ("query", name), "msg": message, "type": kind}


def _query_fields(route: APIRoute) -> Iterator[ModelField]:
    return (field for each in _dependants(route) for field in each.query_params)


def _dependants(route: APIRoute) -> Iterator[Dependant]:
    """The endpoint and everything that it depends on."""
    pending: list[Dependant] = [route.dependant]
    while pending:
        dependant = pending.pop()
        pending.extend(dependant.dependencies)
        yield dependant
