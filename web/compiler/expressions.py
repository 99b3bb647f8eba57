"""Expressions: each kind of node of Python's tree has the method on_… of its name.

Most of them only ask for the phrase that fits the kinds of their operands: see phrasebook.txt. So the types decide what
is written, and nothing is looked up when the program runs.
"""

import ast
import json
import re
from collections.abc import Callable

from mypy import types as T
from mypy.constant_fold import constant_fold_expr
from mypy.nodes import ARG_STAR, ARG_STAR2, Decorator, FuncDef, RefExpr, TypeInfo, Var

from compiler import phrases
from compiler.kinds import NATIVE_TRUTH, PLAIN, class_of, inner_kinds, kinds_of
from compiler.load import Module, span
from compiler.output import ATOM, BINDS, COALESCE, LOOSE, Js, fill, mark, wrap
from compiler.tree import bound_names, operator, path

NULL = Js("null")
EXCEPTIONS = phrases.words("exceptions")
ATTRIBUTES = phrases.words("attributes")
RESERVED = phrases.words("reserved")
REFUSED = phrases.table("no")
# What is compared with these is asked for its truth: nothing else of its kinds is false in JavaScript.
ONLY_FALSE = {"None": {"object", "list", "dict", "tuple", "none"}, "''": {"str"}, "b''": {"bytes"}}


