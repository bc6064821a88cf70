"""Links inside a text that lead to its own ids, which are stored under a prefix."""

import re
from html import unescape

from cms.richtext.policy import ID_PREFIX
from cms.richtext.urls import fragment_target

# In cleaned HTML a quotation mark is part of a tag only around a value, and > only at its end.
_ID = re.compile(r'<[^>]*? id="([^"]*)"')
_LINK = re.compile(r'(<a [^>]*?href="#)([^"]+)(?=")')


def lead_links_to_ids(cleaned: str) -> str:
    """Puts the prefix before each `#fragment` whose id is in `cleaned` under it.

    All others stay: they lead to what the page has around the text (such as `#top`).
    """
    if 'href="#' not in cleaned or ' id="' not in cleaned:
        return cleaned
    ids = set(map(unescape, _ID.findall(cleaned)))

    def lead(link: re.Match[str]) -> str:
        target = fragment_target(unescape(link[2]))
        led = target not in ids and ID_PREFIX + target in ids
        return f"{link[1]}{ID_PREFIX}{link[2]}" if led else link[0]

    return _LINK.sub(lead, cleaned)
