"""The policy as a table, for whoever makes an editor that writes what is kept."""

from pydantic.config import JsonDict

from cms.richtext.fields import BODY_BYTES
from cms.richtext.links import WEB
from cms.richtext.policy import (
    DROPPED_WITH_CONTENT,
    ID_PREFIX,
    LINK_REL,
    LINK_SCHEMES,
    SANDBOX,
    allow_list,
)
from cms.richtext.tokens import MAX_TAGS


def rich_text_policy() -> JsonDict:
    """What is kept, in JSON.

    `elements` has the attributes of each element, each with what it may hold: a regular expression
    that matches all of it, or words in angle brackets. The attributes in `set` are put there.
    """
    return {
        "elements": {name: {**attributes} for name, attributes in allow_list().items()},
        "set": {"a": {"rel": LINK_REL}, "iframe": {"loading": "lazy", "sandbox": SANDBOX}},
        "dropped_with_content": [*sorted(DROPPED_WITH_CONTENT)],
        "link_schemes": [*sorted(LINK_SCHEMES)],
        "source_schemes": [*sorted(WEB)],
        "id_prefix": ID_PREFIX,
        "max_bytes": BODY_BYTES,
        "max_tags": MAX_TAGS,
    }
