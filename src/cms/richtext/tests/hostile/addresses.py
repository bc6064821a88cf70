"""URLs that are read as browsers read them, in which something hides."""

from cms.richtext.tests.hostile.payload import IMAGE

# Of the other families, what leads only where it says: as it stands in an attribute, as it is stored.
HARMLESS = {
    "&amp;#106;avascript:alert(1)": "&#106;avascript:alert(1)",
    "javascript\u0589alert(1)": "javascript%D6%89alert(1)",
    "https://example.com/a b": "https://example.com/a%20b",
    "https://example.com/\u202egpj.exe": "https://example.com/%E2%80%AEgpj.exe",
    "relative/path": "relative/path",
    "?query": "?query",
    "./x": "./x",
    "h&Tab;ttps://evil.example": "https://evil.example",
    "https&#10;://evil.example": "https://evil.example",
    "https://example.com&Tab;.evil.example/": "https://example.com.evil.example/",
    "https://1.2.3.4e/%zz<b>": "https://1.2.3.4e/%zz%3Cb%3E",
    "https://example.com/\u2066x": "https://example.com/%E2%81%A6x",
    "https://example.com/`x`": "https://example.com/%60x%60",
    "https://example.com/<x>": "https://example.com/%3Cx%3E",
    "https://example.com/\x7f": "https://example.com/%7F",
    "tel:+1;ext=2": "tel:+1;ext=2",
    "../x": "../x",
    "x": "x",
    ".": ".",
    "&quot;": "%22",
    "@evil.example": "@evil.example",
}

# What the new reading must not let through either.
MISREAD = (
    "https://xn--a.example/x",
    "javascript%3aalert(1)",
    "java%73cript%3Aalert(1)",
    "javascript&#xff1a;alert(1)",
    "javascript\ufe55alert(1)",
    "&Tab;/&Tab;/evil.example",
    "/&#13;\\evil.example",
    "\\evil.example",
    "&#32;\\\\evil.example",
    "https://example.com\\@evil.example/",
    "https://example.com&#92;.evil.example/",
    "https://example.com&NewLine;:x@evil.example/",
    "https://exam&#32;ple.com/",
    "https&#32;://example.com/",
    "https:&#32;//example.com/",
    "mailto:&#32;",
    "mailto:?",
    "mailto:a@example.com\\@evil.example",
    "mailto:javascript:alert(1)",
    "tel:&#32;",
    "tel:%2a21%23",
    "tel:+41;phone-context=evil.example",
    "&#1;javascript:alert(1)&#1;",
    "%6aavascript:alert(1)",
    "x:y",
    "a@example.com:x/y",
)

ADDRESSES = (
    *(f'<a href="{url}">x</a><img src="{url}">{IMAGE}' for url in MISREAD),
    *(
        f"<a href='{url}' title='x{IMAGE}'>y</a>{IMAGE}"
        for url in (
            "/x&quot; onclick=&quot;alert(1)",
            "/x&quot;&gt;&lt;img src=x onerror=alert(1)&gt;",
            "#&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;",
            "?&lt;/a&gt;&lt;img src=x onerror=alert(1)&gt;",
            "https://example.com/?&apos;onclick=alert(1)//",
            "mailto:a@example.com?subject=&quot; onclick=alert(1) x",
            "mailto:&quot;a b&quot;@example.com",
            "/&#0;&#1;&#127;&#65534;\ufffe",
            "/\u2028\u2029\u0085&nbsp;x",
            "/%&lt;%zz%",
            "/`onclick=alert(1)`",
            "/{{constructor.constructor(&quot;alert(1)&quot;)()}}",
            "/${alert(1)}",
            "/" + "\u00e9" * 3_000,
            "/" + "&Tab;" * 3_000 + "x",
        )
    ),
)  # fmt: skip
