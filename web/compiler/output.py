"""What is written: pieces of JavaScript, lines that remember their Python lines, and the source map made from them.

A piece of JavaScript is a Js: text, and how tightly its outermost operator binds, so that brackets are written only
where they are needed. In the text, "\\x01 line,column \\x02" marks where Python's line begins; the marks go when it is
written.
"""

import json
import re
from collections.abc import Callable

# How tightly operators bind, from JavaScript's own table: from the loosest to the tightest.
LEVELS = ["", "=", "? =>", "??", "||", "&&", "|", "^", "&", "=== !==", "< > <= >= instanceof", ">>> <<", "+ -", "* / %"]
BINDS = {operator: level for level, operators in enumerate(LEVELS) for operator in operators.split()}
ATOM, UNARY, COALESCE, LOOSE = 20, 15, BINDS["??"], BINDS["=>"]
MARK = re.compile("\x01(\\d+),(\\d+)\x02")
DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


class Js(str):
    """JavaScript text; `level` is how tightly its outermost operator binds."""

    level: int

    def __new__(cls, text: str, level: int = ATOM) -> "Js":
        made = super().__new__(cls, text)
        made.level = level
        return made


def wrap(js: Js, level: int) -> str:
    """The text, in brackets if it binds more loosely than its place needs."""
    return js if js.level >= level else f"({js})"


def fill(template: str, values: list[Js], helper: Callable[[str], str]) -> Js:
    """A phrase of the phrasebook with its operands and helpers in place."""

    def place(found: re.Match[str]) -> str:
        if found[1]:
            return helper(found[1])
        before, after = template[: found.start()], template[found.end() :]
        left, right = re.search(r" (\S+) $", before), re.match(r" (\S+) ", after)
        needs = [LOOSE, BINDS.get(left[1], 0) + 1 if left else 0, BINDS.get(right[1], 0) if right else 0]
        needs += [ATOM] if re.match(r"\.|\?\.|\[", after) else []
        needs += [UNARY + before.endswith("-")] if before.endswith(("!", "-", "typeof ")) else []
        return wrap(values[int(found[2]) - 1], max(needs))

    if re.fullmatch(r"\$\d", template):
        return values[int(template[1]) - 1]
    return Js(re.sub(r"@(\w+)|\$(\d)", place, template), binding(template))


def binding(template: str) -> int:
    """How tightly the loosest operator outside of all brackets binds."""
    while template != (shorter := re.sub(r"\([^()]*\)|\[[^\[\]]*\]", "", template)):
        template = shorter
    levels = [BINDS[word] for word in template.split(" ") if word in BINDS]
    return min(levels or [UNARY if template.startswith(("!", "-", "typeof ")) else ATOM])


def quote(text: str) -> str:
    """A string literal in ASCII. Bytes come as text of U+0000 to U+00FF."""
    return '"' + "".join(escape(char, '"') for char in text) + '"'


def escape(char: str, quotes: str) -> str:
    named = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", quotes: "\\" + quotes}
    if char in named or " " <= char <= "~":
        return named.get(char, char)
    return f"\\x{ord(char):02x}" if ord(char) < 256 else json.dumps(char)[1:-1]


class Output:
    """The lines of one file. A mapping is (column of JavaScript, line of Python, column of Python)."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.mappings: list[list[tuple[int, int, int]]] = []
        self.depth = 0

    def write(self, text: str) -> None:
        for line in text.split("\n"):
            indent, found = "  " * self.depth if line else "", []
            while mark := MARK.search(line):
                found.append((len(indent) + mark.start(), int(mark[1]), int(mark[2])))
                line = line[: mark.start()] + line[mark.end() :]
            self.lines.append(indent + line)
            self.mappings.append(found)

    def insert(self, at: int, lines: list[str]) -> None:
        """Lines that have no Python line, in front of the one at this place."""
        self.lines[at:at] = lines
        self.mappings[at:at] = [[] for _ in lines]

    def source_map(self, file: str, python: str, source: str) -> str:
        """Version 3: for each line, each mapping as its differences to the one before."""
        groups, old_line, old_column = [], 0, 0
        for found in self.mappings:
            segments, at = [], 0
            for column, line, python_column in found:
                steps = (column - at, 0, line - 1 - old_line, python_column - old_column)
                segments.append("".join(base64_vlq(step) for step in steps))
                at, old_line, old_column = column, line - 1, python_column
            groups.append(",".join(segments))
        content = {"sources": [python], "sourcesContent": [source], "names": [], "mappings": ";".join(groups)}
        return json.dumps({"version": 3, "file": file, **content})


def base64_vlq(value: int) -> str:
    rest, text = -value * 2 + 1 if value < 0 else value * 2, ""
    while rest or not text:
        rest, digit = rest >> 5, rest & 31
        text += DIGITS[digit | 32 if rest else digit]
    return text
