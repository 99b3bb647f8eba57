"""What is written: pieces of JavaScript, lines that remember their Python lines, and the source map made from them.

A piece of JavaScript is a Js: text, and how tightly its outermost operator binds, so that brackets are written only
where they are needed. In the text, "\\x01 line,column \\x02" marks where Python's line begins; the marks go when it is
written, and by them each comment finds its place.
"""

import ast
import json
import re
from collections.abc import Callable, Iterable

from compiler.load import Module

# How tightly operators bind, from JavaScript's own table: from the loosest to the tightest.
LEVELS = ["", "=", "? =>", "??", "||", "&&", "|", "^", "&", "=== !==", "< > <= >= instanceof", ">>> <<", "+ -", "* / %"]
BINDS = {operator: level for level, operators in enumerate(LEVELS) for operator in operators.split()}
ATOM, UNARY, COALESCE, LOOSE = 20, 15, BINDS["??"], BINDS["=>"]
MARK = re.compile("\x01(\\d+),(\\d+)\x02")
Mapping = tuple[int, int, int]  # column of JavaScript, line of Python, column of Python
DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


class Js(str):
    """JavaScript text; `level` is how tightly its outermost operator binds."""

    def __new__(cls, text: str, level: int = ATOM) -> "Js":
        return super().__new__(cls, text)

    def __init__(self, text: str, level: int = ATOM) -> None:
        self.level = level


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


def mark(node: ast.expr | ast.stmt) -> str:
    return f"\x01{node.lineno},{node.col_offset}\x02"


class Output:
    """The lines of one file, each with what is mapped to Python in it.

    Python's tree has no comments, so they are put back by line numbers. What is written says by its marks for which
    line of Python it stands: the comments in front of that line are written first (`lead`), the one behind it is added
    at the end (`trail`).
    """

    def __init__(self, module: Module) -> None:
        self.module = module
        self.rows: list[tuple[str, list[Mapping]]] = []
        self.depth = 0
        self.seen = 0  # the last line of Python whose comments are written

    def write(self, text: str, first: int = 0, last: int = 0) -> None:
        """Lines that stand for these lines of Python, with the comments in front of them and behind them."""
        for line in text.split("\n"):
            indent, found = "  " * self.depth if line else "", list[Mapping]()
            while at := MARK.search(line):
                found.append((len(indent) + at.start(), int(at[1]), int(at[2])))
                line = line[: at.start()] + line[at.end() :]
            numbers = sorted({number for _, number, _ in found})
            if numbers:
                margin = "  " if line.startswith("}") else line[: len(line) - len(line.lstrip())]
                self.lead(numbers[-1], indent + margin)
            self.rows.append((indent + line, found))
            self.trail(numbers)
        self.trail(range(first, last + 1))

    def lead(self, line: int, indent: str = "") -> None:
        """The comments in front of a line of Python, and a blank line where Python has some."""
        blank = False
        for number in range(self.seen + 1, line + 1):
            blank = blank or not self.module.lines[max(number - 2, 0)].strip()
            comment = self.module.own_line.get(number)
            if comment is not None or number == line:
                last = self.rows[-1][0] if self.rows else "{"
                if blank and last and not last.endswith(("{", "[")):
                    self.rows.append(("", []))
                blank = False
                if number < line:
                    self.rows.append((f"{indent}// {comment}".rstrip(), []))
        self.seen = max(self.seen, line)

    def trail(self, numbers: Iterable[int]) -> None:
        """The comments behind these lines of Python go behind the line that is written last."""
        for number in numbers:
            if comment := self.module.trailing.pop(number, ""):
                line, found = self.rows[-1]
                self.rows[-1] = (f"{line} // {comment}", found)

    def source_map(self, file: str, python: str) -> str:
        """Version 3: for each line, each mapping as its differences to the one before."""
        groups, old_line, old_column = [], 0, 0
        for _, found in self.rows:
            segments, at = [], 0
            for column, line, python_column in found:
                steps = (column - at, 0, line - 1 - old_line, python_column - old_column)
                segments.append("".join(map(base64_vlq, steps)))
                at, old_line, old_column = column, line - 1, python_column
            groups.append(",".join(segments))
        sources = {"sources": [python], "sourcesContent": [self.module.source], "names": []}
        return json.dumps({"version": 3, "file": file, **sources, "mappings": ";".join(groups)})


def base64_vlq(value: int) -> str:
    """Five bits a digit, the lowest first; 32 says that more follow, and the very lowest bit is the sign."""
    rest, text = 2 * abs(value) + (value < 0), ""
    while rest > 31:
        rest, text = rest >> 5, text + DIGITS[32 + rest % 32]
    return text + DIGITS[rest]
