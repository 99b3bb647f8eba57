"""Random programs in the subset: functions of ints, bytes, lists and dicts that say at the end what became of them.

They are for what no one thinks of: brackets, where variables live, indexes that are proven and others that raise.
"""

import random

INTS = ["a", "b", "c"]
LISTS = ["xs[1:]", "(xs + [1])[:9]", "[n * 2 % 256 for n in xs if n > 3]", "sorted(xs)", "[len(s)] * 2"]
HEAD = """
def program{number}() -> list[str]:
    a, b, c = {numbers}
    s = b"{letters}"
    t = "é😀x"
    xs: list[int] = [{items}]
    d = {{"k": 1, "é": 2}}
    found: list[str] = []
    try:
"""
TAIL = """
    except (IndexError, KeyError, ZeroDivisionError) as error:
        found.append("IndexError" if isinstance(error, IndexError) else "other")
    found.append(f"{a} {b} {c} {len(xs)} {len(d)} {t}")
    return found + [s.hex()] + [str(n) for n in xs] + [f"{k}={d[k]}" for k in sorted(d)]
"""


class Programmer:
    """Writes programs, each from its seed. `loop`: names that a loop over a range has taken."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.loop: list[str] = []
        self.fresh = 0

    def pick(self, *choices: str) -> str:
        return self.random.choice(choices)

    def number(self, depth: int = 2) -> str:
        """An expression for an int; small, as assignments keep variables below 1000."""
        r = self.random.randrange
        if depth == 0:
            return self.pick(*INTS, *self.loop, str(r(-3, 9)), str(r(300)), "len(xs)", "len(s)", "0x1F")
        one, two = self.number(depth - 1), self.number(depth - 1)
        return self.pick(
            f"{one} {self.pick('+', '-', '*')} {two}",
            f"({one} {self.pick('+', '-')} {two}) {self.pick('*', '-', '//', '%')} {r(1, 9)}",
            f"{one} {self.pick('//', '%')} ({two})",
            f"-({one})" if one.startswith("-") else f"-{one}",
            f"({one} if {self.test(depth - 1)} else {two})",
            f"({one}) % {self.pick('255', '1023', '7')}",
            f"({one} & {self.pick('255', '1023', '7')})",
            f"(({one} & 0xFFFF) {self.pick('^', '|')} ({two} & 0xFF))",
            f"(((({one}) & 0xFF) << {r(9)}) & 0xFFFF)",
            f"min({one}, {two})",
            f"max({one}, {two}, {r(5)})",
            f"abs({self.pick(*INTS)})",
            self.pick(f"xs[{r(-2, 3)}]", f"s[{r(-2, 3)}]", f"xs[{one} % 4]", "xs[0]"),
            f"d.get({self.key()}, {two})",
            f"s.find(b{self.pick(chr(34) + 'a' + chr(34), chr(34) + 'ab' + chr(34))}, {r(-3, 4)})",
            f"({self.pick(*INTS)} or {two})",
            f"({self.pick(*INTS)} and {two})",
            (depth > 0 and one) or two,
        )

    def key(self) -> str:
        return self.pick('"k"', '"é"', '"__proto__"', '"0"')

    def test(self, depth: int = 1) -> str:
        one, two = self.pick(*INTS), self.number(0)
        simple = [
            f"{one} {self.pick('<', '<=', '>', '>=', '==', '!=')} {two}",
            f"{one} < {self.pick(*INTS)} <= {two}",
            self.pick("xs[1:]", "s[1:]", "a + b", "not xs[:1]", "not a - 1"),
            f"{one} {self.pick('in', 'not in')} xs",
            f"{self.key()} {self.pick('in', 'not in')} d",
            f's.startswith(b"{self.pick("a", "b", "")}")',
            'b"b" in s',
        ]
        if depth == 0:
            return self.pick(*simple)
        first, second = self.test(depth - 1), self.test(depth - 1)
        return self.pick(
            *simple,
            f"{first} and {second}",
            f"({first} or {second})",
            f"not ({first})",
            f"{first} or {second} and a > 1",
        )

    def block(self, depth: int, indent: str, in_loop: bool) -> list[str]:
        lines: list[str] = []
        for _ in range(self.random.randrange(1, 4)):
            lines += self.statement(depth, indent, in_loop)
        return lines

    def statement(self, depth: int, indent: str, in_loop: bool) -> list[str]:
        name = self.pick(*INTS)
        plain = [
            [f"{name} = ({self.number()}) % 1000"],
            [f"{name} {self.pick('+', '-')}= {self.pick('1', '2', 'len(s)')}", f"{name} %= 500"],
            [f"xs.append({self.number(1)} & 0xFF)"],
            [f"{name} = xs.{self.pick('pop()', 'pop(0)', 'pop(1)')}"],
            ["if xs:", f"    {name} = xs.pop(0)"],
            [f"xs[{self.random.randrange(-1, 3)}] = {self.number(1)} & 0xFF"],
            [f"d[{self.key()}] = {self.number(1)} % 1000"],
            [f"d[{self.key()}] += {self.random.randrange(9)}"],
            [f's = s[{self.random.randrange(-2, 2)}:] + b"ab"', "s = s[:12]"],
            [f"s = bytes([{self.number(0)} & 0xFF, 0x62]) + s[1:9]"],
            [f"a, {self.pick('b', 'c')} = {self.number(0)} % 50, a"],
            [f"found.append(str({self.number(1)}))"],
            [f"xs = {self.pick(*LISTS)}"],
            [f"d.pop({self.key()}, 0)"],
        ]
        if in_loop:
            plain += [[f"if {self.test()}:", f"    {self.pick('break', 'continue')}"]]
        if depth == 0 or self.random.random() < 0.4:
            return [indent + line for line in self.random.choice(plain)]
        return self.compound(depth - 1, indent, in_loop)

    def compound(self, depth: int, indent: str, in_loop: bool) -> list[str]:
        kinds = [self.branches, self.over_a_range, self.while_loop, self.over_items, self.over_a_dict, self.caught]
        return self.random.choice(kinds)(depth, indent, in_loop)

    def branches(self, depth: int, indent: str, in_loop: bool) -> list[str]:
        lines: list[str] = []
        for head in [f"if {self.test()}:", f"elif {self.test()}:", "else:"]:
            if not lines or self.random.random() < 0.5:
                lines += [indent + head, *self.block(depth, indent + "    ", in_loop)]
        return lines

    def over_a_range(self, depth: int, indent: str, in_loop: bool) -> list[str]:
        self.fresh += 1
        at = f"i{self.fresh}"
        end = self.pick("3", "len(xs)", "a % 5", "len(s)", "1, 7, 2", "4, 0, -1")
        uses = {"len(xs)": [f"found.append(str(xs[{at}]))"], "len(s)": [f"b = (b + s[{at}]) % 999"]}
        self.loop.append(at)
        inner = [f"{indent}    {line}" for line in uses.get(end, [])] + self.block(depth, indent + "    ", True)
        self.loop.pop()
        return [f"{indent}for {at} in range({end}):", *inner]

    def while_loop(self, depth: int, indent: str, in_loop: bool) -> list[str]:
        self.fresh += 1
        n, end = f"w{self.fresh}", self.pick("3", "len(s)", "len(xs)")
        head = [f"{indent}{n} = 0", f"{indent}while {n} < {end} and {n} < 9:", f"{indent}    {n} += 1"]
        return head + self.block(depth, indent + "    ", True)

    def over_items(self, depth: int, indent: str, in_loop: bool) -> list[str]:
        over = self.pick("xs[:]", "s", "[1, 2, 3]", "(4, 5)", "sorted(xs)", "xs[:2]")
        head = [f"{indent}for each in {over}:", f"{indent}    c = (c + each) % 777"]
        return head + self.block(depth, indent + "    ", True)

    def over_a_dict(self, depth: int, indent: str, in_loop: bool) -> list[str]:
        keys = [f"{indent}for key in sorted(d):", f"{indent}    found.append(key)"]
        head = [f"{indent}for at, item in enumerate(xs[:3]):", f"{indent}    a = (a + at * item) % 555"]
        return keys + head + self.block(depth, indent + "    ", True)

    def caught(self, depth: int, indent: str, in_loop: bool) -> list[str]:
        body, handler = (self.block(depth, indent + "    ", in_loop) for _ in range(2))
        name = self.pick("IndexError", "KeyError", "Exception")
        return [f"{indent}try:", *body, f"{indent}except {name}:", *handler]

    def program(self, number: int) -> str:
        r = self.random.randrange
        numbers = f"{r(-9, 9)}, {r(100)}, {r(4)}"
        letters, items = self.pick("", "a", "abab", "xyz\\xff"), self.pick("", "5", "3, 1, 2", "9, 9, 0, 255")
        head = HEAD.format(number=number, numbers=numbers, letters=letters, items=items)
        return head + "\n".join(self.block(3, "        ", False)) + TAIL


def write_programs(count: int) -> str:
    return "\n".join(Programmer(seed).program(seed) for seed in range(count))
