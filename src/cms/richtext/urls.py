"""URLs inside rich text: read as browsers read them, and written out as browsers write them.

An editor pastes what worked elsewhere, with spaces and umlauts in it. The WHATWG URL Standard
(https://url.spec.whatwg.org/) says what it means; refused is only what runs something, or leads
elsewhere than it seems to. URL *fields* have the stricter rule of `urls`: whoever fills them in is
told what is wrong.
"""

import re
import unicodedata
from collections.abc import Callable
from urllib.parse import quote, unquote

from cms.richtext.links import WEB, link_problem

MAX_LENGTH = 8_192

_C0_AND_SPACE = "".join(map(chr, range(0x21)))
_SKIPPED = re.compile(r"[\t\n\r]")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(.*)", re.DOTALL)
# What begins with two of these names a host; with a backslash, readers disagree.
_HOST_AHEAD = re.compile(r"[/\\]{2}|\\")
_FIRST_SEGMENT = re.compile(r"[^/\\?#]*")
_WEB_REST = re.compile(r"//([^/\\?#]++)(?!\\)(.*)", re.DOTALL)
_TEL_REST = re.compile(r"\+?[0-9().-]{1,40}(;ext=[0-9]{1,10})?")
_TEL_BLANKS = re.compile(r"[\s/]|%20")

# What most are, and needs no second look: a plain host, and nothing to encode.
_PLAIN_REST = r"[!#$-&(-;=?-Z_a-z~%\[\]]{0,1000}"
_PLAIN = re.compile(
    r"https?://(?:(?!xn--)[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?\.){1,5}[a-z]{2,40}"
    rf"(?:/{_PLAIN_REST})?|/(?!/){_PLAIN_REST}"
)
# The percent-encode sets of the standard, and a backslash where it is no slash.
_IN_PATH = re.compile(r'[^!-~]|["<>`{}]')
_IN_QUERY = re.compile(r"""[^!-~]|["'<>`\\]""")
_IN_FRAGMENT = re.compile(r'[^!-~]|["<>`\\]')


def browser_url(url: str, *, schemes: frozenset[str] = WEB, fragments: bool = False) -> str | None:
    """Returns `url` as it is to be stored, or None where it is dangerous or means nothing.

    Taken are URLs of the given `schemes` (out of http, https, mailto and tel), paths, and
    `#fragments` where `fragments` is set. Reading the result again gives the same.
    """
    if schemes >= WEB and _PLAIN.fullmatch(url):
        return url
    url = _SKIPPED.sub("", url.strip(_C0_AND_SPACE))
    if found := _SCHEME.fullmatch(url):
        scheme = found[1].lower()
        read = _READERS[scheme](found[2]) if scheme in schemes else None
        stored = None if read is None else f"{found[1]}:{read}"
    else:
        stored = _read_reference(url, fragments=fragments)
    return stored if stored and len(stored) <= MAX_LENGTH else None


def fragment_target(fragment: str) -> str:
    """The id that a browser looks for (the HTML Standard, section 7.4.6.4)."""
    return unquote(fragment)


def _read_reference(url: str, *, fragments: bool) -> str | None:
    if _HOST_AHEAD.match(url) or (url.startswith("#") and not fragments):
        return None
    first = _FIRST_SEGMENT.match(url)
    # `javascript%3A` and a colon of full width are no scheme to a browser; to others they may be.
    if first and ":" in unicodedata.normalize("NFKC", unquote(first[0])):
        return None
    return _encode(url)


def _encode(rest: str) -> str:
    """Encodes what follows the host: path, query and fragment."""
    before, hash_, fragment = rest.partition("#")
    path, mark, query = before.partition("?")
    return (
        _percent(_IN_PATH, path.replace("\\", "/"))
        + mark
        + _percent(_IN_QUERY, query)
        + hash_
        + _percent(_IN_FRAGMENT, fragment)
    )


def _percent(unsafe: re.Pattern[str], text: str) -> str:
    return unsafe.sub(lambda found: quote(found[0], safe=""), text)


def _read_web(rest: str) -> str | None:
    found = _WEB_REST.fullmatch(rest)
    if not found or link_problem(f"https://{found[1]}") is not None:
        return None
    return f"//{found[1]}{_encode(found[2])}"


def _read_mailto(rest: str) -> str | None:
    addresses, mark, query = rest.replace("\\", "%5C").partition("?")
    addresses = ",".join(_percent(_IN_PATH, each.strip(" ")) for each in addresses.split(","))
    # Without an address a visitor chooses one: how pages are shared.
    if addresses and link_problem(f"mailto:{addresses}", schemes=_MAILTO) is not None:
        return None
    return f"{addresses}{mark}{_encode(f'?{query}')[1:]}" if addresses or query else None


def _read_tel(rest: str) -> str | None:
    number = _TEL_BLANKS.sub("", rest)
    return number if _TEL_REST.fullmatch(number) else None


_MAILTO = frozenset({"mailto"})
_READERS: dict[str, Callable[[str], str | None]] = {
    "http": _read_web,
    "https": _read_web,
    "mailto": _read_mailto,
    "tel": _read_tel,
}
