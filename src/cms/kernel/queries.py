"""Query strings are read strictly: nothing unknown, nothing twice."""

from collections import Counter

from fastapi import Request
from fastapi._compat import field_annotation_is_sequence
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from cms.kernel.auth import SAFE_METHODS
from cms.kernel.errors import Invalid


async def refuse_unknown_query(request: Request) -> None:
    """Raises `Invalid` for a parameter that the endpoint does not declare, or a repeated one.

    For reads only. Runs before every endpoint, so that no slice can forget it.
    """
    if request.method not in SAFE_METHODS or not request.scope["query_string"]:
        return
    route = request.scope.get("route")
    known = _known_parameters(route) if isinstance(route, APIRoute) else {}
    errors = [
        {"loc": ("query", name), "msg": message, "type": kind}
        for name, count in Counter(name for name, _ in request.query_params.multi_items()).items()
        for message, kind in [_fault(known.get(name), count)]
        if message
    ]
    if errors:
        raise Invalid(errors)


def _fault(repeatable: bool | None, count: int) -> tuple[str, str]:
    if repeatable is None:
        return "Extra inputs are not permitted", "extra_forbidden"
    if count > 1 and not repeatable:
        return "Input should be given once", "repeated"
    return "", ""


def _known_parameters(route: APIRoute) -> dict[str, bool]:
    """The names an endpoint and its dependencies read, each with whether it may be repeated."""
    known: dict[str, bool] = {}
    pending: list[Dependant] = [route.dependant]
    while pending:
        dependant = pending.pop()
        pending.extend(dependant.dependencies)
        for field in dependant.query_params:
            known[field.alias] = field_annotation_is_sequence(field.field_info.annotation)
    return known
