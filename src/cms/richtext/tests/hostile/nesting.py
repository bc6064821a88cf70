"""Deep trees. Browsers flatten them at 512 elements, which makes another tree of the same text."""

from cms.richtext.tests.hostile.payload import IMAGE

# Within the bounds: cleaned like everything else.
NESTING = (
    *(
        f"<{name}>" * count + IMAGE
        for name, count in (
            ("div", 249), ("span", 249), ("blockquote", 240), ("x-element", 240), ("section", 240),
            ("b", 19), ("font", 19), ("a", 19), ("nobr", 19), ("button", 200), ("object", 200),
            ("form", 200), ("select", 200), ("template", 200), ("noscript", 200), ("svg", 200),
            ("math", 200), ("ruby", 200), ("marquee", 200), ("h1", 100), ("option", 200),
        )
    ),
    *(
        unit * count + IMAGE
        for unit, count in (
            ("<ul><li>", 120), ("<dl><dd>", 120), ("<table><tr><td>", 60), ("<table><caption>", 120),
            ("<details><summary>", 120), ("<svg><foreignObject>", 120), ("<math><mtext>", 120),
            ("<svg><desc><math><mi>", 60), ("<select><option>", 120), ("<p><button>", 120),
            ("<form><div></form>", 100), ("<table><svg>", 100), ("<template><tr>", 100),
            ("<a href=/x><div>", 15), ("<b title=x><p>", 19), ("<noscript><style></noscript>", 100),
        )
    ),
    "<svg>" * 300 + "</svg>" * 300 + IMAGE,
    "<math>" * 300 + "</math>" * 299 + IMAGE + "</math>" + IMAGE,
    "<div>" * 240 + "<svg><style></svg>" + IMAGE,
    "<div>" * 240 + "<table><caption><svg><title><style></caption>" + IMAGE,
    "<div>" * 240 + "<textarea><p title='</textarea>" + IMAGE + "'>",
    "<div>" * 240 + "</div>" * 239 + "</article>" + IMAGE,
    "<br>" * 1_000 + IMAGE,
    "<p>" * 1_000 + IMAGE,
    "</div>" * 1_000 + IMAGE,
)  # fmt: skip

# Beyond the bounds: refused as a whole.
TOO_DEEP = (
    *(
        unit * count + IMAGE
        for unit, count in (
            ("<div>", 251), ("<div>", 508), ("<div>", 512), ("<div>", 1_500), ("<span>", 513),
            ("<b>", 600), ("<ul><li>", 256), ("<table><tr><td>", 171), ("<x>", 511),
            ("<blockquote><div>", 255), ("<details><summary>", 256), ("<object><p>", 256),
        )
    ),
    "<div>" * 506 + "<table><caption><svg><title><table></caption></title><style></svg>" + IMAGE,
    "<div>" * 509 + "<svg><desc><style><!--</style>" + IMAGE + "-->",
    "<div>" * 505 + "<math><mtext><h1><a><h6></a></h6><mglyph><svg><style></math>" + IMAGE,
    "<div>" * 510 + "<select><option><xmp></select>" + IMAGE,
    "<div>" * 511 + "<form></div></form><form><style></form>" + IMAGE,
    "".join(f"<b title={n}>" for n in range(21)) + IMAGE,
    "".join(f"<font color={n}><p>" for n in range(21)) + IMAGE,
    "<p " + "onclick=alert(1) x " * 60 + ">" + IMAGE,
)  # fmt: skip
