"""Expressions: each kind of node of Python's tree has one method here; EXPRESSIONS, at the end, says which.

The type of a value decides, while compiling, what is written: nothing is looked up when the program runs.
"""

import ast
import re
from collections.abc import Callable

from mypy import types as T
from mypy.nodes import ARG_NAMED, ARG_NAMED_OPT, ARG_STAR, ARG_STAR2, Decorator, FuncDef, RefExpr, TypeInfo, Var

from compiler.kinds import NATIVE_TRUTH, PLAIN, class_of, item_type, kinds_of
from compiler.library import (
    CODECS,
    EXCEPTIONS,
    FUNCTIONS,
    METHODS,
    NO_FUNCTION,
    NO_METHOD,
    NO_NODE,
    NOT_EMPTY,
    RESERVED,
)
from compiler.load import Module
from compiler.output import (
    ADD,
    AND,
    ATOM,
    BIT_AND,
    BIT_OR,
    BIT_XOR,
    COALESCE,
    EQUALITY,
    LOOSE,
    MULTIPLY,
    OR,
    RELATION,
    SHIFT,
    UNARY,
    Js,
    escape,
    quote,
    wrap,
)
from compiler.proofs import Proofs

MAX_U32 = 0xFFFFFFFF
MAX_SAFE = 2**53 - 1
NULL = Js("null")
COMPARISONS = {ast.Eq: "===", ast.NotEq: "!==", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}
ARITHMETIC = {ast.Add: ("+", ADD), ast.Sub: ("-", ADD), ast.Mult: ("*", MULTIPLY)}
BITS = {ast.BitAnd: ("&", BIT_AND), ast.BitOr: ("|", BIT_OR), ast.BitXor: ("^", BIT_XOR)}


