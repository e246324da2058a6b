"""Texts that make a file when R, Python, a shell or a template evaluates them; CANARY is its path."""

R = {
    "call": 'file.create("CANARY")',
    "closed formula": 'x); file.create("CANARY") #',
    "closed backtick": "`; file.create('CANARY'); `",
    "closed quote": '"; file.create("CANARY"); "',
    "system": 'system("touch CANARY")',
    "knitr": "`r file.create('CANARY')`",
    "identity": 'I(file.create("CANARY"))',
    "tilde": '~ file.create("CANARY")',
    "lambda": '(\\(x) file.create("CANARY"))()',
    "glue": '{file.create("CANARY")}',
    "nested glue": '{.val {file.create("CANARY")}}',
}
PYTHON = {
    "import": "__import__('os').system('touch CANARY')",
    "open": "open('CANARY', 'w')",
    "subclasses": "().__class__.__base__.__subclasses__() and open('CANARY', 'w')",
    "f-string": 'f\'{open("CANARY", "w")}\'',
    "percent": "%(open('CANARY', 'w'))s",
    "pandas": "@pd.io.common.os.system('touch CANARY')",
}
SHELL = {
    "substitution": "$(touch CANARY)",
    "backticks": "`touch CANARY`",
    "command": "; touch CANARY #",
    "pipe": "x | touch CANARY",
    "line": "x\ntouch CANARY",
    "option": "--out=CANARY",
}
TEMPLATES = {
    "jinja": "{{ cycler.__init__.__globals__.os.system('touch CANARY') }}",
    "jinja block": "{% if cycler.__init__.__globals__.os.system('touch CANARY') %}{% endif %}",
    "jinja sum": "{{ 7 * 7 }}{% raw %}",
    "str.format": "{0.__class__.__init__.__globals__}",
    "mathtext": "$\\frac{1}{2}$",
}
MARKUP = {
    "script": "<script>alert(1)</script>",
    "attribute": '"><img src=x onerror=alert(1)>',
    "svg": "<svg onload=alert(1)><a xlink:href='javascript:alert(1)'>x</a></svg>",
    "end of style": "</style></script></title></td></table><h1>x</h1>",
    "comment": "<!-- ]]> <![CDATA[",
    "entity": "&lt;b&gt; &#60;b&#62; &colon;",
    "link": "[click](javascript:alert(1))",
    "image": "![x](https://example.org/pixel.png)",
    "reference": "[x]: https://example.org",
    "autolink": "<https://example.org> https://example.org www.example.org me@example.org",
    "heading": "# heading | with | cells",
}
FORMULAS = {
    "equals": "=1+1",
    "exchange": "=cmd|' /C calc'!A0",
    "link": '=HYPERLINK("https://example.org";"x")',
    "plus": "+1+1",
    "minus": "-1+1",
    "at": "@SUM(1+1)",
    "tab": "\t=1+1",
    "return": "\r=1+1",
    "wide": "＝1+1",
}
CONTROLS = {
    "title of the terminal": "\x1b]0;owned\x07",
    "colour": "\x1b[31mred\x1b[0m",
    "clear": "\x1b[2J\x1b[H",
    "one-byte escape": "\x9b31m",
    "backspace": "safe\b\b\b\bevil",
    "return": "error: none\rall fine",
    "override": "abc\u202egnp.exe",
    "isolate": "a\u2066b\u2069c",
    "line separator": "a\u2028b",
    "bell": "ding\x07",
}
NAMES = {
    "dunder": "__class__",
    "index of pandas": "__index_level_0__",
    "placeholder": "_quoted_0_",
    "format": "%s%n%d",
    "path": "../../etc/passwd",
    "byte order mark": "\ufeffage",
    "emoji": "👩‍👩‍👧",
    "Chinese": "幸福感 指数",
    "dots of R": "...",
    "formula of R": "a:b^2 + 0",
    "keyword": "function",
    "constant": "T",
    "missing": "nan",
}

KINDS = {
    "R": R,
    "Python": PYTHON,
    "shell": SHELL,
    "template": TEMPLATES,
    "markup": MARKUP,
    "formula": FORMULAS,
    "control": CONTROLS,
    "name": NAMES,
}