class Expressions:
    def __init__(self, module: Module) -> None:
        self.module = module
        self.parent = {inner: node for node in ast.walk(module.tree) for inner in ast.iter_child_nodes(node)}
        self.refusals: set[tuple[str, int, str]] = set()
        self.helpers: set[str] = set()
        self.used: set[str] = set()
        self.bound = bound_names(module.tree)
        self.self_name: str | None = None
        self.line = 0

    # What mypy knows.

    def type_of(self, node: ast.expr) -> T.Type | None:
        known = self.module.typed.get(span(node))
        return known[1] if known else None

    def kinds(self, node: ast.expr) -> frozenset[str]:
        return kinds_of(self.type_of(node)) or frozenset({"tuple"} if isinstance(node, ast.Tuple) else set())

    def kind(self, node: ast.expr) -> str:
        """The one kind of a value; "" if it has several or none."""
        return "|".join(self.kinds(node)) if len(self.kinds(node)) == 1 else ""

    def builtin(self, node: ast.AST) -> str | None:
        """The name of the built-in function or class that this expression names."""
        known = self.module.typed.get(span(node)) if isinstance(node, ast.expr) else None
        if known and isinstance(known[0], RefExpr) and known[0].fullname.startswith("builtins."):
            return known[0].fullname.removeprefix("builtins.")
        return path(node) if known is None and path(node) in EXCEPTIONS else None

    def member(self, node: ast.expr, name: str) -> object:
        """What an attribute of one of our classes is: a Var, a FuncDef, a Decorator (a property or static method)."""
        info = class_of(self.type_of(node))
        found = info.get(name) if info else None
        return found.node if found else None

    def constant(self, node: ast.expr) -> int | None:
        """The value of an int that is known now: a literal, a constant of this module, sums and such of them."""
        known = self.module.typed.get(span(node))
        value = constant_fold_expr(known[0], self.module.name) if known else None
        return value if type(value) is int and abs(value) < 2**53 else None

    def is_u32(self, node: ast.expr) -> bool:
        """Whether an int is sure to be in 0 … 2^32-1. (What bits are worked out of is checked when it is not.)"""
        value = self.constant(node)
        if isinstance(node, ast.Subscript):
            return self.kind(node.value) == "bytes" and not isinstance(node.slice, ast.Slice)
        bits = isinstance(node, ast.BinOp) and operator(node.op) in ("&", "|", "^", ">>")
        return bits if value is None else 0 <= value <= 0xFFFFFFFF

    # Phrases.

    def phrase(self, what: str, node: ast.AST, *operands: ast.expr | str, values: list[Js] | None = None) -> Js:
        """An operation on these operands, as the phrasebook has it.

        An operand that is a str stands for itself: it fits the phrasebook's word that reads the same.
        `values` is what is written for the operands, where it is not what their own expressions say.
        """
        if values is None:
            values = [self.expression(each) for each in operands if isinstance(each, ast.expr)]
        found = phrases.find(what, len(operands), lambda n, word: self.fits(operands[n], word))
        if found is None:
            shown = [each if isinstance(each, str) else " | ".join(sorted(self.kinds(each))) for each in operands]
            kinds = ", ".join("a value without a known type" if each in ("", "any") else each for each in shown)
            found = f"! {what} of {kinds or 'nothing'}: not in the subset"
        if found.startswith("! "):
            self.refuse(node, found[2:])
            return NULL
        return fill(found, values, self.helper)

    def fits(self, operand: ast.expr | str, word: str) -> bool:
        if isinstance(operand, str) or word == "_":
            return word in ("_", operand)
        if word in TRAITS:
            return TRAITS[word](self, operand)
        if word.startswith("'"):
            return isinstance(operand, ast.Constant) and repr(operand.value) == word
        if ".." in word:
            value, (low, high) = self.constant(operand), word.split("..")
            return value is not None and int(low) <= value <= int(high)
        if word.startswith("of-"):
            inner = inner_kinds(self.type_of(operand))
            return bool(inner) and inner <= (PLAIN if word == "of-plain" else {word[3:]})
        kinds = self.kinds(operand)
        return "|".join(sorted(kinds)) == word or (word.endswith("?") and bool(kinds) and kinds <= {word[:-1], "none"})

    def refuse(self, node: ast.AST, what: str, wrong: bool = True, name: str = "") -> None:
        """Outside of the subset, if `wrong`: where, and how to write it. What is written after that does not matter."""
        if wrong:
            message = REFUSED.get(what, what).replace("$1", name)
            self.refusals.add((str(self.module.path), getattr(node, "lineno", 1), message))

    def helper(self, name: str) -> str:
        written = self.own_name(name)
        self.helpers.add(name if written == name else f"{name} as {written}")
        return written

    def own_name(self, name: str) -> str:
        """A name that only the compiler uses, so that it means no variable of Python's."""
        return f"{name}$" if name in self.bound else name

    def path(self, node: ast.expr) -> str:
        """`x` or `self.x`: something that may be written twice, as reading it does nothing."""
        inner = [each for each in ast.walk(node) if isinstance(each, ast.Attribute)]
        return "" if any(isinstance(self.member(each.value, each.attr), Decorator) for each in inner) else path(node)

    # Names and literals.

    def expression(self, node: ast.expr) -> Js:
        begins = mark(node) if node.lineno != self.line else ""
        self.line = node.lineno
        name = type(node).__name__
        write = getattr(self, f"on_{name}", None)
        js: Js = write(node) if write else self.phrase(name, node)
        return Js(begins + js, js.level)

    def item(self, node: ast.expr) -> str:
        if isinstance(node, ast.Starred):
            return f"...{wrap(self.phrase('for', node, node.value), LOOSE)}"
        return wrap(self.expression(node), LOOSE)

    def on_Constant(self, node: ast.Constant) -> Js:
        value = node.value.decode("latin-1") if isinstance(node.value, bytes) else node.value
        if isinstance(value, str | bool | None):
            return Js(json.dumps(value))
        if not isinstance(value, int):
            return self.phrase(type(value).__name__, node)
        self.refuse(node, "big-int", value >= 2**53)
        written = self.module.lines[node.lineno - 1].encode()[node.col_offset : node.end_col_offset].decode()
        return Js(re.sub("(?<=[xobXOB])_", "", written) if value else "0")  # 0x_ff and 00 are none in JavaScript

    def on_Name(self, node: ast.Name) -> Js:
        builtin = self.builtin(node)
        if node.id == self.self_name:
            return Js("this")
        if builtin is not None:
            self.refuse(node, "builtin-value", builtin not in EXCEPTIONS, builtin)
            return Js(self.helper(builtin))
        self.used.add(node.id)
        return Js(self.variable(node.id))

    def variable(self, name: str) -> str:
        return self.own_name(name + "_") if name in RESERVED else name

    def on_Attribute(self, node: ast.Attribute) -> Js:
        member, base = self.member(node.value, node.attr), wrap(self.expression(node.value), ATOM)
        own = node.attr.startswith("__") or node.attr in ATTRIBUTES
        self.refuse(node, "attribute", own, node.attr)
        changed = isinstance(node.ctx, ast.Store) and is_error(self, node.value)
        self.refuse(node, "error-attribute", changed and node.attr in ("name", "stack"))
        if isinstance(member, FuncDef):
            self.refuse(node, "computed-method", not self.path(node.value))
            return Js(f"{base}.{node.attr}.bind({base})")
        if isinstance(member, Var) and member.is_initialized_in_class and node.attr.isupper():
            self.refuse(node, "class-constant", isinstance(node.ctx, ast.Store))
            return Js(f"{base}.constructor.{node.attr}")
        return Js(f"{base}.{node.attr}")

    def on_List(self, node: ast.List | ast.Tuple) -> Js:
        return self.layout(node, "[", [(each, self.item(each)) for each in node.elts], "]")

    on_Tuple = on_List

    def on_Dict(self, node: ast.Dict) -> Js:
        for key in node.keys:
            self.refuse(key or node, "key", key is None or not self.kinds(key) <= {"str", "bytes", "int"})
        pairs = zip(node.keys, node.values, strict=True)
        items = [(key, f"[{self.expression(key)}, {self.item(value)}]") for key, value in pairs if key]
        return self.layout(node, "new Map([", items, "])") if items else Js("new Map()")

    def layout(self, node: ast.expr, left: str, items: list[tuple[ast.expr, str]], right: str) -> Js:
        """`[a, b]` on one line, or its lines as Python has them."""
        if not items or items[0][0].lineno == node.lineno:
            return Js(left + ", ".join(text for _, text in items) + right)
        text, done = left, node.lineno
        for item, written in items:
            text += ("\n  " if item.lineno != done else " ") + written.replace("\n", "\n  ") + ","
            done = item.end_lineno or done
        return Js(f"{text}\n{right}")

    # Truth.

    def truth(self, node: ast.expr) -> Js:
        """A condition: whether Python holds this value to be true."""
        if isinstance(node, ast.BoolOp):
            return self.joined(node, [self.truth(value) for value in node.values])
        if isinstance(node, ast.Compare) and len(node.ops) == 1:
            kinds, word = self.kinds(node.left), operator(node.ops[0])
            if kinds and kinds <= ONLY_FALSE.get(ast.unparse(node.comparators[0]), set()):
                return fill("!$1" if word in ("is", "==") else "$1", [self.expression(node.left)], self.helper)
        return self.phrase("if", node, node)

    def joined(self, node: ast.BoolOp, values: list[Js]) -> Js:
        # Brackets around && in ||: JavaScript does not need them, a reader does.
        word, inner = ("&&", BINDS["&&"]) if isinstance(node.op, ast.And) else ("||", BINDS["|"])
        return Js(f" {word} ".join(wrap(value, inner) for value in values), BINDS[word])

    def on_BoolOp(self, node: ast.BoolOp) -> Js:
        """`a or b` as a value is one of the two, not a bool."""
        for value in node.values[:-1]:
            self.refuse(value, "and-or", not self.kinds(value) <= NATIVE_TRUTH)
        return self.joined(node, [self.expression(value) for value in node.values])

    def on_IfExp(self, node: ast.IfExp) -> Js:
        test = wrap(self.truth(node.test), COALESCE)
        return Js(f"{test} ? {self.item(node.body)} : {self.item(node.orelse)}", LOOSE)

    # Operators.

    def on_UnaryOp(self, node: ast.UnaryOp) -> Js:
        if isinstance(node.op, ast.Not) and isinstance(node.operand, ast.BoolOp):
            return fill("!$1", [self.truth(node.operand)], self.helper)
        return self.phrase(operator(node.op), node, node.operand)

    def on_BinOp(self, node: ast.BinOp) -> Js:
        what, left, right = operator(node.op), node.left, node.right
        if what in ("**", "<<") and (known := self.constant(node)) is not None:
            return Js(str(known))
        masked = what == "&" and self.fits(right, "0..4294967295")
        values = [self.low_bits(left) if masked else self.expression(left), self.expression(right)]
        return self.phrase(what, node, left, right, values=values)

    def low_bits(self, node: ast.expr) -> Js:
        """The value up to multiples of 2^32, which a mask removes: so even a product of two 32-bit ints is exact."""
        what = "low" + operator(node.op) if isinstance(node, ast.BinOp) else ""
        if not isinstance(node, ast.BinOp) or what not in phrases.PHRASES or self.constant(node) is not None:
            return self.expression(node)
        return self.phrase(what, node, node.left, node.right, values=[*map(self.low_bits, (node.left, node.right))])

    def on_Compare(self, node: ast.Compare) -> Js:
        """a < b < c is a < b and b < c, where reading b twice is no different."""
        operands, parts = [node.left, *node.comparators], []
        for op, left, right in zip(node.ops, operands, operands[1:], strict=False):
            twice = left is node.left or self.path(left) or self.constant(left) is not None
            self.refuse(node, "chain", not twice)
            parts.append(self.phrase(operator(op), node, left, right))
        return parts[0] if len(parts) == 1 else Js(" && ".join(parts), BINDS["&&"])

    def on_Subscript(self, node: ast.Subscript) -> Js:
        base, place = node.value, node.slice
        if isinstance(place, ast.Slice):
            self.refuse(node, "step", place.step is not None)
            start = self.expression(place.lower) if place.lower else Js("0")
            ends = [start, self.expression(place.upper)] if place.upper else [start] if place.lower else []
            return self.phrase("[:]", node, base, *[""] * len(ends), values=[self.expression(base), *ends])
        return self.phrase("[]", node, base, place)

    def on_JoinedStr(self, node: ast.JoinedStr) -> Js:
        text = ""
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                self.refuse(node, "format", part.conversion not in (-1, ord("s")) or part.format_spec is not None)
                text += f"${{{self.phrase('text', part.value, part.value)}}}"
            elif isinstance(part, ast.Constant):
                quoted = json.dumps(part.value)[1:-1].replace('\\"', '"')
                text += quoted.replace("`", "\\`").replace("${", "\\${")
        return Js(f"`{text}`")

    # Parameters, targets, and comprehensions.

    def parameters(self, given: ast.arguments, skip: int = 0) -> str:
        """In one row, keyword-only ones last; calls are written to match."""
        for each in [given.vararg, given.kwarg, *given.posonlyargs]:
            self.refuse(each or given, "signature", each is not None)
        defaults = [*[None] * (len(given.args) - len(given.defaults)), *given.defaults, *given.kw_defaults]
        texts = []
        for arg, default in list(zip(given.args + given.kwonlyargs, defaults, strict=True))[skip:]:
            plain = isinstance(default, ast.Constant | ast.Name | ast.UnaryOp | ast.BinOp | None)
            self.refuse(arg, "default", not plain, arg.arg)
            texts.append(self.variable(arg.arg) + (f" = {self.item(default)}" if default else ""))
        return ", ".join(texts)

    def target(self, node: ast.expr) -> str:
        self.refuse(node, "item-target", isinstance(node, ast.Subscript))
        if isinstance(node, ast.Tuple | ast.List):
            # A name can be declared once: `_, _, x` is [, _, x].
            names = [path(each) or each for each in node.elts]
            parts = ["" if name in names[at:] else self.target(node.elts[at - 1]) for at, name in enumerate(names, 1)]
            return f"[{', '.join(parts)}]"
        return self.variable(node.id) if isinstance(node, ast.Name) else self.expression(node)

    def on_ListComp(self, node: ast.ListComp | ast.GeneratorExp) -> Js:
        part = node.generators[0]
        self.check_used_at_once(node)
        self.refuse(node, "two-for", len(node.generators) > 1)
        source = self.phrase("array", part.iter, part.iter)
        for test in part.ifs:
            condition = wrap(self.truth(test), LOOSE)
            source = Js(f"{wrap(source, ATOM)}.filter(({self.target(part.target)}) => {condition})")
        if path(node.elt) and path(node.elt) == path(part.target):
            return source if part.ifs else Js(f"[...{source}]")
        return Js(f"{wrap(source, ATOM)}.map(({self.target(part.target)}) => {self.item(node.elt)})")

    on_GeneratorExp = on_ListComp

    def check_used_at_once(self, node: ast.expr) -> None:
        """Python's iterators can be gone through once, and its views change with the dict; what is written for them may
        be an array, which differs in both. Who goes through it at once sees no difference: it is allowed only there."""
        up = self.parent[node]
        call = isinstance(up, ast.Call) and (self.builtin(up.func) or getattr(up.func, "attr", "") == "join")
        loop = isinstance(up, ast.For | ast.comprehension) and isinstance(node, ast.Call)
        self.refuse(node, "iterator", self.kind(node) in ("iterator", "range") and not call and not loop)

    # Calls.

    def on_Call(self, node: ast.Call) -> Js:
        func, builtin = node.func, self.builtin(node.func)
        self.check_used_at_once(node)
        owner = func.value if isinstance(func, ast.Attribute) else None
        if builtin == "isinstance" and len(node.args) == 2:
            return self.instance_test(*node.args)
        if builtin is not None and builtin not in EXCEPTIONS:
            return self.library_call(builtin, node)
        if isinstance(owner, ast.Call) and path(owner.func) == "super" and isinstance(func, ast.Attribute):
            return Js(f"super{'' if func.attr == '__init__' else '.' + func.attr}({self.arguments(node)})")
        if owner and isinstance(func, ast.Attribute):
            kinds, member = self.kinds(owner), self.member(owner, func.attr)
            if not kinds or not kinds <= {"object", "class", "none"}:
                return self.library_call("." + func.attr, node, owner)
            static = isinstance(member, Decorator) and member.func.is_static
            text = Js(f"{wrap(self.expression(owner), ATOM)}{'.constructor' if static else ''}.{func.attr}")
        else:
            text = self.expression(func)
        kind = "class" if builtin else self.kind(func)
        self.refuse(node, "unknown-call", kind not in ("function", "class"))
        return Js(f"{'new ' if kind == 'class' else ''}{wrap(text, ATOM)}({self.arguments(node)})")

    def arguments(self, node: ast.Call) -> str:
        """Keyword arguments at their places; `undefined` stands for a default that is passed over."""
        callee, names = T.get_proper_type(self.type_of(node.func)), list[int | str]([0])
        if isinstance(callee, T.CallableType) and not {ARG_STAR, ARG_STAR2} & {*callee.arg_kinds}:
            names = [name or place for place, name in enumerate(callee.arg_names)]
        given: dict[object, ast.expr] = dict(zip(names, node.args, strict=False))
        given |= {each.arg: each.value for each in node.keywords}
        self.refuse(node, "arguments", len(node.args) > len(names) or not given.keys() <= {*names})
        values = [self.expression(given[name]) if name in given else Js("undefined") for name in names]
        while values and values[-1] == "undefined":
            values.pop()
        return ", ".join(wrap(value, LOOSE) for value in values)

    def library_call(self, what: str, node: ast.Call, *before: ast.expr) -> Js:
        self.refuse(node, "keywords", bool(node.keywords), what)
        return self.phrase(what, node, *before, *node.args)

    def instance_test(self, value: ast.expr, one: ast.expr) -> Js:
        name, known = self.builtin(one), self.module.typed.get(span(one))
        own = "empty" if known and is_empty(getattr(known[0], "node", None)) else self.kind(one)
        word = name if name and name not in EXCEPTIONS else own
        right = self.expression(one) if word == "class" else NULL
        return self.phrase("isinstance", value, value, word, values=[self.expression(value), right])


