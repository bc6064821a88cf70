"""Frames that are no embed of a host that is allowed, and frames that ask for more than they get."""

from cms.richtext.tests.hostile.payload import IMAGE

HOST = "www.youtube-nocookie.com"

_ADDRESSES = (
    "javascript:alert(1)",
    f"javascript://{HOST}/%0aalert(1)",
    "data:text/html,<script>alert(1)</script>",
    f"http://{HOST}/x",
    f"//{HOST}/x",
    f"https://{HOST}:444/x",
    f"https://{HOST}:443/x",
    f"https://{HOST}@evil.example/x",
    f"https://{HOST}\\@evil.example/x",
    f"https://{HOST}.evil.example/x",
    f"https://{HOST}./x",
    f"https://evil.example/{HOST}",
    f"https://evil.example#{HOST}",
    f"https://evil.example?https://{HOST}/",
    f"https://x.{HOST}/x",
    f"https:/{HOST}/x",
    f"https:{HOST}/x",
    f"https:\\\\{HOST}/x",
    f"https://{HOST}%00.evil.example/x",
    f"https://{HOST}&Tab;.evil.example/x",
    f"https://{HOST}&#0;/x",
    "https://\uff57ww.youtube-nocookie.com.evil.example/",
    "/canary.svg",
    "x",
    "#x",
    "",
)  # fmt: skip

# None of these is an embed, whatever EMBED_HOSTS says.
NO_EMBEDS = (
    *(f'<iframe src="{address}"></iframe>{IMAGE}' for address in _ADDRESSES),
    f"<iframe srcdoc='<script>alert(1)</script>'></iframe>{IMAGE}",
    f"<iframe title=' src=&quot;https://{HOST}/x&quot;' onload=alert(1)></iframe>",
    f"<iframe data-src=https://{HOST}/x></iframe>{IMAGE}",
    f"<iframe src><img src=x onerror=alert(1)></iframe>{IMAGE}",
    f"<svg><iframe src=https://{HOST}/x></iframe></svg>{IMAGE}",
    f"<select><iframe src=https://{HOST}/x></iframe></select>{IMAGE}",
    f"<object><iframe src=https://{HOST}/x></iframe></object>{IMAGE}",
    f"<noscript><iframe src=https://{HOST}/x></iframe></noscript>{IMAGE}",
    f"<frame src=https://{HOST}/x><embed src=https://{HOST}/x>{IMAGE}",
)
# These are, and nothing but the embed may be left of them.
_SRC = f"src=https://{HOST}/x"
GREEDY = (
    f"<iframe {_SRC} srcdoc='<script>alert(1)</script>'></iframe>",
    f"<iframe {_SRC} onload=alert(1)></iframe>{IMAGE}",
    f"<iframe {_SRC} sandbox='allow-top-navigation allow-scripts' onload=alert(1)></iframe>",
    f"<iframe {_SRC} sandbox='' sandbox=allow-top-navigation allow='camera; microphone' {IMAGE}",
    f"<iframe {_SRC} name=config onload=alert(1)></iframe>",
    f"<iframe {_SRC} style='position:fixed;inset:0' loading=eager onload=alert(1)></iframe>",
    f"<iframe {_SRC} id=config onload=alert(1)></iframe>{IMAGE}",
    f"<iframe {_SRC} width=100% height='9;' onload=alert(1)></iframe>",
    f"<iframe {_SRC} allowfullscreen=alert(1) csp=x credentialless onload=alert(1)></iframe>",
    f"<iframe {_SRC} title='</iframe>{IMAGE}'></iframe>{IMAGE}",
    f"<iframe {_SRC}></iframe x='</iframe>'>{IMAGE}",
    f"<iframe {_SRC}><!--</iframe>{IMAGE}-->",
    f"<iframe {_SRC}><script></iframe>{IMAGE}</script>",
    f"<iframe {_SRC}/>{IMAGE}</iframe>{IMAGE}",
    f"<table><iframe {_SRC}><td>{IMAGE}</iframe></table>{IMAGE}",
    f"<iframe {_SRC}><iframe {_SRC}></iframe>{IMAGE}</iframe>",
    f"<a href=/x><iframe {_SRC}></a>{IMAGE}</iframe><p onclick=alert(1)>x",
    f"<p><iframe {_SRC}></p><iframe></iframe>{IMAGE}",
)
EMBEDS = (*NO_EMBEDS, *GREEDY)
