"""Reads the settings and says in plain words what is wrong with them."""

from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from cms.kernel.config import Settings
from cms.launch.problems import LaunchError

UNUSABLE_SETTINGS = 2


def read_settings(**instead: Any) -> Settings:
    """Raises `LaunchError`, with one sentence a line, for settings that cannot be used.

    `instead` comes before what is set.
    """
    try:
        return Settings(**instead)
    except ValidationError as error:
        details = error.errors(include_url=False, include_context=False, include_input=False)
        sentences = "\n".join(_sentence(detail) for detail in details)
        raise LaunchError(sentences, exit_code=UNUSABLE_SETTINGS) from None
    except UnicodeDecodeError:
        raise LaunchError(".env is not a text in UTF-8.", exit_code=UNUSABLE_SETTINGS) from None


def _sentence(detail: ErrorDetails) -> str:
    message = " ".join(detail["msg"].removeprefix("Value error, ").split())
    if not detail["loc"]:
        return message
    setting = str(detail["loc"][0]).upper()
    return f"{setting} is not valid: {message[:1].lower()}{message[1:]}"