def literal(node: ast.expr) -> str | bytes | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes) else None


def is_empty(info: object) -> bool:
    """Whether a class has nothing in JavaScript, so that none extends it there."""
    return isinstance(info, TypeInfo) and len(info.mro) == 2 and info.names.keys() <= phrases.words("python-only")


def is_error(writer: Expressions, node: ast.expr) -> bool:
    info = class_of(writer.type_of(node))
    return info is not None and info.has_base("builtins.BaseException")


# Words for operands beyond their kinds.
TRAITS: dict[str, Callable[[Expressions, ast.expr], bool]] = {
    "literal": lambda writer, node: bool(literal(node)),
    "plainliteral": lambda writer, node: literal(node) is not None and "$" not in str(literal(node)),
    "plain": lambda writer, node: bool(writer.kinds(node)) and writer.kinds(node) <= PLAIN,
    "native": lambda writer, node: bool(writer.kinds(node)) and writer.kinds(node) <= NATIVE_TRUTH,
    "simple": lambda writer, node: isinstance(node, ast.Constant) or bool(writer.path(node)),
    "unused": lambda writer, node: isinstance(writer.parent[writer.parent[writer.parent[node]]], ast.Expr),
    "array": lambda writer, node: isinstance(node, ast.GeneratorExp) or writer.kind(node) == "range",
    "u32": lambda writer, node: writer.is_u32(node),
    "to-none": lambda writer, node: "none" in inner_kinds(writer.type_of(node), 1),
    "twofold": lambda writer, node: any(both <= writer.kinds(node) for both in ({"str", "bytes"}, {"bool", "int"})),
    "error": is_error,
}