class Expressions:
    def __init__(self, module: Module, proofs: Proofs) -> None:
        self.module = module
        self.proofs = proofs
        self.helpers: set[str] = set()
        self.used: set[str] = set()
        self.self_name: str | None = None
        self.line = 0

    # What mypy knows.

    def type_of(self, node: ast.expr) -> T.Type | None:
        known = self.module.known(node)
        return known[1] if known else None

    def kinds(self, node: ast.expr) -> frozenset[str]:
        if isinstance(node, ast.Constant):
            return frozenset({"none" if node.value is None else type(node.value).__name__})
        return kinds_of(self.type_of(node))

    def kind(self, node: ast.expr) -> str:
        """The one kind of a value, leaving out None; "" if there are several."""
        kinds = self.kinds(node) - {"none"}
        return next(iter(kinds)) if len(kinds) == 1 else ""

    def builtin(self, node: ast.expr) -> str | None:
        """The name of the built-in function or class that this expression names."""
        known = self.module.known(node)
        if known and isinstance(known[0], RefExpr) and known[0].fullname.startswith("builtins."):
            return known[0].fullname.removeprefix("builtins.")
        if known is None and isinstance(node, ast.Name) and node.id in EXCEPTIONS:
            return node.id  # in code that mypy does not reach
        return None

    def member(self, node: ast.Attribute) -> object:
        """What an attribute of one of our classes is: a Var, a FuncDef, a Decorator (a property)."""
        info = class_of(self.type_of(node.value))
        found = info.get(node.attr) if info else None
        return found.node if found else None

    # What is refused, and small services.

    def refuse(self, node: ast.AST, message: str) -> Js:
        self.module.refuse(node, message)
        return NULL

    def helper(self, name: str) -> str:
        self.helpers.add(name)
        return name

    def fill(self, template: str, receiver: Js | None, values: list[Js]) -> Js:
        """A template of library.py with its helpers, its object and its arguments in place."""

        def place(found: re.Match[str]) -> str:
            if found[1]:
                return self.helper(found[1])
            value = values[int(found[2]) - 1] if found[2] else receiver
            assert value is not None
            before, after = template[: found.start()], template[found.end() :]
            return wrap(value, ATOM if after[:1] in (".", "[") else BIT_OR if before.endswith("?? ") else LOOSE)

        level = COALESCE if "??" in template else LOOSE if " = " in template else ATOM
        if template in ("$", "$1"):
            return values[0] if template == "$1" else receiver or NULL
        return Js(re.sub(r"@(\w+)|\$(\d?)", place, template), level)

    def path(self, node: ast.expr) -> str | None:
        """`x` or `self.x.y`: something that may be written twice, as reading it does nothing."""
        if isinstance(node, ast.Name):
            return node.id
        if isinstance(node, ast.Attribute) and not isinstance(self.member(node), Decorator):
            base = self.path(node.value)
            return base and f"{base}.{node.attr}"
        return None

    def constant(self, node: ast.expr) -> int | None:
        """The value of an int that is known now: a literal, a constant of this module, or sums and such of them."""
        return self.proofs.constant(node)

    def fits(self, value: ast.expr, wanted: frozenset[str]) -> None:
        if "int" in wanted and "bool" not in wanted and "any" not in wanted and self.kinds(value) == {"bool"}:
            self.refuse(value, "a bool where an int is wanted: write 1 if … else 0")

    # The way in.

    def expression(self, node: ast.expr) -> Js:
        mark = ""
        if node.lineno != self.line:
            self.line = node.lineno
            mark = f"\x01{node.lineno},{node.col_offset}\x02"
        write = EXPRESSIONS.get(type(node))
        name = type(node).__name__
        js = write(self, node) if write else self.refuse(node, NO_NODE.get(name, f"{name} is not in the subset"))
        return Js(mark + js, js.level) if mark else js

    def constant_value(self, node: ast.Constant) -> Js:
        value = node.value
        if value is None or isinstance(value, bool):
            return Js({None: "null", True: "true", False: "false"}[value])
        if isinstance(value, str):
            return Js(quote(value))
        if isinstance(value, bytes):
            return Js(quote(value.decode("latin-1")))
        if isinstance(value, int):
            if value > MAX_SAFE:
                return self.refuse(node, "an int beyond 2**53 - 1 is not exact in JavaScript")
            return Js(ast.get_source_segment(self.module.source, node) or str(value))
        return self.refuse(node, NO_FUNCTION["float"] if isinstance(value, float) else f"{value!r}: not in the subset")

    def name(self, node: ast.Name) -> Js:
        if node.id == self.self_name:
            return Js("this")
        builtin = self.builtin(node)
        if builtin in EXCEPTIONS:
            return Js(self.helper(builtin))
        if builtin is not None:
            return self.refuse(node, f"{builtin} as a value: call it, or write a function of your own")
        self.used.add(node.id)
        return Js(node.id + "_" if node.id in RESERVED else node.id)

    def attribute(self, node: ast.Attribute) -> Js:
        member = self.member(node)
        base = self.expression(node.value)
        text = Js(f"{wrap(base, ATOM)}.{node.attr}")
        if node.attr in ("FIELDS", "__slots__") or node.attr.startswith("__"):
            return self.refuse(node, f"{node.attr}: bookkeeping for Python only, it is left out")
        if node.attr in ("constructor", "args"):
            return self.refuse(node, f"an attribute {node.attr}: choose another name")
        if isinstance(member, FuncDef) and not member.is_static:
            if self.path(node.value) is None:
                return self.refuse(node, "a method of a computed object as a value: give the object a name first")
            return Js(f"{text}.bind({base})")
        if isinstance(member, Var) and member.is_initialized_in_class and not isinstance(node.ctx, ast.Store):
            return Js(f"{wrap(base, ATOM)}.constructor.{node.attr}")
        return text

    def sequence(self, node: ast.List | ast.Tuple | ast.Set) -> Js:
        items = item_type(self.type_of(node))
        for element in node.elts:
            if not isinstance(node, ast.Tuple):
                self.fits(element, kinds_of(items))
        return Js(self.layout(node, "[", node.elts, self.item, "]"))

    def item(self, node: ast.expr) -> str:
        if isinstance(node, ast.Starred):
            if self.kind(node.value) not in ("list", "tuple", "iterator"):
                self.refuse(node, NO_NODE["Starred"])
            return "..." + wrap(self.expression(node.value), LOOSE)
        return self.expression(node)

    def layout(
        self, node: ast.expr, left: str, items: list[ast.expr], write: Callable[[ast.expr], str], right: str
    ) -> str:
        """`[a, b]` on one line, or one item a line with its comments where Python has it so."""
        lines = {item.lineno for item in items}
        if len(lines) < 2 or items[0].lineno == node.lineno:
            return left + ", ".join(write(item) for item in items) + right
        text, done = left, node.lineno
        for item in items:
            for line in range(done + 1, item.lineno):
                text += f"\n  // {self.module.own_line[line]}" if line in self.module.own_line else ""
            text += ("\n  " if item.lineno != done else " ") + write(item).replace("\n", "\n  ") + ","
            done = item.end_lineno or item.lineno
            if done in self.module.trailing and item is max((i for i in items if i.end_lineno == done), key=items.index):
                text += f" // {self.module.trailing.pop(done)}"
        return text + "\n" + right

    def dict_literal(self, node: ast.Dict) -> Js:
        if not node.keys:
            return Js("new Map()")
        if self.key_kinds(node) - {"str", "bytes", "int"}:
            return self.refuse(node, "a key of a dict is a str, bytes or an int")
        values = item_type(self.type_of(node), 1)
        pairs: dict[ast.expr, ast.expr] = {}
        for key, value in zip(node.keys, node.values, strict=True):
            if key is None:
                return self.refuse(node, "** in a dict: use .update()")
            self.fits(value, kinds_of(values))
            pairs[key] = value

        def pair(key: ast.expr) -> str:
            return f"[{self.expression(key)}, {self.expression(pairs[key])}]"

        return Js(self.layout(node, "new Map([", list(pairs), pair, "])"))

    def key_kinds(self, node: ast.expr) -> frozenset[str]:
        return kinds_of(item_type(self.type_of(node)))

    def set_literal(self, node: ast.Set) -> Js:
        return Js(f"new Set({self.sequence(node)})")

    # Truth.

    def truth(self, node: ast.expr) -> Js:
        """A condition: whether Python holds this value to be true."""
        if isinstance(node, ast.BoolOp):
            word, level = ("&&", AND) if isinstance(node.op, ast.And) else ("||", OR)
            inner = BIT_OR if word == "||" else AND  # brackets around && in ||, which it does not need but a reader does
            return Js(f" {word} ".join(wrap(self.truth(value), inner) for value in node.values), level)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            return self.negation(node)
        return self.sized_truth(node, "> 0") or self.plain_truth(node)

    def negation(self, node: ast.UnaryOp) -> Js:
        operand = node.operand
        if "none" not in self.kinds(operand):
            sized = self.sized_truth(operand, "=== 0")
            if sized:
                return sized
        return Js("!" + wrap(self.truth(operand), UNARY), UNARY)

    def sized_truth(self, node: ast.expr, test: str) -> Js | None:
        size = {"list": "length", "dict": "size", "set": "size"}.get(self.kind(node))
        if size is None:
            return None
        dot = "?." if "none" in self.kinds(node) else "."
        return Js(f"{wrap(self.expression(node), ATOM)}{dot}{size} {test}", RELATION if test == "> 0" else EQUALITY)

    def plain_truth(self, node: ast.expr) -> Js:
        kinds = self.kinds(node)
        info = class_of(self.type_of(node))
        if not kinds and isinstance(node, ast.Call | ast.Name | ast.Attribute):
            self.refuse(node, "mypy gives this no type: is the code ever reached?")
        elif "tuple" in kinds:
            self.refuse(node, "truth value of a tuple: compare its length")
        elif not kinds <= NATIVE_TRUTH:
            odd = " or ".join(sorted(kinds - NATIVE_TRUTH))
            self.refuse(node, f"truth value of {'a value of unknown type' if odd == 'any' else odd}: compare it")
        elif "object" in kinds and info and any(info.get(name) for name in ("__bool__", "__len__")):
            self.refuse(node, f"truth value of {info.name}, which has __bool__ or __len__: call what you mean")
        return self.expression(node)

    def bool_operation(self, node: ast.BoolOp) -> Js:
        """`a or b` as a value is one of the two, not a bool."""
        if all(self.kinds(value) <= {"bool"} for value in node.values):
            return self.truth(node)
        word, level = ("&&", AND) if isinstance(node.op, ast.And) else ("||", OR)
        text = self.expression(node.values[-1])
        for value in reversed(node.values[:-1]):
            sized = self.sized_truth(value, "> 0")
            if sized is None:
                text = Js(f"{wrap(self.plain_truth(value), level)} {word} {wrap(text, level)}", level)
            elif self.path(value) is None:
                return self.refuse(value, "and/or of a computed list or dict as a value: give it a name first")
            else:
                pair = (text, self.expression(value)) if word == "&&" else (self.expression(value), text)
                text = Js(f"{sized} ? {pair[0]} : {pair[1]}", LOOSE)
        return text

    def conditional(self, node: ast.IfExp) -> Js:
        test = wrap(self.truth(node.test), COALESCE)
        return Js(f"{test} ? {self.expression(node.body)} : {self.expression(node.orelse)}", LOOSE)

    # Operators.

    def unary(self, node: ast.UnaryOp) -> Js:
        if isinstance(node.op, ast.Not):
            return self.negation(node)
        if isinstance(node.op, ast.Invert):
            return self.refuse(node, "~ of an int: write x ^ 0xFFFFFFFF")
        if self.kinds(node.operand) != {"int"}:
            return self.refuse(node, f"{ast.unparse(node)}: only of an int")
        sign = "-" if isinstance(node.op, ast.USub) else "+"
        return Js(sign + wrap(self.expression(node.operand), UNARY + 1), UNARY)

    def binary(self, node: ast.BinOp) -> Js:
        left, right = self.kinds(node.left), self.kinds(node.right)
        if "bool" in left | right:
            return self.refuse(node, "a bool in arithmetic: write 1 if … else 0")
        if left == right == {"int"}:
            return self.int_operation(node)
        symbol = ARITHMETIC.get(type(node.op), ("", 0))[0]
        if symbol == "+" and left == right and left <= {"str", "bytes"}:
            text = f"{wrap(self.expression(node.left), ADD)} + {wrap(self.expression(node.right), ADD + 1)}"
            return Js(text, ADD)
        if symbol == "+" and left | right <= {"list", "tuple"} and left and right:
            return Js("[" + ", ".join(self.spread(side) for side in (node.left, node.right)) + "]")
        if symbol == "*" and right == {"int"} and left in ({"str"}, {"bytes"}, {"list"}):
            name = "repeatItems" if left == {"list"} else "repeat"
            return Js(f"{self.helper(name)}({self.expression(node.left)}, {self.expression(node.right)})")
        if isinstance(node.op, ast.Mod) and left & {"str", "bytes"}:
            return self.refuse(node, "% on text: use an f-string")
        names = [" | ".join(sorted(side)) or "a value without a type" for side in (left, right)]
        sign = ast.unparse(node)[len(ast.unparse(node.left)) :].strip("() ")[:2].strip()
        return self.refuse(node, f"{sign} between {names[0]} and {names[1]}")

    def spread(self, node: ast.expr) -> str:
        if isinstance(node, ast.List) and node.elts:
            return ", ".join(self.item(each) for each in node.elts)
        return "..." + wrap(self.expression(node), LOOSE)

    def int_operation(self, node: ast.BinOp) -> Js:
        kind = type(node.op)
        if isinstance(node.op, ast.Pow | ast.LShift):
            value = self.constant(node)
            if value is None:
                word = "**" if kind is ast.Pow else "<< without & 0xFFFFFFFF around it"
                return self.refuse(node, f"{word}: an int may leave 2**53; mask it, or use constants")
            return Js(str(value))
        if kind in BITS or kind is ast.RShift:
            return self.bit_operation(node)
        left, right = self.expression(node.left), self.expression(node.right)
        if kind in ARITHMETIC:
            symbol, level = ARITHMETIC[kind]
            return Js(f"{wrap(left, level)} {symbol} {wrap(right, level + 1)}", level)
        divisor = self.constant(node.right)
        if kind is ast.FloorDiv:
            if divisor:
                return Js(f"Math.floor({wrap(left, MULTIPLY)} / {wrap(right, MULTIPLY + 1)})")
            return Js(f"{self.helper('floorDiv')}({left}, {right})")
        if kind is ast.Mod:
            if divisor and divisor > 0 and self.proofs.never_negative(node.left):
                return Js(f"{wrap(left, MULTIPLY)} % {wrap(right, MULTIPLY + 1)}", MULTIPLY)
            return Js(f"{self.helper('modulo')}({left}, {right})")
        return self.refuse(node, "/ makes a float: use //")

    # Bits: JavaScript's work on 32 bits and give a negative number where bit 31 is set; `>>> 0` undoes that. An operand
    # that is not known to be in 0 … 2^32-1 is checked when it runs.

    def bit_operation(self, node: ast.BinOp) -> Js:
        if isinstance(node.op, ast.RShift):
            places = self.constant(node.right)
            if places is None or not 0 <= places <= 31:
                return self.refuse(node, ">> by something else than a constant of 0 to 31")
            return Js(f"{wrap(self.u32(node.left), SHIFT)} >>> {places}", SHIFT)
        symbol, level = BITS[type(node.op)]
        if isinstance(node.op, ast.BitAnd):
            for value, mask_node in ((node.left, node.right), (node.right, node.left)):
                mask = self.constant(mask_node)
                if mask is not None and 0 <= mask <= MAX_U32:
                    return self.masked(value, mask_node, mask)
        text = f"{wrap(self.u32(node.left), level)} {symbol} {wrap(self.u32(node.right), level + 1)}"
        return Js(f"({text}) >>> 0", SHIFT)

    def masked(self, value: ast.expr, mask_node: ast.expr, mask: int) -> Js:
        low = self.low_bits(value)
        if mask == MAX_U32:
            return Js(f"{wrap(low, SHIFT)} >>> 0", SHIFT)
        text = Js(f"{wrap(low, BIT_AND)} & {wrap(self.expression(mask_node), BIT_AND + 1)}", BIT_AND)
        return text if mask < 2**31 else Js(f"({text}) >>> 0", SHIFT)

    def low_bits(self, node: ast.expr) -> Js:
        """The value up to multiples of 2^32, which a mask removes: so even a product of two 32-bit ints is exact."""
        if not isinstance(node, ast.BinOp) or self.kinds(node.left) | self.kinds(node.right) != {"int"}:
            return self.expression(node)
        if isinstance(node.op, ast.Mult):
            return Js(f"Math.imul({self.low_bits(node.left)}, {self.low_bits(node.right)})")
        if isinstance(node.op, ast.Add):
            return Js(f"{wrap(self.low_bits(node.left), ADD)} + {wrap(self.low_bits(node.right), ADD + 1)}", ADD)
        if isinstance(node.op, ast.LShift):
            places = self.constant(node.right)
            if places is None or not 0 <= places <= 31:
                return self.refuse(node, "<< by something else than a constant of 0 to 31")
            return Js(f"{wrap(self.low_bits(node.left), SHIFT)} << {places}", SHIFT)
        return self.expression(node)

    def u32(self, node: ast.expr) -> Js:
        text = self.expression(node)
        return text if self.proofs.is_u32(node) else Js(f"{self.helper('checkU32')}({text})")

    # Comparison.

    def compare(self, node: ast.Compare) -> Js:
        operands = [node.left, *node.comparators]
        parts = []
        for place, operator in enumerate(node.ops):
            if 0 < place and self.path(operands[place]) is None and self.constant(operands[place]) is None:
                return self.refuse(node, "a chained comparison with a computed middle: give it a name first")
            parts.append(self.compare_two(node, operator, operands[place], operands[place + 1]))
        return parts[0] if len(parts) == 1 else Js(" && ".join(wrap(part, AND) for part in parts), AND)

    def compare_two(self, node: ast.Compare, operator: ast.cmpop, left: ast.expr, right: ast.expr) -> Js:
        if isinstance(operator, ast.In | ast.NotIn):
            test = self.contains(node, left, right)
            return test if isinstance(operator, ast.In) else Js("!" + wrap(test, UNARY), UNARY)
        if isinstance(operator, ast.Is | ast.IsNot):
            if not isinstance(right, ast.Constant) or right.value is not None:
                return self.refuse(node, "is: only with None; compare with ==")
            symbol = "===" if isinstance(operator, ast.Is) else "!=="
            return Js(f"{wrap(self.expression(left), EQUALITY)} {symbol} null", EQUALITY)
        symbol = COMPARISONS[type(operator)]
        equality = symbol in ("===", "!==")
        problem = self.equality_problem(left, right) if equality else self.order_problem(left, right)
        if problem:
            return self.refuse(node, problem)
        level = EQUALITY if equality else RELATION
        return Js(
            f"{wrap(self.expression(left), level)} {symbol} {wrap(self.expression(right), level + 1)}", level
        )

    def equality_problem(self, left: ast.expr, right: ast.expr) -> str | None:
        one, other = self.kinds(left) - {"none"}, self.kinds(right) - {"none"}
        both = one | other
        if not one or not other or (both == {"any", "str"} and one != other):
            return None
        if {"bool", "int"} <= both:
            return "== of a bool and an int: True == 1 in Python only"
        if {"str", "bytes"} <= both:
            return "== of str and bytes: decode or encode one of them"
        if not both <= PLAIN:
            odd = " | ".join(sorted(both - PLAIN))
            return f"== of {odd}: compare what is in it (fields, items)"
        return None if one & other else f"== of {' | '.join(sorted(one))} and {' | '.join(sorted(other))}"

    def order_problem(self, left: ast.expr, right: ast.expr) -> str | None:
        both = self.kinds(left) | self.kinds(right)
        if both in ({"int"}, {"bytes"}):
            return None
        if both == {"str"}:
            return "the order of text differs between Python and JavaScript: compare bytes, or use sorted(…)"
        return f"< and > of {' | '.join(sorted(both)) or 'values without a type'}: only of ints, or of bytes"

    def contains(self, node: ast.Compare, item: ast.expr, container: ast.expr) -> Js:
        kind, item_kinds = self.kind(container), self.kinds(item)
        if "none" in self.kinds(container) or not kind:
            return self.refuse(node, f"in of {' | '.join(sorted(self.kinds(container))) or 'a value without a type'}")
        if kind in ("str", "bytes"):
            if item_kinds != {kind}:
                return self.refuse(node, 'an int in bytes: write b"…" in it')
        elif kind in ("list", "tuple", "dict", "set"):
            inner = kinds_of(item_type(self.type_of(container)))
            if not item_kinds | inner <= PLAIN or {"bool", "int"} <= item_kinds | inner:
                return self.refuse(node, f"in of a {kind} of {' | '.join(sorted(inner))}: compare what is in them")
        else:
            return self.refuse(node, f"in of {kind}: use a list, a tuple, a dict, a set, str or bytes")
        method = "has" if kind in ("dict", "set") else "includes"
        return Js(f"{wrap(self.expression(container), ATOM)}.{method}({self.expression(item)})")

    # Index and slice.

    def subscript(self, node: ast.Subscript) -> Js:
        kind = self.kind(node.value)
        base = self.expression(node.value)
        if kind == "str":
            return self.refuse(node, "an index or slice of text: a character is not one unit; count bytes before decoding")
        if isinstance(node.slice, ast.Slice):
            return self.slice(node, node.slice, kind, base)
        index = self.constant(node.slice)
        proper = T.get_proper_type(self.type_of(node.value)) if kind == "tuple" else None
        if isinstance(proper, T.TupleType) and index is not None:
            return Js(f"{wrap(base, ATOM)}[{index if index >= 0 else len(proper.items) + index}]")
        place = self.expression(node.slice)
        if kind == "dict":
            return Js(f"{self.helper('dictItem')}({base}, {place})")
        if kind == "list":
            proven = node in self.proofs.indexes
            return Js(f"{wrap(base, ATOM)}[{place}]" if proven else f"{self.helper('listAt')}({base}, {place})")
        if kind == "bytes":
            proven = node in self.proofs.indexes
            return Js(f"{wrap(base, ATOM)}.charCodeAt({place})" if proven else f"{self.helper('byteAt')}({base}, {place})")
        return self.refuse(node, f"an index of {kind or 'a value without a known type'}: annotate it")

    def slice(self, node: ast.Subscript, part: ast.Slice, kind: str, base: Js) -> Js:
        if part.step is not None:
            return self.refuse(node, "a slice with a step: use a loop (MicroPython has none either)")
        if kind not in ("list", "bytes", "tuple"):
            return self.refuse(node, f"a slice of {kind or 'a value without a known type'}")
        ends = [self.expression(end) for end in (part.lower, part.upper) if end is not None]
        if part.lower is None and part.upper is not None:
            ends.insert(0, Js("0"))
        return Js(f"{wrap(base, ATOM)}.slice({', '.join(ends)})")

    # f-strings.

    def f_string(self, node: ast.JoinedStr) -> Js:
        text = ""
        for part in node.values:
            if isinstance(part, ast.Constant):
                text += "".join(escape(char, "`") for char in str(part.value)).replace("${", "\\${")
            elif isinstance(part, ast.FormattedValue):
                text += "${" + self.formatted(part) + "}"
        return Js(f"`{text}`")

    def formatted(self, part: ast.FormattedValue) -> Js:
        if part.conversion not in (-1, ord("s")):
            return self.refuse(part.value, "!r in an f-string: write the quotes yourself")
        if part.format_spec is None:
            return self.as_text(part.value)
        spec = ast.unparse(part.format_spec).removeprefix("f").strip("'\"")
        found = re.fullmatch(r"(0?)([1-9]\d*)?([dx]?)", spec)
        if found is None or self.kinds(part.value) != {"int"}:
            return self.refuse(part.value, f"the format {spec}: only a width, 0 and x or d, of an int")
        radix = 16 if found[3] == "x" else 10
        return Js(
            f"{self.helper('formatInt')}({self.expression(part.value)}, {found[2] or 0}, "
            f"{quote(found[1] or ' ')}, {radix})"
        )

    def as_text(self, node: ast.expr) -> Js:
        """str(x), where JavaScript's own conversion says the same."""
        kinds, info = self.kinds(node), class_of(self.type_of(node))
        if kinds and kinds <= {"str", "int"}:
            return self.expression(node)
        if kinds == {"object"} and info is not None:
            if info.has_base("builtins.BaseException"):
                return Js(f"{wrap(self.expression(node), ATOM)}.message")
            text = info.get("__str__")
            if text is not None and not text.fullname.startswith("builtins."):
                return self.expression(node)
        shown = " | ".join(sorted(kinds)) or "a value without a type"
        hint = {"bool": '"true" if … else "false"', "bytes": "decode it"}.get(shown, "write out what you mean")
        return self.refuse(node, f"{shown} in text reads differently in Python and JavaScript: {hint}")

    # Functions of one expression, and comprehensions.

    def lambda_function(self, node: ast.Lambda) -> Js:
        if node.args.defaults or node.args.vararg or node.args.kwarg or node.args.kwonlyargs:
            return self.refuse(node, "a lambda with more than plain parameters: write a def")
        self.check_capture(node)
        names = ", ".join(self.variable(arg.arg) for arg in node.args.args)
        return Js(f"({names}) => {wrap(self.expression(node.body), LOOSE)}", LOOSE)

    def variable(self, name: str) -> str:
        return name + "_" if name in RESERVED else name

    def check_capture(self, node: ast.Lambda | ast.FunctionDef) -> None:
        """Python's functions see a loop's variable as it is later, JavaScript's as it was."""
        for name in self.proofs.loop_names(node):
            self.refuse(node, f"a function made in a loop that uses the loop's {name}: pass it to a function instead")

    def target(self, node: ast.expr) -> str:
        if isinstance(node, ast.Name):
            return self.variable(node.id)
        if isinstance(node, ast.Tuple):
            return "[" + ", ".join(self.target(each) for each in node.elts) + "]"
        return self.refuse(node, "this target: use a name")

    def comprehension(self, node: ast.ListComp | ast.GeneratorExp) -> Js:
        if len(node.generators) != 1:
            return self.refuse(node, "a comprehension with two for: use loops")
        generator = node.generators[0]
        text = self.filtered(generator)
        if isinstance(node.elt, ast.Name) and isinstance(generator.target, ast.Name):
            if node.elt.id == generator.target.id:
                return text if generator.ifs else Js(f"[...{text}]")
        return Js(f"{wrap(text, ATOM)}.map({self.arrow(generator, self.expression(node.elt))})")

    def filtered(self, generator: ast.comprehension) -> Js:
        text = self.as_array(generator.iter)
        for test in generator.ifs:
            text = Js(f"{wrap(text, ATOM)}.filter({self.arrow(generator, self.truth(test))})")
        return text

    def arrow(self, generator: ast.comprehension, body: Js) -> str:
        return f"({self.target(generator.target)}) => {wrap(body, LOOSE)}"

    def as_array(self, node: ast.expr) -> Js:
        """Something iterable as an array, which has map() and filter()."""
        called = self.builtin(node.func) if isinstance(node, ast.Call) else None
        if isinstance(node, ast.Call) and called == "range":
            return Js(f"{self.helper('rangeList')}({', '.join(self.expression(each) for each in node.args)})")
        if isinstance(node, ast.Call) and called == "enumerate" and len(node.args) == 1:
            return Js(f"[...{wrap(self.as_array(node.args[0]), ATOM)}.entries()]")
        text, kind = self.expression(node), self.kind(node)
        if kind in ("list", "tuple"):
            return text
        if kind == "bytes":
            return Js(f"{self.helper('byteList')}({text})")
        if kind == "dict":
            return Js(f"[...{wrap(text, ATOM)}.keys()]")
        if kind in ("str", "set", "iterator"):
            return Js(f"[...{text}]")
        return self.refuse(node, f"for over {kind or 'a value without a known type'}: annotate it, or use a list")

    # Calls.

    def call(self, node: ast.Call) -> Js:
        if isinstance(node.func, ast.Attribute):
            return self.method_call(node, node.func)
        builtin = self.builtin(node.func)
        if builtin is not None and builtin not in EXCEPTIONS:
            return self.builtin_call(node, builtin)
        if not self.kinds(node.func) <= {"function", "class"} or not self.kinds(node.func):
            if not builtin:
                return self.refuse(node, "a call of a value without a known type: annotate it with Callable[…]")
        new = "new " if builtin or "class" in self.kinds(node.func) else ""
        return Js(f"{new}{wrap(self.expression(node.func), ATOM)}({self.arguments(node)})")

    def arguments(self, node: ast.Call) -> str:
        """Keyword arguments at their places; `undefined` stands for a default that is passed over."""
        callee = T.get_proper_type(self.type_of(node.func)) if self.type_of(node.func) else None
        if isinstance(callee, T.Overloaded):
            callee = callee.items[0]
        if not isinstance(callee, T.CallableType) or ARG_STAR in callee.arg_kinds:
            if node.keywords:
                self.refuse(node, "keyword arguments for a function that mypy does not know")
            return ", ".join(self.item(value) for value in node.args)
        places: list[ast.expr | None] = [None] * len(callee.arg_names)
        for place, value in enumerate(node.args):
            if isinstance(value, ast.Starred) or place >= len(places):
                self.refuse(value, NO_NODE["Starred"])
                return ""
            places[place] = value
        for keyword in node.keywords:
            if keyword.arg is None:
                self.refuse(node, "** in a call: name the arguments")
            elif keyword.arg in callee.arg_names:
                places[callee.arg_names.index(keyword.arg)] = keyword.value
        while places and places[-1] is None:
            places.pop()
        for value, wanted in zip(places, callee.arg_types, strict=False):
            if value is not None:
                self.fits(value, kinds_of(wanted))
        return ", ".join("undefined" if value is None else self.expression(value) for value in places)

    def method_call(self, node: ast.Call, func: ast.Attribute) -> Js:
        if isinstance(func.value, ast.Call) and isinstance(func.value.func, ast.Name) and func.value.func.id == "super":
            self.line = node.lineno
            target = "super" if func.attr == "__init__" else f"super.{func.attr}"
            return Js(f"{target}({self.arguments(node)})")
        kinds = self.kinds(func.value)
        owner = self.kind(func.value)
        if kinds and kinds <= {"object", "class", "none"} or self.is_module(func.value):
            if "class" in kinds and isinstance(self.type_of(func), T.CallableType):
                member = self.type_of(func.value)
                info = member.type_object() if isinstance(member, T.CallableType) and member.is_type_obj() else None
                found = info.get(func.attr) if isinstance(info, TypeInfo) else None
                if found and isinstance(found.node, FuncDef) and not found.node.is_static:
                    return self.refuse(node, "a method called on its class: call it on the object")
            new = "new " if self.kinds(func) == {"class"} else ""
            base = wrap(self.expression(func.value), ATOM)
            return Js(f"{new}{base}.{func.attr}({self.arguments(node)})")
        if not owner or "none" in kinds:
            shown = " | ".join(sorted(kinds)) or "a value without a known type"
            return self.refuse(node, f".{func.attr}() of {shown}: annotate it, or test it first")
        return self.library_call(node, func, owner)

    def is_module(self, node: ast.expr) -> bool:
        known = self.module.known(node)
        proper = T.get_proper_type(known[1]) if known else None
        return isinstance(proper, T.Instance) and proper.type.fullname == "types.ModuleType"

    def library_call(self, node: ast.Call, func: ast.Attribute, owner: str) -> Js:
        name = f"{owner}.{func.attr}"
        if node.keywords or any(isinstance(each, ast.Starred) for each in node.args):
            return self.refuse(node, f"{name}(): pass plain arguments, by place")
        if func.attr in ("encode", "decode") and owner in ("str", "bytes") and node.args:
            codec = (owner, *(each.value if isinstance(each, ast.Constant) else None for each in node.args))
            if codec not in CODECS:
                return self.refuse(node, f'{name}(): "utf-8", "ascii", or "utf-8" with "replace" to decode')
            return self.fill(CODECS[codec], self.expression(func.value), [])
        key = f"{name}/{len(node.args)}"
        template = METHODS.get(key)
        if template is None:
            return self.refuse(node, NO_METHOD.get(name) or f"{key[:-2]}() with {key[-1]} arguments is not in the subset")
        if key in NOT_EMPTY and not (isinstance(node.args[0], ast.Constant) and node.args[0].value):
            return self.refuse(node, f"{name}(): the first argument must be a literal that is not empty")
        for value in node.args:
            self.check_argument(node, value, owner, func)
        return self.fill(self.shorter(key, template, node, func), self.expression(func.value), self.values(node))

    def values(self, node: ast.Call) -> list[Js]:
        return [
            self.comprehension(each) if isinstance(each, ast.GeneratorExp) else self.expression(each)
            for each in node.args
        ]

    def check_argument(self, node: ast.Call, value: ast.expr, owner: str, func: ast.Attribute) -> None:
        kinds = self.kinds(value)
        if owner in ("str", "bytes") and func.attr in ("startswith", "endswith", "find", "count") and "tuple" in kinds:
            self.refuse(value, f"{func.attr}() with a tuple: join two calls with or")
        if owner == "bytes" and func.attr in ("find", "rfind", "count") and value is node.args[0] and kinds != {"bytes"}:
            self.refuse(value, f'{func.attr}() of an int: look for b"…"')
        if func.attr in ("index", "remove", "count") and owner == "list" and not kinds <= PLAIN:
            self.refuse(value, f"{func.attr}() of {' | '.join(sorted(kinds))}: compare what is in it")
        if owner in ("list", "set") and func.attr in ("append", "insert", "add"):
            self.fits(value, kinds_of(item_type(self.type_of(func.value))))

    def shorter(self, key: str, template: str, node: ast.Call, func: ast.Attribute) -> str:
        """A plainer template where the arguments allow it."""
        if key == "bytes.find/2" and self.proofs.never_negative(node.args[1]):
            return "$.indexOf($1, $2)"
        if key.endswith(".replace/2") and isinstance(node.args[1], ast.Constant):
            return template if "$" in str(node.args[1].value) else "$.replaceAll($1, $2)"
        if key == "dict.get/2":
            if isinstance(node.args[1], ast.Constant) and node.args[1].value is None:
                return METHODS["dict.get/1"]
            nullable = "none" in kinds_of(item_type(self.type_of(func.value), 1))
            called = any(isinstance(each, ast.Call) for each in ast.walk(node.args[1]))
            return "@getOr($, $1, $2)" if nullable or called else template
        if key == "list.pop/0" and func in self.proofs.not_empty:
            return "$.pop()"
        if key == "list.pop/1" and self.constant(node.args[0]) == 0 and func in self.proofs.not_empty:
            return "$.shift()"
        return template

    def builtin_call(self, node: ast.Call, name: str) -> Js:
        special = BUILTINS.get(name)
        if node.keywords or any(isinstance(each, ast.Starred) for each in node.args):
            return self.refuse(node, f"{name}(): pass plain arguments, by place")
        if special is not None:
            return special(self, node)
        kinds = [self.kind(each) for each in node.args]
        if len(node.args) == 1 and isinstance(node.args[0], ast.GeneratorExp):
            kinds = ["list"]
        template = FUNCTIONS.get(" ".join([name, *kinds]))
        if name == "len" and kinds == ["str"]:
            return self.refuse(node, "len() of text: a character is not one unit; count bytes before decoding")
        if template is None or any("none" in self.kinds(each) for each in node.args):
            shown = ", ".join(kind or "a value without a known type" for kind in kinds)
            return self.refuse(node, NO_FUNCTION.get(name) or f"{name}() of {shown or 'nothing'} is not in the subset")
        return self.fill(template, None, self.values(node))

    def call_isinstance(self, node: ast.Call) -> Js:
        value, classes = node.args
        each = classes.elts if isinstance(classes, ast.Tuple) else [classes]
        tests = [self.instance_test(value, one) for one in each]
        return tests[0] if len(tests) == 1 else Js(" || ".join(wrap(test, OR) for test in tests), OR)

    def instance_test(self, value: ast.expr, one: ast.expr) -> Js:
        text, name, kinds = self.expression(value), self.builtin(one), self.kinds(value)
        if name is None or name in EXCEPTIONS:
            return Js(f"{wrap(text, RELATION)} instanceof {wrap(self.expression(one), ATOM)}", RELATION)
        if name in ("str", "bytes") and not {"str", "bytes"} <= kinds:
            return Js(f'typeof {wrap(text, UNARY)} === "string"', EQUALITY)
        if name == "int" and "bool" not in kinds:
            return Js(f"Number.isInteger({text})")
        if name == "bool":
            return Js(f'typeof {wrap(text, UNARY)} === "boolean"', EQUALITY)
        if name in ("list", "tuple"):
            return Js(f"Array.isArray({text})")
        if name in ("dict", "set"):
            return Js(f"{wrap(text, RELATION)} instanceof {'Map' if name == 'dict' else 'Set'}", RELATION)
        return self.refuse(value, f"isinstance(…, {name}) of {' | '.join(sorted(kinds))}: the same thing in JavaScript")

    def call_extreme(self, node: ast.Call) -> Js:
        name = self.builtin(node.func)
        if len(node.args) < 2 or any(self.kinds(each) != {"int"} for each in node.args):
            return self.refuse(node, f"{name}() of something else than two or more ints")
        return Js(f"Math.{name}({', '.join(self.expression(each) for each in node.args)})")

    def call_str(self, node: ast.Call) -> Js:
        if len(node.args) == 1 and self.kinds(node.args[0]) == {"object"}:
            text = self.as_text(node.args[0])
            return text if str(text).endswith(".message") else Js(f"String({text})")
        kinds = self.kinds(node.args[0]) if len(node.args) == 1 else frozenset()
        if kinds == {"int"}:
            return Js(f"String({self.expression(node.args[0])})")
        return self.as_text(node.args[0]) if kinds else self.refuse(node, "str() of one value")

    def call_bool(self, node: ast.Call) -> Js:
        text = self.truth(node.args[0])
        return text if self.kinds(node.args[0]) <= {"bool", "list", "dict"} else Js("!!" + wrap(text, UNARY), UNARY)

    def call_print(self, node: ast.Call) -> Js:
        parts = [self.as_text(each) for each in node.args]
        if len(parts) == 1:
            return Js(f"console.log({parts[0]})")
        return Js("console.log(`" + " ".join("${" + part + "}" for part in parts) + "`)")

    def call_sorted(self, node: ast.Call) -> Js:
        text = self.as_array(node.args[0])
        inner = kinds_of(item_type(self.type_of(node.args[0])))
        if inner == {"int"}:
            return Js(f"[...{text}].sort((a, b) => a - b)")
        if inner == {"str"}:
            return Js(f"{self.helper('sortedText')}({text})")
        if inner == {"bytes"}:
            return Js(f"[...{text}].sort()")
        return self.refuse(node, f"sorted() of {' | '.join(sorted(inner))}: only of ints, str or bytes")

    def call_any_all(self, node: ast.Call) -> Js:
        value = node.args[0]
        if not isinstance(value, ast.GeneratorExp) or len(value.generators) != 1:
            return self.refuse(node, "any() and all() of something else than one generator expression")
        method = "some" if self.builtin(node.func) == "any" else "every"
        generator = value.generators[0]
        text = wrap(self.filtered(generator), ATOM)
        return Js(f"{text}.{method}({self.arrow(generator, self.truth(value.elt))})")

    def call_list(self, node: ast.Call) -> Js:
        if len(node.args) == 1 and isinstance(node.args[0], ast.GeneratorExp):
            return self.comprehension(node.args[0])
        if len(node.args) == 1 and isinstance(node.args[0], ast.Call):
            if self.builtin(node.args[0].func) in ("range", "enumerate"):
                return self.as_array(node.args[0])
        name = self.builtin(node.func) or ""
        kinds = [self.kind(each) for each in node.args]
        template = FUNCTIONS.get(" ".join([name, *kinds]))
        if template is None:
            return self.refuse(node, f"{name}() of {kinds[0] or 'a value without a known type'}")
        return self.fill(template, None, self.values(node))

    def walrus(self, node: ast.NamedExpr) -> Js:
        return Js(f"{self.target(node.target)} = {self.expression(node.value)}", LOOSE - 1)

    def yield_value(self, node: ast.Yield) -> Js:
        return Js(f"yield {self.expression(node.value)}" if node.value else "yield", LOOSE)


