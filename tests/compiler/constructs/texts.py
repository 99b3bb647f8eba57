# ruff: noqa
"""str: what means the same whether a character is one unit or two."""

TEXTS = [
    "",
    "a",
    "abc",
    "é",
    "😀",
    "a😀b",
    "\ud83d",
    "\ufeffx",
    "\ue000",
    "\U00010000",
    "a,b,,c",
    "$&",
    "`${x}`",
    "\\\n\r\t\0\"'",
    "中文",
]


def equality() -> list[bool]:
    found: list[bool] = []
    for a in TEXTS:
        for b in TEXTS:
            found.append(a == b)
            found.append(a != b)
            if a != "\ud83d" and b != "\ud83d":  # half of a pair is found in it, in JavaScript: see docs/compiled.md
                found.append(a in b)
                found.append(a not in b)
                found.append(a.startswith(b))
                found.append(a.endswith(b))
    return found


def joined() -> list[str]:
    parts: list[str] = []
    for text in TEXTS:
        parts.append(text + "|" + text)
        parts.append(f"<{text}> {{}} ${text} ${{x}} `{text}` \\ \n é {'yes' if text else 'no'}")
    return [",".join(parts), "".join(TEXTS), "é".join([]), "-".join(text for text in TEXTS if text), "", "x"]


def split_and_replaced() -> list[list[str]]:
    found: list[list[str]] = []
    for text in TEXTS:
        found.append(text.split(","))
        found.append(text.split("😀"))
        found.append([text.replace("a", "$&$1"), text.replace("b", ""), text.replace(",", text)])
    return found


def stripped() -> list[str]:
    found: list[str] = []
    for text in ["  a ", "\t x", "xyx", "", "  ", "\u2003x", "é é"]:
        found.append(text.strip(" \t"))
        found.append(text.lstrip("x"))
        found.append(text.rstrip("xé "))
    return found


def characters() -> list[list[str]]:
    found: list[list[str]] = []
    for text in TEXTS:
        one: list[str] = []
        for character in text:
            one.append(character)
        found.append(one)
        found.append(list(text))
        found.append([character + "." for character in text])
    return found


def sorted_by_code_point() -> list[str]:
    return sorted(TEXTS) + sorted(["b", "a", "", "aa", "B", "\uffff", "\U0010ffff", "\ud83d", "\ude00", "😀", "😁"])


def truth() -> list[str]:
    found: list[str] = []
    for text in TEXTS:
        if text:
            found.append("yes")
        if not text:
            found.append("no")
        found.append(text or "empty")
        found.append(text and "full")
        found.append("full" if text else "empty")
        found.append(f"{text or 'none'}")
    return found


def optional(text: "str | None") -> str:
    if text is None:
        return "None"
    return text


def optionals() -> list[str]:
    empty: str | None = None
    found = [optional(None), optional(""), optional(empty or "x")]
    if empty is not None:
        found.append("never")
    if not empty:
        found.append("falsy")
    found.append("equal" if empty == "x" else "different")
    return found


def converted() -> list[str]:
    return ["x", str(12), "%", "100%", "a" * 3, "ab" * 0, "é" * 2]


def encoded() -> list[bytes]:
    return [text.encode("utf-8") for text in TEXTS if text != "\ud83d"] + ["abc".encode("ascii"), "é".encode()]


def lone_surrogate() -> str:
    try:
        return TEXTS[6].encode("utf-8").decode("utf-8")
    except UnicodeEncodeError:
        return "UnicodeEncodeError"


def literals() -> list[str]:
    return [
        "onetwo",
        'it\'s "so"',
        """three
lines
""",
        r"\d",
        "\x7f\x80\xff",
        "\u2028",
    ]
