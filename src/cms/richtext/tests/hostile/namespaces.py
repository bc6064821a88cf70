"""Markup that one parser takes for HTML, and another for SVG or MathML."""

from cms.richtext.tests.hostile.payload import IMAGE

# An end tag or a start tag of HTML leaves SVG and MathML, where these hold no raw text:
_NO_RAW_TEXT = (
    "iframe", "noembed", "noframes", "noscript", "plaintext", "style", "textarea", "title", "xmp",
)  # fmt: skip
# Inside these, HTML begins again, and with it raw text:
_HTML_AGAIN = (
    "svg><foreignObject", "svg><desc", "svg><title", "math><mi", "math><mo", "math><mn",
    "math><ms", "math><mtext", "math><annotation-xml encoding=text/html",
    "math><annotation-xml encoding=Application/XHTML+XML",
)  # fmt: skip

NAMESPACES = (
    *(f"<svg><{name}>{IMAGE}</{name}></svg>" for name in _NO_RAW_TEXT),
    *(f"<math><{name}>{IMAGE}</{name}></math>" for name in _NO_RAW_TEXT),
    *(f"<{place}><style><!--</style>{IMAGE}-->" for place in _HTML_AGAIN),
    *(f"<{place}><textarea><p title='</textarea>{IMAGE}'>" for place in _HTML_AGAIN),
    # the way in
    f"<SVG><FOREIGNOBJECT><xmp><!--</xmp>{IMAGE}-->",
    f"<math><annotation-xml encoding='text/html '><style><!--</style>{IMAGE}-->",
    f"<math><annotation-xml encoding=text/plain><style>{IMAGE}</style>",
    f"<math><annotation-xml><svg><style>{IMAGE}</style>",
    f"<math><mtext><mglyph><style><!--</style>{IMAGE}-->",
    f"<math><mtext><malignmark><style>{IMAGE}</style>",
    f"<math><ms><svg><mi><style>{IMAGE}</style>",
    f"<svg><desc><math><style>{IMAGE}</style>",
    f"<svg><desc><svg><foreignObject><math><mi><title>{IMAGE}</title>",
    f"<svg/><style><!--</style>{IMAGE}-->",
    f"<math/><xmp></math>{IMAGE}</xmp>{IMAGE}",
    f"<svg><title/><style>{IMAGE}</style>",
    f"<svg><style/>{IMAGE}</style>",
    f"<image><svg><image><style>{IMAGE}",
    # the way out
    f"<svg></p>{IMAGE}",
    f"<math></br>{IMAGE}",
    f"<svg><font color=x><style>{IMAGE}</style>",
    f"<svg><font><style>{IMAGE}</style>",
    f"<math><font face=x></math>{IMAGE}",
    f"<svg><b></svg>{IMAGE}",
    f"<svg><g></svg><style></g>{IMAGE}</style>{IMAGE}",
    f"<svg></SVG/x>{IMAGE}",
    f"<svg></sv></svg >{IMAGE}",
    f"<svg><a><svg></a>{IMAGE}",
    f"<svg><svg></svg></desc></svg>{IMAGE}",
    f"<p><svg><foreignObject><p></svg></p>{IMAGE}",
    f"<math><mtext></math><mtext>{IMAGE}",
    f"<table><svg><td>{IMAGE}",
    f"<table><math><tr></math>{IMAGE}",
    f"<select><svg><title></select>{IMAGE}",
    f"<svg><![CDATA[</svg>{IMAGE}]]></svg>",
    f"<svg><![CDATA[]]]]><![CDATA[>{IMAGE}]]></svg>",
    f"<svg><desc><![CDATA[>{IMAGE}]]></svg>",
    f"<math><![CDATA[>{IMAGE}]]></math>",
    f"<svg><!--</svg>-->{IMAGE}</svg>",
    f"<svg><x title='</svg>'>{IMAGE}</svg>",
    "<svg><style>&lt;img src=x onerror=alert(1)&gt;</style></svg>",
    "<svg><xmp>&lt;/xmp&gt;&lt;img src=x onerror=alert(1)&gt;</xmp></svg>",
    "<svg><title>&lt;img src=x onerror=alert(1)&gt;</title></svg>",
    # what acts in there
    "<svg><script>alert(1)</script></svg>",
    "<svg><script>&#97;lert(1)</script></svg>",
    "<svg><script>al<!-- -->ert(1)</script></svg>",
    "<svg><script href='data:text/javascript,alert(1)'></script></svg>",
    "<svg><script xlink:href='data:text/javascript,alert(1)'/></svg>",
    "<svg><a href='javascript:alert(1)'><text y=20>x</text></a></svg>",
    "<svg><a xlink:href='javascript:alert(1)'><text y=20>x</text></a></svg>",
    "<svg><a><text y=20>x</text><animate attributeName=href values=javascript:alert(1) /></a></svg>",
    "<svg><a><text y=20>x</text><set attributeName=href to=javascript:alert(1) /></a></svg>",
    "<svg><use href='data:image/svg+xml,<svg id=x xmlns=http://www.w3.org/2000/svg onload=alert(1) />#x' />",
    "<svg><image href=x onerror=alert(1) />",
    "<svg><g onload=alert(1)></g></svg>",
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
    "<svg><set onbegin=alert(1) attributeName=x>",
    "<svg><foreignObject><iframe src=javascript:alert(1)></iframe></foreignObject></svg>",
    "<svg><feImage href=//evil.example/x />",
    "<svg><style>@import '//evil.example/x';</style></svg>",
    "<math href=javascript:alert(1)>x</math>",
    "<math><mtext><a href=javascript:alert(1)>x</a></mtext></math>",
    "<math><maction actiontype=statusline onclick=alert(1)>x</maction></math>",
    "<math xlink:href=javascript:alert(1) onmouseover=alert(1)><mi>x</mi></math>",
)
