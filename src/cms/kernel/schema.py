"""The types that every request body and query string is made of."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, StringConstraints


class Payload(BaseModel):
    """The base of every request body: strict types, and no field that is not declared."""

    model_config = ConfigDict(extra="forbid", strict=True)


def _refuse_nul(value: str) -> str:
    if "\0" in value:
        raise ValueError("Text must not hold U+0000.")
    return value


# Lone surrogates cannot get here: Pydantic's own `str` refuses them.
PlainText = Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(_refuse_nul)]


def _strict_digits(value: object) -> object:
    # int() also reads `1_0`, ` 1 ` and `١`, which no client means.
    if isinstance(value, str) and not (value.isascii() and value.isdigit() and len(value) < 20):  # noqa: PLR2004 - the digits of 2^63
        raise ValueError("This must be a whole number in decimal digits.")
    return value


Digits = BeforeValidator(_strict_digits)
