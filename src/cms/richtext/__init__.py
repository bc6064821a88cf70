"""Rich text: what of an editor's HTML is kept, and the one rule for URLs."""

from cms.richtext.column import Html
from cms.richtext.fields import (
    BODY_BYTES,
    BodyHtml,
    RichText,
    clean_rich_text,
    rich_text_of,
    sanitised_values,
)
from cms.richtext.links import ContactLink, HttpLink
from cms.richtext.published import rich_text_policy
from cms.richtext.receipt import Kind as RemovedKind
from cms.richtext.sanitiser import SafeHtml, allow_embeds, clean, clean_html, clean_html_and_tell

# fmt: off
__all__ = [
    "BODY_BYTES", "BodyHtml", "ContactLink", "Html", "HttpLink", "RemovedKind", "RichText",
    "SafeHtml", "allow_embeds", "clean", "clean_html", "clean_html_and_tell", "clean_rich_text",
    "rich_text_of", "rich_text_policy", "sanitised_values",
]
