"""What is wrong with a value, in sentences for whoever filled in the field."""

from collections.abc import Iterable, Mapping
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from starlette.responses import Response

from cms.kernel import Invalid

_OBJECT = "This must be an object."
_NUMBER = "This must be a whole number."
_MOMENT = "This must be a time such as 2026-02-01T16:05:12Z."
# By Pydantic's own names: https://docs.pydantic.dev/latest/errors/validation_errors/
_SENTENCES = {
    "missing": "This is required.",
    "extra_forbidden": "There is no such field.",
    "string_type": "This must be text.",
    "string_unicode": "Text must not hold lone surrogates.",
    "string_pattern_mismatch": "This does not have the right form.",
    "bool_type": "This must be true or false.",
    "list_type": "This must be a list.",
    "dict_type": _OBJECT,
    "model_type": _OBJECT,
    "model_attributes_type": _OBJECT,
    "int_type": _NUMBER,
    "int_parsing": _NUMBER,
    "int_parsing_size": _NUMBER,
    "int_from_float": _NUMBER,
    "uuid_type": "This must be a UUID.",
    "uuid_parsing": "This must be a UUID.",
    "datetime_type": _MOMENT,
    "datetime_parsing": _MOMENT,
    "datetime_from_date_parsing": _MOMENT,
    "timezone_aware": _MOMENT,
    "enum": "This must be {expected}.",
    "literal_error": "This must be {expected}.",
    "greater_than_equal": "This must be {ge} or more.",
    "less_than_equal": "This must be {le} or less.",
}
_TOO_LONG = {"too_long", "string_too_long"}
_TOO_SHORT = {"too_short", "string_too_short"}


def invalid(errors: Iterable[Mapping[str, Any]], *place: str | int) -> Invalid:
    """The answer to what Pydantic found, in our words; `place` comes before where it is."""
    return Invalid(
        [{**each, "loc": (*place, *each["loc"]), "msg": _message(each)} for each in errors]
    )


async def handle_validation_error(_request: Request, exc: Exception) -> Response:
    assert isinstance(exc, RequestValidationError)
    return invalid(exc.errors()).response()


def _message(error: Mapping[str, Any]) -> str:
    kind, context = error["type"], error.get("ctx", {})
    if kind in _TOO_LONG:
        longest, actual = context["max_length"], context.get("actual_length")
        so_far = f"; it has {actual}" if isinstance(actual, int) else ""
        return f"This may have at most {_counted(error, longest)}{so_far}."
    if kind in _TOO_SHORT:
        shortest = context["min_length"]
        if shortest == 1:
            return "This must not be empty."
        return f"This must have at least {_counted(error, shortest)}."
    if kind in _SENTENCES:
        return _SENTENCES[kind].format(**context)
    message = str(context["error"]) if kind == "value_error" else str(error["msg"])
    message = message.replace("Input should", "This must")
    return f"{message[:1].upper()}{message[1:].removesuffix('.')}."


def _counted(error: Mapping[str, Any], number: int) -> str:
    unit = "character" if isinstance(error["input"], str) else "entry"
    return f"{number} {unit}" if number == 1 else f"{number} {unit.replace('try', 'trie')}s"
