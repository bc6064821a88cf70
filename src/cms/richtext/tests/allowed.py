"""What may be stored, written down a second time: the judge of the sanitiser and of its policy.

Nothing here is taken from what it judges. In a value, the pattern must match all of it.
"""

from collections.abc import Mapping

EMBED_HOST = "www.youtube-nocookie.com"
REL = "noopener noreferrer"

# A host in any script, and what follows it in ASCII.
_WEB = r"[hH][tT][tT][pP][sS]?://[^\x00-\x20/?#\\@<>\"`%]+([/?#][!#-;=?-\[\]^_a-z{|}~]*)?"
# A path, a query, or a relative path whose first segment has no colon, however it is encoded.
_REST = r"[!#-;=?-\[\]^_a-z{|}~]*"
_PATH = rf"/(?!/){_REST}|\?{_REST}|(?![^/?#]*(:|%3[aA]))[^/?#\\]{_REST}"
LINK = rf"{_WEB}|{_PATH}|\#{_REST}|mailto:(?=[^?]*@|\?){_REST}|tel:\+?[0-9().-]+(;ext=[0-9]+)?"
SOURCE = rf"{_WEB}|{_PATH}"

_ANY = r"(?s:.*)"
_LANGUAGE = r"[A-Za-z]+(-[A-Za-z0-9]+)*"
_NUMBER = r"-?[0-9]+"
_TIME = r"[0-9A-Za-z:.+ -]+"
GLOBAL = {
    "dir": "ltr|rtl|auto",
    "id": r"user-content-[^\x00-\x1f]*",
    "lang": _LANGUAGE,
    "title": _ANY,
}

_CELL = {"colspan": "[0-9]+", "rowspan": "[0-9]+"}
_OWN: Mapping[str, Mapping[str, str]] = {
    "a": {"href": LINK, "hreflang": _LANGUAGE, "rel": REL},
    "code": {"class": r"language-[A-Za-z0-9+#_-]+"},
    "col": {"span": "[0-9]+"},
    "colgroup": {"span": "[0-9]+"},
    "del": {"datetime": _TIME},
    "details": {"open": "(open)?"},
    "div": {"data-type": "detailsContent"},
    "iframe": {
        "src": rf"(?i:https://{EMBED_HOST.replace('.', '[.]')})([/?#]{_REST})?",
        "sandbox": "allow-scripts allow-same-origin allow-popups allow-presentation",
        "loading": "lazy",
        "allowfullscreen": "(allowfullscreen|true)?",
        "width": "[0-9]+",
        "height": "[0-9]+",
    },
    "img": {
        "src": SOURCE,
        "alt": _ANY,
        "width": "[0-9]+",
        "height": "[0-9]+",
        "loading": "lazy|eager",
    },
    "ins": {"datetime": _TIME},
    "li": {"value": _NUMBER, "data-type": "taskItem", "data-checked": "true|false"},
    "ol": {"start": _NUMBER, "type": "[1aAiI]", "reversed": "(reversed)?"},
    "td": _CELL,
    "th": {**_CELL, "scope": "row|col|rowgroup|colgroup"},
    "time": {"datetime": _TIME},
    "ul": {"data-type": "taskList"},
}
_WITHOUT_OWN = [
    "abbr",
    "b",
    "blockquote",
    "br",
    "caption",
    "cite",
    "dd",
    "dfn",
    "dl",
    "dt",
    "em",
    "figcaption",
    "figure",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "kbd",
    "mark",
    "p",
    "pre",
    "q",
    "rb",
    "rp",
    "rt",
    "ruby",
    "s",
    "samp",
    "small",
    "span",
    "strong",
    "sub",
    "summary",
    "sup",
    "table",
    "tbody",
    "tfoot",
    "thead",
    "tr",
    "u",
    "var",
    "wbr",
]

ALLOWED: Mapping[str, Mapping[str, str]] = {
    name: {**GLOBAL, **_OWN.get(name, {})} for name in (*_OWN, *_WITHOUT_OWN)
}
