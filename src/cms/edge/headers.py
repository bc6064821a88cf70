"""Entity tags (RFC 9110, 8.8.3) and the media type of JSON."""

import re
from collections.abc import Sequence
from hashlib import blake2b

JSON = "application/json; charset=utf-8"

_ENTITY_TAG = re.compile(r'(W/)?("[\x21\x23-\x7e\x80-\xff]*")')


def bytes_etag(content: bytes) -> str:
    """A strong ETag of exactly these bytes."""
    return f'"{blake2b(content, digest_size=16).hexdigest()}"'


def names_etag(none_match: bytes, etag: bytes) -> bool:
    """Whether an `If-None-Match` header names the ETag, compared weakly (RFC 9110, 13.1.2)."""
    return none_match == etag or etag.decode() in entity_tags(
        [none_match.decode("latin-1")], weak=True
    )


class _Any(frozenset[str]):
    """What `*` matches: whatever there is."""

    def __contains__(self, _: object) -> bool:
        return True


def entity_tags(lines: Sequence[str], *, weak: bool) -> frozenset[str]:
    """The entity tags of a header; `weak` takes `W/"x"` for `"x"` (RFC 9110, 8.8.3.2)."""
    value = ",".join(lines)
    if value.strip() == "*":
        return _Any()
    return frozenset(tag for mark, tag in _ENTITY_TAG.findall(value) if weak or not mark)
