"""Posts that read like text: words as often as in a language, few of them everywhere, most of them rare."""

import random
from collections.abc import Iterator
from itertools import accumulate, product

_WORDS, _POOL = 200_000, 4_000_000
_BODY, _EXCERPT, _TITLE, _OWN, _PARAGRAPH = 360, 20, 6, 6, 60
# What comes most often in any language says nothing, and is not searched.
_STOP_WORDS = """
    the of and to in a is that it for was on with as be at by this had not are but from or have an they
    which you were all there she he we his her can
"""
_PARTS = tuple(map("".join, product("bdfgklmnprstvz", "aeiou")))
_ENDINGS = ("", "s", "ed", "ing", "er", "ly", "ness")

type Row = tuple[str, str, str, str, list[str]]
"""Slug, title, excerpt, body and tags."""


class Texts:
    """The same at each run. `words` are in the order of how often they come (Zipf)."""

    def __init__(self) -> None:
        self._random = random.Random(1)
        made = dict.fromkeys(_STOP_WORDS.split())
        while len(made) < _WORDS:
            # What is said often is short.
            length = min(4, 2 + len(made).bit_length() // 7)
            parts = self._random.choices(_PARTS, k=length)
            made["".join((*parts, self._random.choice(_ENDINGS)))] = None
        self.words = list(made)
        self._weights = list(accumulate(1 / rank for rank in range(1, _WORDS + 1)))
        self._pool = self._some(_POOL)

    @property
    def common(self) -> list[str]:
        """Words that one post of two has."""
        return self.words[len(_STOP_WORDS.split()) :]

    @property
    def rare(self) -> list[str]:
        """Words that a handful of a million posts has, if any."""
        pool = set(self._pool)
        return [word for word in reversed(self.words) if word not in pool]

    def posts(self, first: int, number: int) -> Iterator[Row]:
        for n in range(first, first + number):
            # Texts are parts of one that is longer still: to choose each word takes too long.
            begin = self._random.randrange(_POOL - _EXCERPT - _BODY)
            excerpt = self._pool[begin : begin + _EXCERPT]
            body = self._pool[begin + _EXCERPT : begin + _EXCERPT + _BODY] + self._some(_OWN)
            paragraphs = (
                " ".join(body[at : at + _PARAGRAPH]).capitalize()
                for at in range(0, len(body), _PARAGRAPH)
            )
            yield (
                f"post-{n}",
                " ".join(self._some(_TITLE)).capitalize(),
                f"{' '.join(excerpt).capitalize()}.",
                "".join(f"<p>{each}.</p>" for each in paragraphs),
                [f"tag-{n % 10}", f"rare-{n % 1_000}"],
            )

    def _some(self, number: int) -> list[str]:
        return self._random.choices(self.words, cum_weights=self._weights, k=number)
