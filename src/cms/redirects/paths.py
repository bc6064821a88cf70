"""One form for a path on the website, so that rules can be compared with requests and each other."""

import re
from urllib.parse import quote, unquote, unquote_to_bytes, urlsplit

MAX_LENGTH = 2_000

# What a path may hold as it is (RFC 3986, 3.3); a slash within a segment stays encoded.
_AS_IT_IS = "!$&'()*+,;=:@-._~"
_NO_PATH = re.compile("[?#].*")
_DEFAULT_PORT = re.compile(r"^(https?://[^/?#]*):(?:80|443)(?![^/?#])", re.IGNORECASE)
_UNREADABLE = re.compile(r"[\x00-\x20\x7f\\]|%(?![0-9A-Fa-f]{2})")


def normal_path(path: str) -> str:
    """The path without query and fragment, in one percent-encoding, with no slash at its end.

    Case is kept. Raises `ValueError` for what no browser would ask for.
    """
    path = path.partition("#")[0].partition("?")[0]
    if not path.startswith("/") or path.startswith("//"):
        raise ValueError("This must be a path of the website, which begins with one slash.")
    if _UNREADABLE.search(path) or len(path) > MAX_LENGTH:
        raise ValueError("This must be a path as a browser sends it, without spaces.")
    segments = [quote(unquote_to_bytes(each), safe=_AS_IT_IS) for each in path.split("/")]
    if any(each in {".", ".."} for each in segments):
        raise ValueError("This must be a path without dots for a segment.")
    if len("/".join(segments)) > MAX_LENGTH:
        raise ValueError(f"This path must have at most {MAX_LENGTH:,} characters, percent-encoded.")
    return "/".join(segments).rstrip("/") or "/"


def path_on_site(to: str, site_url: str) -> str | None:
    """The path that a target has on the website, in its normal form; None where it is elsewhere."""
    if not to.startswith("/"):
        target, site = (urlsplit(_DEFAULT_PORT.sub(r"\1", each)) for each in (to, site_url))
        if not site_url or target.netloc.lower() != site.netloc.lower():
            return None
        base = site.path.rstrip("/")
        if not f"{target.path}/".startswith(f"{base}/"):
            return None
        to = target.path.removeprefix(base) or "/"
    try:
        return normal_path(_without_dots(to))
    except ValueError:  # nobody's `from_path`
        return None


def _without_dots(path: str) -> str:
    """As browsers ask for it (RFC 3986, 5.2.4)."""
    kept: list[str] = []
    for each in _NO_PATH.sub("", path).split("/")[1:]:
        segment = unquote(each)
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(each)
    return "/" + "/".join(kept)