EXPRESSIONS: dict[type[ast.AST], Callable[..., Js]] = {
    ast.Constant: Expressions.constant_value,
    ast.Name: Expressions.name,
    ast.Attribute: Expressions.attribute,
    ast.List: Expressions.sequence,
    ast.Tuple: Expressions.sequence,
    ast.Set: Expressions.set_literal,
    ast.Dict: Expressions.dict_literal,
    ast.BoolOp: Expressions.bool_operation,
    ast.UnaryOp: Expressions.unary,
    ast.BinOp: Expressions.binary,
    ast.Compare: Expressions.compare,
    ast.IfExp: Expressions.conditional,
    ast.Subscript: Expressions.subscript,
    ast.JoinedStr: Expressions.f_string,
    ast.Lambda: Expressions.lambda_function,
    ast.ListComp: Expressions.comprehension,
    ast.Call: Expressions.call,
    ast.NamedExpr: Expressions.walrus,
    ast.Yield: Expressions.yield_value,
}

BUILTINS: dict[str, Callable[[Expressions, ast.Call], Js]] = {
    "isinstance": Expressions.call_isinstance,
    "min": Expressions.call_extreme,
    "max": Expressions.call_extreme,
    "str": Expressions.call_str,
    "bool": Expressions.call_bool,
    "print": Expressions.call_print,
    "sorted": Expressions.call_sorted,
    "any": Expressions.call_any_all,
    "all": Expressions.call_any_all,
    "list": Expressions.call_list,
    "tuple": Expressions.call_list,
}
