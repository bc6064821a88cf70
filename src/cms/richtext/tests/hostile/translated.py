"""What is translated into other elements, with something in it that is not to come along."""

from cms.richtext.tests.hostile.payload import IMAGE

_RENAMED = (
    "acronym", "address", "article", "center", "dialog", "dir", "fieldset", "header", "legend",
    "listing", "menu", "nav", "section", "strike", "tt", "button", "label", "option", "output",
)  # fmt: skip

TRANSLATED = (
    *(f"<{name} onclick=alert(1)>a<{name}><p>{IMAGE}</{name}>b" for name in _RENAMED),
    # players
    f"<video src=javascript:alert(1) title='{IMAGE}'></video>{IMAGE}",
    f"<video src=/x title='&lt;img src=x onerror=alert(1)&gt;'>{IMAGE}</video>{IMAGE}",
    f"<video src='/x&quot; onclick=&quot;alert(1)'></video>{IMAGE}",
    f"<audio src='data:text/html,<script>alert(1)</script>'>{IMAGE}</audio>{IMAGE}",
    f"<video><source src=javascript:alert(1)><source src='/x\"><img onerror=alert(1)>'></video>{IMAGE}",
    f"<a href=/x><video src=/y><a href=/z>{IMAGE}</video></a>{IMAGE}",
    f"<video src=/x onerror=alert(1)><script>alert(1)</script></video><canvas>{IMAGE}",
    f"<video src=//evil.example/x poster=//evil.example/y></video>{IMAGE}",
    # tasks
    f"<ul><li><input type=checkbox checked onclick=alert(1)>{IMAGE}</ul>",
    f"<ul><li><label onclick=alert(1)><input type=checkbox><span onclick=alert(1)>{IMAGE}</span></label></ul>",
    f"<li><input type=checkbox><input type=checkbox autofocus onfocus=alert(1)>{IMAGE}",
    f"<p><input type=checkbox autofocus onfocus=alert(1)>{IMAGE}",
    f"<table><input type=checkbox><tr><input type=checkbox>{IMAGE}<td><li><input type=checkbox>",
    f"<ul data-checked='true\" onclick=\"alert(1)'><li>{IMAGE}</ul>",
    f"<ul data-checked=true><li data-checked='&quot;&gt;' onclick=alert(1)>{IMAGE}<li></ul>",
    f"<ul><li role=checkbox aria-checked=true><img src=data:x onerror=alert(1) aria-roledescription=checkbox>{IMAGE}</ul>",
    # lists
    f"<ol><li data-list=bullet>a<li data-list='x\" onclick=\"alert(1)' class=ql-indent-9>{IMAGE}</ol>",
    "<ol>" + "".join(f"<li class=ql-indent-{n % 10} onclick=alert(1)>" for n in range(60)) + IMAGE,
    f"<ol><ul><ol><ul onclick=alert(1)>{IMAGE}<li>a</ul><script>alert(1)</script></ol>",
    f"<ul><li>a</li><ul><table><li>{IMAGE}</ul></table></ul>",
    f"<p style=mso-list:l0 level1>a<p style='mso-list:l0 level1 lfo1'><span style=mso-list:Ignore>{IMAGE}</span>",
    f"<p style='mso-list:l0 level2 lfo1'><span style=mso-list:Ignore>9999999999.</span><table><p style='mso-list:l0 level1 lfo1'>{IMAGE}",
    f"<p style='mso-list:l0 level1 lfo1'><span style=mso-list:Ignore>&lt;script&gt;a)</span>{IMAGE}",
    # ruby
    f"<ruby onclick=alert(1)>a<rp>(<rt>b{IMAGE}<rp>)</ruby>",
    f"<ruby><rb><rtc><rt><rp>{IMAGE}<rtc><rb>x</ruby>",
    f"<ruby><rt><svg><rt><style></rt></svg>{IMAGE}</style>",
    f"<ruby><p><rt><ruby><rp><table><rt>{IMAGE}</ruby></table></p>",
    f"<rt><rp><rb><b><ruby><i><rt></b>{IMAGE}",
    f"<wbr onclick=alert(1)><wbr>{IMAGE}</wbr>",
)  # fmt: skip
