"""Entity tags (RFC 9110, 8.8.3) and the media types of JSON."""

import re
from hashlib import blake2b

from cms.edge.errors import BadRequest

JSON = "application/json; charset=utf-8"
MERGE_PATCH = "application/merge-patch+json"
"""RFC 7396."""

# RFC 9110, 8.8.3 and 5.6.1; possessive, so that nothing is tried twice.
_TAG = r'(?:W/)?("[\x21\x23-\x7e\x80-\xff]*+")'
_ENTITY_TAG = re.compile(_TAG)
_ENTITY_TAGS = re.compile(rf"[ \t,]*+{_TAG}(?:[ \t]*+,[ \t,]*+{_TAG})*+[ \t,]*+")


class BadCondition(BadRequest):
    detail = "If-Match and If-None-Match take * or entity tags with commas between them."


def bytes_etag(content: bytes) -> str:
    """A strong ETag of exactly these bytes."""
    return f'"{blake2b(content, digest_size=16).hexdigest()}"'


def names_etag(condition: bytes, etag: bytes) -> bool:
    """Whether `If-Match` or `If-None-Match`, its lines joined by commas, names the ETag.

    An empty one names none. Compared weakly (RFC 9110, 13.1.2): our own tag with `W/` before it is
    ours, since proxies that compress put it there and no tag of ours is weak. Raises `BadCondition`.
    """
    if condition == etag:
        return True
    return bool(condition.strip()) and etag.decode() in _tags(condition.decode("latin-1"))


class _Any(frozenset[str]):
    """What `*` matches: whatever there is."""

    def __contains__(self, _: object) -> bool:
        return True


def _tags(value: str) -> frozenset[str]:
    """The entity tags of a header, `W/"x"` taken for `"x"`. Raises `BadCondition`."""
    if value.strip(" \t") == "*":
        return _Any()
    if not _ENTITY_TAGS.fullmatch(value):
        raise BadCondition
    return frozenset(_ENTITY_TAG.findall(value))
