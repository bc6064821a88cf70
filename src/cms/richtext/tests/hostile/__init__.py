"""Hostile inputs by family. No list claims to be complete; each line has broken some sanitiser."""

from cms.richtext.tests.hostile.addresses import ADDRESSES, HARMLESS, MISREAD
from cms.richtext.tests.hostile.attributes import FORBIDDEN
from cms.richtext.tests.hostile.breakout import BREAKOUT
from cms.richtext.tests.hostile.clobbering import CLOBBERING
from cms.richtext.tests.hostile.comments import COMMENTS
from cms.richtext.tests.hostile.elements import ELEMENTS
from cms.richtext.tests.hostile.embeds import EMBEDS
from cms.richtext.tests.hostile.handlers import HANDLERS
from cms.richtext.tests.hostile.hosts import HOSTS
from cms.richtext.tests.hostile.ids import IDS
from cms.richtext.tests.hostile.mutation import MUTATION
from cms.richtext.tests.hostile.namespaces import NAMESPACES
from cms.richtext.tests.hostile.nesting import NESTING, TOO_DEEP
from cms.richtext.tests.hostile.raw_text import RAW_TEXT
from cms.richtext.tests.hostile.schemes import SCHEMES
from cms.richtext.tests.hostile.styles import STYLES
from cms.richtext.tests.hostile.syntax import SYNTAX
from cms.richtext.tests.hostile.translated import TRANSLATED

__all__ = ["DANGEROUS_URLS", "FAMILIES", "HARMLESS", "HOSTILE", "REFUSED_URLS", "TOO_DEEP"]

# What no URL field takes; rich text takes what of it is HARMLESS.
REFUSED_URLS = (*SCHEMES, *HOSTS)
DANGEROUS_URLS = (*(url for url in REFUSED_URLS if url not in HARMLESS), *MISREAD)


def _used(url: str) -> str:
    return f'<a href="{url}">x</a><img src="{url}">'


# What is cleaned, rather than refused.
FAMILIES: dict[str, tuple[str, ...]] = {
    "mutation": MUTATION,
    "namespaces": NAMESPACES,
    "raw text": RAW_TEXT,
    "syntax": SYNTAX,
    "comments": COMMENTS,
    "schemes": tuple(map(_used, SCHEMES)),
    "hosts": tuple(map(_used, HOSTS)),
    "attributes": tuple(f"<{element} {attribute}>x" for element, attribute in FORBIDDEN),
    "handlers": HANDLERS,
    "elements": ELEMENTS,
    "clobbering": CLOBBERING,
    "nesting": NESTING,
    "breakout": BREAKOUT,
    "addresses": ADDRESSES,
    "ids": IDS,
    "embeds": EMBEDS,
    "styles": STYLES,
    "translated": TRANSLATED,
}
HOSTILE = tuple(markup for family in FAMILIES.values() for markup in family)
