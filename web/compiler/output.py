"""What is written: lines of JavaScript that remember their Python lines, and the source map made from them.

A piece of JavaScript is a Js: text, and how tightly its outermost operator binds, so that brackets are written only
where they are needed. Inside the text, "\\x01 line,column \\x02" marks where a Python line begins; the marks are taken
out when the text is written.
"""

import json
import re
from pathlib import PurePosixPath

# How tightly operators bind, from JavaScript's own table.
ATOM, UNARY, POWER, MULTIPLY, ADD, SHIFT, RELATION, EQUALITY = 20, 15, 14, 13, 12, 11, 10, 9
BIT_AND, BIT_XOR, BIT_OR, AND, OR, COALESCE, LOOSE = 8, 7, 6, 5, 4, 3, 2

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
    """The text, in brackets if it binds more loosely than the place needs."""
    return js if js.level >= level else f"({js})"


def quote(text: str) -> str:
    """A string literal in ASCII. Bytes come as text of U+0000 to U+00FF."""
    return '"' + "".join(escape(char, '"') for char in text) + '"'


def escape(char: str, quotes: str) -> str:
    named = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", quotes: "\\" + quotes}
    if char in named:
        return named[char]
    code = ord(char)
    if 32 <= code < 127:
        return char
    if code < 256:
        return f"\\x{code:02x}"
    return json.dumps(char)[1:-1]


class Output:
    """The lines of one file. A mapping is (column of JavaScript, line of Python, column of Python)."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.mappings: list[list[tuple[int, int, int]]] = []
        self.depth = 0

    def write(self, text: str) -> None:
        for line in text.split("\n"):
            indented = "  " * self.depth + line if line else ""
            plain, found, last = "", [], 0
            for mark in MARK.finditer(indented):
                plain += indented[last : mark.start()]
                found.append((len(plain), int(mark[1]), int(mark[2])))
                last = mark.end()
            self.lines.append(plain + indented[last:])
            self.mappings.append(found)

    def insert(self, at: int, lines: list[str]) -> None:
        """Lines that have no Python line, in front of the one at this place."""
        self.lines[at:at] = lines
        self.mappings[at:at] = [[] for _ in lines]

    def source_map(self, name: str, python: PurePosixPath, source: str) -> str:
        """Version 3: for each line, each mapping as differences to the one before."""
        groups, old_line, old_column = [], 0, 0
        for found in self.mappings:
            segments, at = [], 0
            for column, line, python_column in found:
                steps = (column - at, 0, line - 1 - old_line, python_column - old_column)
                segments.append("".join(base64_vlq(step) for step in steps))
                at, old_line, old_column = column, line - 1, python_column
            groups.append(",".join(segments) + ";")
        return json.dumps(
            {
                "version": 3,
                "file": name,
                "sources": [str(python)],
                "sourcesContent": [source],
                "names": [],
                "mappings": "".join(groups),
            }
        )


def base64_vlq(value: int) -> str:
    rest = -value * 2 + 1 if value < 0 else value * 2
    text = ""
    while True:
        rest, digit = rest >> 5, rest & 31
        text += DIGITS[digit | 32 if rest else digit]
        if not rest:
            return text
