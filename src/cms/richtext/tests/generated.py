"""Strategies for markup that nobody would think of."""

from hypothesis import strategies as st

from cms.richtext.policy import ELEMENTS
from cms.richtext.tests.hostile import DANGEROUS_URLS, HOSTILE
from cms.richtext.tests.hostile.attributes import FORBIDDEN
from cms.richtext.tests.hostile.payload import IMAGE

_RAW_TEXT = [
    "iframe", "noembed", "noframes", "noscript", "plaintext", "script", "style", "textarea",
    "title", "xmp",
]  # fmt: skip
_FOREIGN = [
    "svg", "math", "foreignObject", "desc", "mi", "mtext", "mglyph", "malignmark",
    "annotation-xml encoding=text/html", "svg/", "math/",
]  # fmt: skip
_UNLISTED = [
    "font", "nobr", "button", "option", "select", "form", "object", "template", "frameset", "body",
    "marquee", "x", "section", "strike", "label", "input type=checkbox", "video src=/x", "menu",
    "fieldset", "legend", "tt", "button",
]  # fmt: skip

_characters = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
_listed = st.sampled_from([*ELEMENTS])
# Mostly what may stay: what goes with its content leaves nothing to be judged.
_names = st.one_of(_listed, _listed, st.sampled_from([*_RAW_TEXT, *_FOREIGN, *_UNLISTED]))
_foreign_values = [
    "font-weight:bold", "font-weight:normal;font-style:italic", "mso-list:l0 level2 lfo1",
    "mso-list:Ignore", "text-decoration:underline", "checked", "ql-indent-2", "#x",
    "user-content-x",
]  # fmt: skip
_common_values = ["x", "/x", "//x", "https://a.b/c:d?e&amp;f", "2", "language-x", "</b>", "-->"]
_values = st.sampled_from([*_foreign_values, *_common_values, *DANGEROUS_URLS]) | st.text(
    _characters, max_size=4
)
_attributes = st.sampled_from(["", *(f" {attribute}" for _, attribute in FORBIDDEN)]) | st.builds(
    ' {}="{}"'.format,
    st.sampled_from(
        [
            "name",
            "style",
            "data-list",
            "data-checked",
            "href",
            "src",
            "title",
            "alt",
            "class",
            "colspan",
            "onclick",
            "id",
            "lang",
        ]
    ),
    _values.map(lambda value: value.replace('"', "'")),
)

_syntax = st.sampled_from(
    ["<!--", "-->", "<!", "<?", "</", "<![CDATA[", "]]>", "<", ">", "'", '"', "&lt", "/>"]
)
_blanks = st.sampled_from(["\n", "\r", "\ufeff", "\f", "&#1;", "&nbsp;", "x", " "])
_text = st.text(_characters, max_size=5)
_ends = _names.map(lambda name: f"</{name.partition(' ')[0]}>")

soup = st.lists(
    st.one_of(st.builds("<{}{}>".format, _names, _attributes), _ends, _syntax, _blanks, _text),
    min_size=3,
    max_size=25,
).map("".join)


def _element(name: str, attributes: str, content: list[str], end: str | None) -> str:
    closing = f"</{name.partition(' ')[0]}>" if end is None else end
    return f"<{name}{attributes}>{''.join(content)}{closing}"


# Most end tags are the right ones, so that trees grow deep; the others are missing or wrong.
_right_end = st.none()
_end = st.one_of(_right_end, _right_end, _right_end, st.just(""), _ends)
_raw = st.builds(
    "<{0}>{1}</{2}>{3}".format,
    st.sampled_from(_RAW_TEXT),
    st.one_of(_text, _syntax, _ends, st.just(f"<p title='</style>{IMAGE}'>")),
    st.sampled_from(_RAW_TEXT),
    st.sampled_from(["", IMAGE, "-->"]),
)
trees = st.recursive(
    _text | _blanks | _raw | _syntax | st.just(IMAGE),
    lambda nodes: st.builds(_element, _names, _attributes, st.lists(nodes, max_size=4), _end),
    max_leaves=20,
)

# Pieces of known attacks, cut anywhere and put together.
_SHORT = [markup for markup in HOSTILE if len(markup) <= 200]
_pieces = st.builds(
    lambda markup, start, end: markup[start : end or None],
    st.sampled_from(_SHORT),
    st.just(0) | st.integers(0, 60),
    st.just(0) | st.integers(1, 120),
)
splices = st.lists(_pieces, min_size=2, max_size=6).map("".join)

markup = st.one_of(soup, trees, splices)
