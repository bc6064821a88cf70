"""Ids that would take the place of a global or of another element, were it not for their prefix."""

from cms.richtext.tests.hostile.payload import IMAGE

CALL = "cid:alert(1)"

_NAMES = (
    "config", "location", "__proto__", "constructor", "cookie", "body", "forms", "svelte", "x y",
    "user-content", "user_content-config", "USER-CONTENT-config", "user-content-", "&#9;config",
    "config&#0;", "\u202econfig", "&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;",
)  # fmt: skip

IDS = (
    "<p id=location>x",
    "<a id=x>x",
    "<a name=getElementById>x",
    *(f'<h2 id="{name}" onclick=alert(1)>x</h2>' for name in _NAMES),
    *(f'<a name="{name}" href={CALL}>{IMAGE}</a>' for name in _NAMES),
    f"<ul><li id=config><a id=config name=callback href={CALL}>x</a></ul>",
    f"<a id=config></a><span id=config {IMAGE}",
    f"<a href='#config' id=config onclick=alert(1)>x</a>{IMAGE}",
    f"<a href='#&quot; onclick=alert(1) x=&quot;'>x</a><p id='&quot; onclick=alert(1) x=&quot;'>{IMAGE}",
    f"<a href='#<img src=x onerror=alert(1)>'>x</a><p id='<img src=x onerror=alert(1)>'>{IMAGE}",
    f"<p title=' id=&quot;x&quot;'>x</p><a title='href=&quot;#x' href='#x'>{IMAGE}</a>",
    f"<pre> id=\"x\" &lt;a href=\"#x\"</pre><a href='#x'>{IMAGE}</a><p id=x>",
    f"<img id=config name=callback src=x onerror=alert(1)><a href='#config'>{IMAGE}</a>",
    "".join(f"<p id={'user-content-' * count}x>" for count in range(15)) + f"<a href=#x>{IMAGE}",
    f"<table id=config><caption id=callback><a id=config href={CALL}>{IMAGE}</table>",
    f"<details id=config open ontoggle=alert(1)><summary id=callback>x</summary>{IMAGE}",
    f"<div id=app><div id=app><div id=root>{IMAGE}",
)  # fmt: skip
