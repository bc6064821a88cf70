"""Which URLs may be stored: one rule for fields, and for links and images inside HTML.

A stored URL ends up in an `href` or `src`, so the rule follows how browsers read it (the WHATWG
URL Standard, https://url.spec.whatwg.org/) and refuses whatever readers might disagree about.
"""

import re
import unicodedata
from collections.abc import Callable
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema

MAX_URL_LENGTH = 2048
WEB = frozenset({"http", "https"})

_MAX_PORT = 65535
_MAX_HOST_LENGTH = 253  # RFC 1035, as is the next
_MAX_LABEL_LENGTH = 63

# Browsers read a backslash as a slash; the others are valid in no URL (RFC 3986, appendix A).
_NEVER = re.compile(r'[\\<>"`]')
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(.*)")
_WEB_REST = re.compile(r"//([^/?#]+)(?:[/?#].*)?")
_AUTHORITY = re.compile(r"(\[[^\]]*\]|[^:]*)(?::([0-9]{1,5}))?")
_NUMERIC_LABEL = re.compile(r"[0-9]+|0[xX][0-9A-Fa-f]*")
# The letters and marks among the default ignorable code points: `0x7f` may hide behind one.
_IGNORED_IN_HOSTS = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]"
)
_MAILTO_REST = re.compile(r"[^@,/?#]+@[^@,/?#]+(?:,[^@,/?#]+@[^@,/?#]+)*(?:\?.*)?")
_TEL_REST = re.compile(r"\+?[0-9().-]{2,40}")  # no * or #: dialling those can run device codes


def link_problem(url: str, *, schemes: frozenset[str] = WEB, fragments: bool = False) -> str | None:
    """Says in one sentence what is wrong with `url`, or returns None where it may be stored.

    Taken are absolute URLs of the given `schemes` (out of http, https, mailto and tel),
    root-relative paths (`/about`), and `#anchors` where `fragments` is set. The sentence never
    repeats the URL.
    """
    problem = _text_problem(url)
    if problem:
        return problem
    if url.startswith("//"):
        return "The path must start with a single slash."
    if url.startswith("/") or (fragments and url.startswith("#")):
        return None
    found = _SCHEME.fullmatch(url)
    scheme = found[1].lower() if found else ""
    if not found or scheme not in schemes:
        allowed = ", ".join(sorted(schemes))
        return f"The URL must be absolute ({allowed}), or a path that starts with a slash."
    return _CHECKS[scheme](found[2])


def _text_problem(url: str) -> str | None:
    if len(url) > MAX_URL_LENGTH:
        return f"The URL must have at most {MAX_URL_LENGTH} characters."
    # isprintable is False for control, format, surrogate, private, unassigned and space
    # characters alike; browsers skip some of them, which turns `java\tscript:` into a scheme.
    if " " in url or not url.isprintable():
        return "The URL must not contain spaces, control or invisible characters."
    if _NEVER.search(url):
        return 'The URL must not contain a backslash, a backtick or any of < > ".'
    return None


def _web_problem(rest: str) -> str | None:
    found = _WEB_REST.fullmatch(rest)
    if not found:
        return "The scheme must be followed by exactly two slashes and a host."
    if "@" in found[1]:
        return "The URL must not carry a user name or password."
    parts = _AUTHORITY.fullmatch(found[1])
    if not parts or int(parts[2] or 0) > _MAX_PORT:
        return "The URL's port is not valid."
    return None if _is_host(parts[1]) else "The URL's host is not valid."


def _is_host(host: str) -> bool:
    """Whether every reader sees the same host: a plain name, or an IP address in its usual form.

    WHATWG maps `１２７。1` and `0x7f.1` to 127.0.0.1; a name that such a mapping (UTS #46)
    would change, but for its case, is refused instead.
    """
    labels = host.split(".")
    try:
        if host.startswith("["):
            IPv6Address(host[1:-1])
            return "%" not in host
        if _NUMERIC_LABEL.fullmatch(labels[-1]):
            IPv4Address(host)
            return True
    except AddressValueError:
        return False
    return (
        len(host) <= _MAX_HOST_LENGTH
        and unicodedata.normalize("NFKC", host) == host
        and all(_is_label(label) for label in labels)
    )


def _is_label(label: str) -> bool:
    if label.lower().startswith("xn--"):
        try:
            decoded = label[4:].encode("ascii").decode("punycode")
        except ValueError:
            return False
        return not decoded.isascii() and _is_label(decoded)
    return (
        1 <= len(label) <= _MAX_LABEL_LENGTH
        and label[0] != "-" != label[-1]
        and not _IGNORED_IN_HOSTS.search(label)
        and all(char in "-_" or unicodedata.category(char)[0] in "LMN" for char in label)
    )


def _mailto_problem(rest: str) -> str | None:
    return None if _MAILTO_REST.fullmatch(rest) else "The mailto: URL needs an email address."


def _tel_problem(rest: str) -> str | None:
    return None if _TEL_REST.fullmatch(rest) else "The tel: URL needs a plain phone number."


_CHECKS: dict[str, Callable[[str], str | None]] = {
    "http": _web_problem,
    "https": _web_problem,
    "mailto": _mailto_problem,
    "tel": _tel_problem,
}


def _link(schemes: frozenset[str]) -> AfterValidator:
    def check(url: str) -> str:
        problem = link_problem(url, schemes=schemes)
        if problem:
            raise ValueError(problem)
        return url

    return AfterValidator(check)


# JSON Schema patterns are ECMA 262, without flags; they say less than `link_problem` checks.
_PATH_PATTERN = r'/([^/\s\\<>"`][^\s\\<>"`]*)?'
_WEB_PATTERN = r'[hH][tT][tT][pP][sS]?://[^\s\\<>"`/?#@%]+([/?#][^\s\\<>"`]*)?'
_MAILTO_PATTERN = r'[mM][aA][iI][lL][tT][oO]:[^\s\\<>"`@,/?#]+@[^\s\\<>"`]+'


def _schema(pattern: str, *examples: str) -> WithJsonSchema:
    return WithJsonSchema(
        {
            "type": "string",
            "format": "uri-reference",
            "maxLength": MAX_URL_LENGTH,
            "pattern": f"^({pattern})$",
            "examples": list(examples),
        }
    )


HttpLink = Annotated[
    str,
    _link(WEB),
    _schema(
        f"{_PATH_PATTERN}|{_WEB_PATTERN}", "https://www.example.com/image.jpg", "/images/logo.svg"
    ),
]
"""An absolute http or https URL, or a root-relative path."""

ContactLink = Annotated[
    str,
    _link(WEB | {"mailto"}),
    _schema(
        f"{_PATH_PATTERN}|{_WEB_PATTERN}|{_MAILTO_PATTERN}",
        "https://www.example.com/@team",
        "mailto:hello@example.com",
    ),
]
"""What `HttpLink` takes, or a `mailto:` URL."""
