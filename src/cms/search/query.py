"""What a visitor typed, in the parts that the database makes a query of."""

import re
from dataclasses import dataclass

_WORDS = re.compile(r"[^\W_]+")
_TOKENS = re.compile(r'"[^"]*"?|[^\s"]+')


@dataclass(frozen=True, slots=True)
class Typed:
    """`earlier` or (`head` and (`last` or what begins with `prefix`)).

    All but the prefix are in the language of web searches, of which PostgreSQL takes anything.
    """

    earlier: str
    head: str
    last: str
    prefix: str

    @classmethod
    def of(cls, q: str) -> "Typed":
        """The last word may not be whole yet, unless it is excluded or part of a phrase."""
        tokens: list[str] = _TOKENS.findall(q)
        last = tokens[-1] if tokens else ""
        words: list[str] = _WORDS.findall(last)
        if last.startswith(("-", '"')) or not words or (len(tokens) > 1 and last.lower() == "or"):
            return cls(q, "", "", "")
        ors = [place for place, each in enumerate(tokens) if each.lower() == "or"]
        begin = ors[-1] + 1 if ors else 0
        return cls(
            " ".join(tokens[: max(0, begin - 1)]),
            " ".join(tokens[begin:-1]),
            last,
            " & ".join(f"'{each}'" for each in words) + ":*",
        )
