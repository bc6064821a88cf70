"""Rich text from editors, made safe to put into a page as it is."""

import re
from collections.abc import Callable, Iterable

from anyio import CapacityLimiter, to_thread
from anyio.lowlevel import RunVar

from cms.richtext.ids import lead_links_to_ids
from cms.richtext.nesting import HtmlTooComplex
from cms.richtext.policy import Policy
from cms.richtext.receipt import Removal, removals
from cms.richtext.tokens import MAX_TAGS, check_tags, keep_blank_lines, only_tags_and_text
from cms.richtext.translation import translate

__all__ = [
    "MAX_TAGS",
    "HtmlTooComplex",
    "HtmlTooLarge",
    "Removal",
    "SafeHtml",
    "allow_embeds",
    "check",
    "clean",
    "clean_and_tell",
    "clean_html",
    "clean_html_and_tell",
]

MAX_ROUNDS = 10
_THREADS = 1  # more only queue for the interpreter lock, ahead of the event loop
# Up to here, cleaning takes less time than the way to a thread and back.
_SMALL_LENGTH = 8 * 1024
_FEW_TAGS = 400

_CONTROLS = re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f]")
# In cleaned HTML, quotation marks stand around values only.
_FRAME_OF_NOTHING = re.compile(r'<iframe(?![^>]*? src=")[^>]*></iframe>')

_limiter: RunVar[CapacityLimiter] = RunVar("html_limiter")


class HtmlTooLarge(ValueError):  # noqa: N818 - it says what is wrong, as the API's errors do
    """The HTML is larger than its field may be."""


class SafeHtml(str):
    """HTML that went through `clean`. Nothing else may make one."""

    __slots__ = ()


def check(html: str, limit: int) -> None:
    """Refuses, without parsing it, what is not worth parsing: cheap enough for a validator.

    `limit` is in bytes of UTF-8. Raises `HtmlTooLarge` beyond it, and `ValueError` for more than
    `MAX_TAGS` tags and for U+0000 and lone surrogates, which neither PostgreSQL nor nh3 takes.
    """
    try:
        size = len(html.encode())
    except UnicodeEncodeError:
        size = None
    if size is None or "\0" in html:
        raise ValueError("The HTML must not contain U+0000 or lone surrogates.")
    if size > limit:
        raise HtmlTooLarge(f"The HTML must have at most {limit} bytes in UTF-8.")
    check_tags(html)


def clean(html: str, limit: int) -> SafeHtml:
    """Returns the part of `html` that `policy` allows; cleaning that again changes nothing.

    The result keeps within the limits of `check` itself, so that it can be sent back as it is.
    Raises what `check` raises, for the input and for the result, and `HtmlTooComplex` for what
    takes too long to parse or has not settled after `MAX_ROUNDS` rounds.
    """
    check(html, limit)
    for _ in range(MAX_ROUNDS):
        cleaned = _clean_once(html)
        if cleaned == html:
            return SafeHtml(html)
        check(cleaned, limit)
        html = cleaned
    raise HtmlTooComplex("The HTML's structure is too broken to be repaired.")


def _clean_once(html: str) -> str:
    # Parsers drop one byte order mark that comes first: each round would lose another.
    plain = _CONTROLS.sub(" ", html).lstrip("\ufeff")
    plain = translate(only_tags_and_text(plain, embeds=_policy.embeds), embeds=_policy.embeds)
    cleaned = _policy.cleaner.clean(plain)
    if _policy.embeds:
        cleaned = _FRAME_OF_NOTHING.sub("", cleaned)
    return lead_links_to_ids(keep_blank_lines(cleaned))


_policy = Policy()


def allow_embeds(hosts: Iterable[str]) -> None:
    """Keeps the <iframe>s of these hosts from now on, and of no other, in the whole process."""
    global _policy  # noqa: PLW0603 - a setting of the process, made once
    _policy = Policy(hosts)


def clean_and_tell(html: str, limit: int) -> tuple[SafeHtml, list[Removal]]:
    """Does what `clean` does, and tells what of `html` is not in the result."""
    return clean(html, limit), removals(html, _policy)


async def clean_html(html: str, limit: int) -> SafeHtml:
    """Runs `clean`, off the event loop where that may take up to some 0.1 s: one at a time."""
    return await _run(clean, html, limit)


async def clean_html_and_tell(html: str, limit: int) -> tuple[SafeHtml, list[Removal]]:
    """Runs `clean_and_tell` as `clean_html` runs `clean`."""
    return await _run(clean_and_tell, html, limit)


async def _run[Result](work: Callable[[str, int], Result], html: str, limit: int) -> Result:
    if len(html) <= _SMALL_LENGTH and html.count("<") <= _FEW_TAGS:
        return work(html, limit)
    limiter = _limiter.get(None)
    if limiter is None:
        # Made here and not at import: a limiter belongs to the event loop that first waits on it.
        limiter = CapacityLimiter(_THREADS)
        _limiter.set(limiter)
    return await to_thread.run_sync(work, html, limit, limiter=limiter)
