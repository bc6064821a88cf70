"""Query strings are read strictly: nothing unknown, nothing twice."""

from collections import Counter
from collections.abc import Iterator
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


def canonical_query(route: APIRoute, query_string: bytes) -> tuple[Any, ...] | None:
    """What a query means, the same for all its spellings; None where it is not plain and public.

    That is where the endpoint would refuse it, and where it is an editor's.
    """
    query = QueryParams(query_string.decode("latin-1"))
    fields = list(_query_fields(route))
    if _EDITORS_PARAMETER in query or any(_faults(fields, query)):
        return None
    values, errors = request_params_to_args(fields, query)
    if errors:
        return None
    return tuple(_hashable(value) for _, value in sorted(values.items()))


def _hashable(value: object) -> object:
    """The order of a repeated parameter's values means nothing here."""
    return frozenset(cast("list[str]", value)) if isinstance(value, list) else value


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
    """The query parameters that an endpoint and its dependencies read."""
    pending: list[Dependant] = [route.dependant]
    while pending:
        dependant = pending.pop()
        pending.extend(dependant.dependencies)
        yield from dependant.query_params
