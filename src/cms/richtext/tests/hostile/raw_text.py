"""Text to one parser, markup to another: elements whose content is not parsed."""

from cms.richtext.tests.hostile.payload import IMAGE

_ELEMENTS = (
    "iframe", "noembed", "noframes", "noscript", "script", "style", "textarea", "title", "xmp",
)  # fmt: skip

RAW_TEXT = (
    # what looks like its end, and is, or is not
    *(f"<{name}></{name}\n>{IMAGE}" for name in _ELEMENTS),
    *(f"<{name}></{name}/x>{IMAGE}" for name in _ELEMENTS),
    *(f"<{name}></{name} title='>'>{IMAGE}" for name in _ELEMENTS),
    *(f"<{name}></{name}x></{name.upper()}>{IMAGE}" for name in _ELEMENTS),
    *(f"<{name}/></{name}>{IMAGE}" for name in _ELEMENTS),
    *(f"<{name}><{name}></{name}>{IMAGE}</{name}>" for name in _ELEMENTS),
    *(f"<{name}><!--</{name}>{IMAGE}-->" for name in _ELEMENTS),
    *(f"<{name}><p title='</{name}>{IMAGE}'>" for name in _ELEMENTS),
    "<template><p title='</template><img src=x onerror=alert(1)>'></template>",
    f"<template></template >{IMAGE}",
    f"<template><template></template>{IMAGE}</template>{IMAGE}",
    # what is in it once an entity is read
    *(
        f"<{name}>&lt;/{name}&gt;&lt;img src=x onerror=alert(1)&gt;</{name}>"
        for name in ("textarea", "title", "xmp", "noscript", "style")
    ),
    "<listing>&lt;img src=x onerror=alert(1)&gt;</listing>",
    f"<textarea>\n\n</textarea>{IMAGE}",
    # a script's two kinds of end
    f"<script><!--<script></script>{IMAGE}",
    f"<script><!--<script></script>--></script>{IMAGE}",
    f"<script><!--<script/></script></script>{IMAGE}",
    f"<script><!--<scriptx></script>{IMAGE}-->",
    f"<script><!--<script>--></script>{IMAGE}</script>",
    f"<script>'<!--'</script>{IMAGE}<script>'-->'</script>",
    f"<script type=text/plain></script >{IMAGE}",
    # raw text in raw text
    f"<noscript><style></noscript>{IMAGE}</style></noscript>",
    f"<noscript><!--</noscript>{IMAGE}--></noscript>",
    f"<noscript><iframe></noscript>{IMAGE}",
    f"<noscript></noscript/>{IMAGE}",
    f"<style><iframe></style>{IMAGE}</iframe>",
    f"<xmp><plaintext></xmp>{IMAGE}",
    f"<title><plaintext></title>{IMAGE}",
    f"<textarea><script></textarea>{IMAGE}</script>",
    f"<iframe><script></iframe>{IMAGE}</script>",
    # raw text where a parser is somewhere else
    f"<select><iframe></select>{IMAGE}",
    f"<select><math><style></select>{IMAGE}",
    f"<select><textarea></select>{IMAGE}",
    f"<select><xmp></select>{IMAGE}</xmp></select>",
    f"<select><template><p title='</select>{IMAGE}'></template></select>",
    f"<option><style></option></select><b>{IMAGE}</style></option>",
    f"<table><style></table>{IMAGE}</style>{IMAGE}",
    f"<table><xmp></table>{IMAGE}",
    f"<colgroup><template></colgroup>{IMAGE}",
    f"<frameset><noframes></frameset>{IMAGE}</noframes>{IMAGE}",
    f"<p><plaintext></p>{IMAGE}",
    f"<plaintext></plaintext>{IMAGE}",
)
