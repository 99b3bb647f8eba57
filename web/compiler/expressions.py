"""Expressions: each kind of node of Python's tree has one method here; EXPRESSIONS, at the end, says which.

Most of them only ask for the phrase that fits the kinds of their operands: see phrasebook.txt. So the types decide what is
written, and nothing is looked up when the program runs.
"""

import ast
import re
from collections.abc import Callable

from mypy import types as T
from mypy.nodes import ARG_STAR, ARG_STAR2, AssignmentStmt, Decorator, FuncDef, RefExpr, TempNode, Var

from compiler import phrases
from compiler.kinds import NATIVE_TRUTH, PLAIN, class_of, inner_kinds, kinds_of, without_none
from compiler.load import Module
from compiler.output import ATOM, BINDS, COALESCE, LOOSE, UNARY, Js, escape, fill, quote, wrap
from compiler.proofs import MAX_U32, Proofs, path

NULL = Js("null")
EXCEPTIONS = set(
    "Exception ArithmeticError AssertionError IndexError KeyError LookupError NotImplementedError OverflowError "
    "RuntimeError StopIteration TypeError UnicodeDecodeError UnicodeEncodeError UnicodeError ValueError "
    "ZeroDivisionError".split()
)
# Words that JavaScript keeps for itself: a variable of that name gets a "_" behind it.
RESERVED = set(
    "arguments await case catch const debugger default delete do enum eval export extends function implements in "
    "instanceof interface let new null package private protected public static super switch this throw true typeof "
    "undefined var void".split()
)
OPERATORS: dict[type[ast.AST], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%", ast.Pow: "**",
    ast.LShift: "<<", ast.RShift: ">>", ast.BitAnd: "&", ast.BitOr: "|", ast.BitXor: "^", ast.MatMult: "@",
    ast.USub: "negative", ast.UAdd: "plus", ast.Invert: "~", ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=",
    ast.Gt: ">", ast.GtE: ">=", ast.In: "in", ast.NotIn: "not in", ast.Is: "is", ast.IsNot: "is not",
}  # fmt: skip
# Comparisons that are written like another one: (that one, its symbol, their own symbol).
ALIKE = {"!=": ("==", "===", "!=="), "is not": ("is", "===", "!=="), "<=": ("<", "<", "<="), ">": ("<", "<", ">")}
ALIKE |= {">=": ("<", "<", ">=")}


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
        return kinds_of(self.type_of(node)) or frozenset({"tuple"} if isinstance(node, ast.Tuple) else set())

    def kind(self, node: ast.expr) -> str:
        """The one kind of a value; "" if it has several or none."""
        kinds = self.kinds(node)
        return next(iter(kinds)) if len(kinds) == 1 else ""

    def builtin(self, node: ast.expr) -> str | None:
        """The name of the built-in function or class that this expression names."""
        known = self.module.known(node)
        if known and isinstance(known[0], RefExpr) and known[0].fullname.startswith("builtins."):
            return known[0].fullname.removeprefix("builtins.")
        return node.id if known is None and isinstance(node, ast.Name) and node.id in EXCEPTIONS else None

    def member(self, node: ast.Attribute) -> object:
        """What an attribute of one of our classes is: a Var, a FuncDef, a Decorator (a property or static method)."""
        info = class_of(self.type_of(node.value))
        found = info.get(node.attr) if info else None
        return found.node if found else None

    # Phrases.

    def phrase(self, what: str, node: ast.AST, *operands: ast.expr | str, values: list[Js] | None = None) -> Js:
        """An operation on these operands, as the phrasebook has it. An operand that is a str is a word of its own."""
        own, symbol, written = ALIKE.get(what, (what, "", ""))
        found = phrases.find(own, len(operands), lambda n, word: self.fits_word(operands[n], word))
        if found is None or found.startswith("! "):
            for each in operands if values is None else []:  # what is refused in them is reported too
                self.expression(each) if isinstance(each, ast.expr) else None
            return self.refuse(node, found[2:] if found else f"{what} {self.shown(operands)}: not in the subset")
        if values is None:
            values = [self.expression(each) for each in operands if isinstance(each, ast.expr)]
        return fill(found.replace(symbol, written) if symbol else found, values, self.helper)

    def shown(self, operands: tuple[ast.expr | str, ...]) -> str:
        kinds = [each if isinstance(each, str) else " | ".join(sorted(self.kinds(each))) for each in operands]
        return "of " + (", ".join(each or "a value without a known type" for each in kinds) or "nothing")

    def fits_word(self, operand: ast.expr | str, word: str) -> bool:
        if isinstance(operand, str) or word == "_":
            return word in ("_", operand)
        if word in TRAITS:
            return TRAITS[word](self, operand)
        if word.startswith("'"):
            return isinstance(operand, ast.Constant) and repr(operand.value) == word
        kinds = self.kinds(operand)
        return "|".join(sorted(kinds)) == word or (word.endswith("?") and bool(kinds) and kinds <= {word[:-1], "none"})

    def refuse(self, node: ast.AST, message: str) -> Js:
        self.module.refuse(node, message)
        return NULL

    def helper(self, name: str) -> str:
        self.helpers.add(name)
        return name

    def path(self, node: ast.expr) -> str:
        """`x` or `self.x`: something that may be written twice, as reading it does nothing."""
        inner = [each for each in ast.walk(node) if isinstance(each, ast.Attribute)]
        return "" if any(isinstance(self.member(each), Decorator) for each in inner) else path(node)

    def check_bool(self, value: ast.expr, wanted: frozenset[str]) -> None:
        if "int" in wanted and not wanted & {"bool", "any"} and "bool" in self.kinds(value):
            self.refuse(value, "a bool where an int is wanted: write 1 if … else 0")

    # Names and literals.

    def expression(self, node: ast.expr) -> Js:
        mark = f"\x01{node.lineno},{node.col_offset}\x02" if node.lineno != self.line else ""
        self.line = node.lineno
        write = EXPRESSIONS.get(type(node))
        js = write(self, node) if write else self.phrase(type(node).__name__, node)
        return Js(mark + js, js.level)

    def literal(self, node: ast.Constant) -> Js:
        value = node.value
        if isinstance(value, str | bytes):
            return Js(quote(value if isinstance(value, str) else value.decode("latin-1")))
        if type(value) is int:
            if value >= 2**53:
                return self.refuse(node, "an int beyond 2**53 - 1 is not exact in JavaScript")
            return Js(ast.get_source_segment(self.module.source, node) or str(value))
        if value is None or isinstance(value, bool):
            return Js({None: "null", True: "true", False: "false"}[value])
        return self.phrase("float" if isinstance(value, float) else type(value).__name__, node)

    def name(self, node: ast.Name) -> Js:
        builtin = self.builtin(node)
        if node.id == self.self_name:
            return Js("this")
        if builtin in EXCEPTIONS:
            return Js(self.helper(builtin))
        if builtin is not None:
            return self.refuse(node, f"{builtin} as a value: call it, or write a function of your own")
        self.used.add(node.id)
        return Js(self.variable(node.id))

    def variable(self, name: str) -> str:
        return name + "_" if name in RESERVED else name

    def attribute(self, node: ast.Attribute) -> Js:
        member, base = self.member(node), wrap(self.expression(node.value), ATOM)
        if node.attr.startswith("__") or node.attr in ("FIELDS", "constructor", "args"):
            return self.refuse(node, f"{node.attr}: it is Python's or JavaScript's own; choose another name")
        if isinstance(member, FuncDef):
            if not self.path(node.value):
                return self.refuse(node, "a method of a computed object as a value: give the object a name first")
            return Js(f"{base}.{node.attr}.bind({base})")
        if isinstance(member, Var) and isinstance(node.ctx, ast.Load) and is_class_value(member):
            return Js(f"{base}.constructor.{node.attr}")
        return Js(f"{base}.{node.attr}")

    def sequence(self, node: ast.List | ast.Tuple) -> Js:
        if isinstance(node, ast.List):
            for each in node.elts:
                self.check_bool(each, inner_kinds(self.type_of(node)))
        return Js(self.layout(node, "[", node.elts, self.item, "]"))

    def item(self, node: ast.expr) -> str:
        if isinstance(node, ast.Starred):
            return f"...{wrap(self.phrase('for', node, node.value), LOOSE)}"
        return wrap(self.expression(node), LOOSE)

    def dictionary(self, node: ast.Dict) -> Js:
        values = dict(zip(node.keys, node.values, strict=True))
        for key, value in values.items():
            if key is None or (self.kinds(key) and not self.kinds(key) <= {"str", "bytes", "int"}):
                return self.refuse(node, "a dict has keys that are str, bytes or ints, and no **: use .update()")
            self.check_bool(value, inner_kinds(self.type_of(node), 1))
        if not values:
            return Js("new Map()")

        def pair(key: ast.expr) -> str:
            return f"[{self.expression(key)}, {self.item(values[key])}]"

        return Js(self.layout(node, "new Map([", [key for key in values if key], pair, "])"))

    def set_literal(self, node: ast.Set) -> Js:
        return Js(f"new Set([{', '.join(self.item(each) for each in node.elts)}])")

    def layout(
        self, node: ast.expr, left: str, items: list[ast.expr], write: Callable[[ast.expr], str], right: str
    ) -> str:
        """`[a, b]` on one line, or its lines and comments as Python has them."""
        if not items or items[0].lineno == node.lineno:
            return left + ", ".join(write(item) for item in items) + right
        text, done = left, node.lineno
        for item, following in zip(items, [*items[1:], None], strict=True):
            for line in range(done + 1, item.lineno):
                text += f"\n  // {self.module.own_line[line]}" if line in self.module.own_line else ""
            text += ("\n  " if item.lineno != done else " ") + write(item).replace("\n", "\n  ") + ","
            done = item.end_lineno or item.lineno
            if done in self.module.trailing and (following is None or following.lineno > done):
                text += f" // {self.module.trailing.pop(done)}"
        return f"{text}\n{right}"

    # Truth.

    def truth(self, node: ast.expr) -> Js:
        """A condition: whether Python holds this value to be true."""
        if isinstance(node, ast.BoolOp):
            word, inner = ("&&", BINDS["&&"]) if isinstance(node.op, ast.And) else ("||", BINDS["|"])
            return Js(f" {word} ".join(wrap(self.truth(value), inner) for value in node.values), BINDS[word])
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            return self.negation(node.operand)
        if not self.kinds(node) and self.module.known(node) is None and isinstance(node, ast.Compare | ast.UnaryOp):
            return self.expression(node)  # in code that mypy does not reach
        return self.phrase("if", node, node)

    def negation(self, node: ast.expr) -> Js:
        known = phrases.find("not", 1, lambda n, word: self.fits_word(node, word))
        return self.phrase("not", node, node) if known else Js("!" + wrap(self.truth(node), UNARY), UNARY)

    def bool_operation(self, node: ast.BoolOp) -> Js:
        """`a or b` as a value is one of the two, not a bool."""
        if all(self.kinds(value) <= {"bool"} for value in node.values):
            return self.truth(node)
        word, inner = ("&&", BINDS["&&"]) if isinstance(node.op, ast.And) else ("||", BINDS["|"])
        text = self.expression(node.values[-1])
        for value in reversed(node.values[:-1]):
            test = self.phrase("if", value, value)
            if self.kinds(value) <= NATIVE_TRUTH:
                text = Js(f"{wrap(test, inner)} {word} {wrap(text, inner)}", BINDS[word])
            elif not self.path(value):
                return self.refuse(node, "and/or of a computed list or dict as a value: give it a name first")
            else:
                pair = [wrap(text, LOOSE), self.expression(value)]
                text = Js(f"{test} ? {' : '.join(pair if word == '&&' else reversed(pair))}", LOOSE)
        return text

    def conditional(self, node: ast.IfExp) -> Js:
        test = wrap(self.truth(node.test), COALESCE)
        return Js(f"{test} ? {self.item(node.body)} : {self.item(node.orelse)}", LOOSE)

    # Operators.

    def unary(self, node: ast.UnaryOp) -> Js:
        if isinstance(node.op, ast.Not):
            return self.negation(node.operand)
        return self.phrase(OPERATORS[type(node.op)], node, node.operand)

    def binary(self, node: ast.BinOp) -> Js:
        what, left, right = OPERATORS[type(node.op)], node.left, node.right
        known = self.proofs.constant(node) if what in ("**", "<<") else None
        if known is not None:
            return Js(str(known))
        if what == "&" and self.kind(left) == self.kind(right) == "int" and TRAITS["const"](self, right):
            return self.phrase(what, node, left, right, values=[self.low_bits(left), self.expression(right)])
        if what in ("&", "|", "^", ">>") and self.kind(left) == "int":
            return self.phrase(what, node, left, right, values=[self.checked(left), self.checked(right)])
        return self.phrase(what, node, left, right)

    def checked(self, node: ast.expr) -> Js:
        """JavaScript works on 32 bits: what is not known to be in 0 … 2^32-1 is checked when it runs."""
        text = self.expression(node)
        return text if self.proofs.is_u32(node) else Js(f"{self.helper('checkU32')}({text})")

    def low_bits(self, node: ast.expr) -> Js:
        """The value up to multiples of 2^32, which a mask removes: so even a product of two 32-bit ints is exact."""
        what = "low" + OPERATORS[type(node.op)] if isinstance(node, ast.BinOp) else ""
        if not isinstance(node, ast.BinOp) or what not in phrases.PHRASES or self.proofs.constant(node) is not None:
            return self.expression(node)
        return self.phrase(
            what, node, node.left, node.right, values=[self.low_bits(node.left), self.low_bits(node.right)]
        )

    def compare(self, node: ast.Compare) -> Js:
        """a < b < c is a < b and b < c, where reading b twice is no different."""
        operands, parts = [node.left, *node.comparators], []
        for operator, left, right in zip(node.ops, operands, operands[1:], strict=False):
            if left is not node.left and not self.path(left) and self.proofs.constant(left) is None:
                return self.refuse(node, "a chained comparison with a computed middle: give it a name first")
            if isinstance(operator, ast.NotIn):
                parts.append(Js("!" + wrap(self.phrase("in", node, left, right), UNARY), UNARY))
            else:
                parts.append(self.phrase(OPERATORS[type(operator)], node, left, right))
        return parts[0] if len(parts) == 1 else Js(" && ".join(wrap(part, BINDS["&&"]) for part in parts), BINDS["&&"])

    def subscript(self, node: ast.Subscript) -> Js:
        base, place = node.value, node.slice
        if isinstance(place, ast.Slice):
            if place.step is not None:
                return self.refuse(node, "a slice with a step: use a loop (MicroPython has none either)")
            start = place.lower or (ast.copy_location(ast.Constant(0), node) if place.upper else None)
            ends = [each for each in (start, place.upper) if each]
            zero = [Js("0")] if place.upper and not place.lower else []
            values = [self.expression(base), *zero, *(self.expression(each) for each in ends[len(zero) :])]
            return self.phrase("[:]", node, base, *ends, values=values)
        index, proper = self.proofs.constant(place), without_none(self.type_of(base))
        if isinstance(proper, T.TupleType) and index is not None:
            at = Js(str(index if index >= 0 else index + len(proper.items)))
            return self.phrase("[tuple]", node, base, place, values=[self.expression(base), at])
        proven = self.kind(base) in ("list", "bytes") and self.proofs.proven(node)
        return self.phrase("[proven]" if proven else "[]", node, base, place)

    def f_string(self, node: ast.JoinedStr) -> Js:
        text = ""
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                text += "${" + self.formatted(part) + "}"
            elif isinstance(part, ast.Constant):
                text += "".join(escape(char, "`") for char in str(part.value)).replace("${", "\\${")
        return Js(f"`{text}`")

    def formatted(self, part: ast.FormattedValue) -> Js:
        if part.conversion not in (-1, ord("s")):
            return self.refuse(part.value, "!r in an f-string: write the quotes yourself")
        if part.format_spec is None:
            return self.phrase("text", part.value, part.value)
        spec = ast.unparse(part.format_spec).removeprefix("f").strip("'\"")
        found = re.fullmatch(r"(0?)([1-9]\d*)?([dx]?)", spec)
        if found is None or self.kind(part.value) != "int":
            return self.refuse(part.value, f"the format {spec}: only a width, 0 and x or d, of an int")
        layout = f"{found[2] or 0}, {quote(found[1] or ' ')}, {16 if found[3] == 'x' else 10}"
        return Js(f"{self.helper('formatInt')}({self.expression(part.value)}, {layout})")

    # Functions of one expression, and comprehensions.

    def lambda_function(self, node: ast.Lambda) -> Js:
        if node.args.defaults or node.args.vararg or node.args.kwarg or node.args.kwonlyargs:
            return self.refuse(node, "a lambda with more than plain parameters: write a def")
        self.check_capture(node)
        names = ", ".join(self.variable(arg.arg) for arg in node.args.args)
        return Js(f"({names}) => {self.item(node.body)}", LOOSE)

    def check_capture(self, node: ast.Lambda | ast.FunctionDef) -> None:
        """Python's functions see a loop's variable as it is later, JavaScript's as it was."""
        for name in sorted(self.proofs.loop_names(node)):
            self.refuse(node, f"a function made in a loop that uses the loop's {name}: pass it to a function instead")

    def target(self, node: ast.expr) -> str:
        if isinstance(node, ast.Tuple):
            return "[" + ", ".join(self.target(each) for each in node.elts) + "]"
        if isinstance(node, ast.Attribute):
            return self.attribute(node)
        return self.variable(node.id) if isinstance(node, ast.Name) else self.phrase("Starred", node)

    def comprehension(self, node: ast.ListComp | ast.GeneratorExp) -> Js:
        part = node.generators[0]
        if len(node.generators) > 1:
            return self.refuse(node, "a comprehension with two for: use loops")
        source = self.filtered(part)
        if path(node.elt) and path(node.elt) == path(part.target):
            return source if part.ifs else Js(f"[...{source}]")
        return Js(f"{wrap(source, ATOM)}.map({self.arrow(part, self.item(node.elt))})")

    def filtered(self, part: ast.comprehension) -> Js:
        text = self.as_array(part.iter)
        for test in part.ifs:
            text = Js(f"{wrap(text, ATOM)}.filter({self.arrow(part, self.truth(test))})")
        return text

    def arrow(self, part: ast.comprehension, body: str) -> str:
        return f"({self.target(part.target)}) => {body}"

    def as_array(self, node: ast.expr) -> Js:
        """Something that for goes over, as an array."""
        called = self.builtin(node.func) if isinstance(node, ast.Call) else None
        if isinstance(node, ast.Call) and called == "range":
            return Js(f"{self.helper('rangeList')}({', '.join(self.item(each) for each in node.args)})")
        if isinstance(node, ast.Call) and called == "enumerate" and len(node.args) == 1:
            return Js(f"[...{wrap(self.as_array(node.args[0]), ATOM)}.entries()]")
        return self.comprehension(node) if isinstance(node, ast.GeneratorExp) else self.phrase("array", node, node)

    # Calls.

    def call(self, node: ast.Call) -> Js:
        func, builtin = node.func, self.builtin(node.func)
        if builtin is not None and builtin not in EXCEPTIONS:
            return self.builtin_call(node, builtin)
        if isinstance(func, ast.Attribute):
            return self.method_call(node, func)
        kind = "class" if builtin else self.kind(func)
        if kind not in ("function", "class"):
            return self.refuse(node, "a call of a value without a known type: annotate it with Callable[…]")
        return Js(f"{'new ' if kind == 'class' else ''}{wrap(self.expression(func), ATOM)}({self.arguments(node)})")

    def arguments(self, node: ast.Call) -> str:
        """Keyword arguments at their places; `undefined` stands for a default that is passed over."""
        callee = T.get_proper_type(self.type_of(node.func))
        if not isinstance(callee, T.CallableType) or ARG_STAR in callee.arg_kinds or ARG_STAR2 in callee.arg_kinds:
            if node.keywords or any(isinstance(each, ast.Starred) for each in node.args):
                self.refuse(node, "keyword or * arguments of a function whose parameters are not known")
            if len(node.args) > 1:
                self.refuse(node, "more than one argument for *: an exception has one, its message")
            return ", ".join(self.item(value) for value in node.args)
        places: list[ast.expr | None] = [*node.args, *[None] * (len(callee.arg_names) - len(node.args))]
        for keyword in node.keywords:
            if keyword.arg is None:
                self.refuse(node, "** in a call: name the arguments")
            else:
                places[callee.arg_names.index(keyword.arg)] = keyword.value
        while places and places[-1] is None:
            places.pop()
        for value, wanted in zip(places, callee.arg_types, strict=False):
            self.check_bool(value or node, kinds_of(wanted) if value else frozenset())
        texts = ["undefined" if value is None else wrap(self.expression(value), LOOSE) for value in places]
        return ", ".join(texts)

    def method_call(self, node: ast.Call, func: ast.Attribute) -> Js:
        owner, kinds = func.value, self.kinds(func.value)
        if isinstance(owner, ast.Call) and path(owner.func) == "super":
            return Js(f"super{'' if func.attr == '__init__' else '.' + func.attr}({self.arguments(node)})")
        if kinds and kinds <= {"object", "class", "none", "module"}:
            info = owner_type.type_object() if isinstance(owner_type := self.type_of(owner), T.CallableType) else None
            member = info.get(func.attr) if info and kinds == {"class"} else None
            if member and isinstance(member.node, FuncDef):
                return self.refuse(node, "a method called on its class: call it on the object")
            static = isinstance(found := self.member(func), Decorator) and found.func.is_static
            base = wrap(self.expression(owner), ATOM) + (".constructor" if static else "")
            return Js(f"{'new ' if self.kind(func) == 'class' else ''}{base}.{func.attr}({self.arguments(node)})")
        return self.library_call("." + func.attr, node, owner)

    def library_call(self, what: str, node: ast.Call, *before: ast.expr, first: str = "") -> Js:
        operands = [*before, *node.args]
        if node.keywords or any(isinstance(each, ast.Starred) for each in node.args):
            return self.refuse(node, f"{what}(): plain arguments, by place")
        if what in (".append", ".insert", ".add"):
            self.check_bool(operands[-1], inner_kinds(self.type_of(operands[0])))
        values = [self.as_array(each) if TRAITS["array"](self, each) else self.expression(each) for each in operands]
        return self.phrase(first + what, node, *operands, values=values)

    def builtin_call(self, node: ast.Call, name: str) -> Js:
        special = {"isinstance": self.call_isinstance, "print": self.call_print}.get(name)
        if special and not node.keywords:
            return special(node)
        if name in ("any", "all") and isinstance(node.args[0], ast.GeneratorExp) and len(node.args[0].generators) == 1:
            part = node.args[0].generators[0]
            test = self.arrow(part, self.truth(node.args[0].elt))
            return Js(f"{wrap(self.filtered(part), ATOM)}.{'some' if name == 'any' else 'every'}({test})")
        if name == "bool" and len(node.args) == 1:
            return self.phrase(name, node, node.args[0], values=[self.truth(node.args[0])])
        return self.library_call(name, node)

    def call_isinstance(self, node: ast.Call) -> Js:
        value, classes = node.args
        tests = []
        for one in classes.elts if isinstance(classes, ast.Tuple) else [classes]:
            name = self.builtin(one)
            if name and name not in EXCEPTIONS:
                both = {"str", "bytes"} if name in ("str", "bytes") else {"int", "bool"} if name == "int" else {""}
                word = name + "?" if both <= self.kinds(value) else name
                tests.append(self.phrase("isinstance", node, value, word))
            else:
                text = f"{wrap(self.expression(value), BINDS['instanceof'])} instanceof {self.expression(one)}"
                tests.append(Js(text, BINDS["instanceof"]))
        return tests[0] if len(tests) == 1 else Js(" || ".join(tests), BINDS["||"])

    def call_print(self, node: ast.Call) -> Js:
        parts = [self.phrase("text", each, each) for each in node.args]
        joined = parts[0] if len(parts) == 1 else "`" + " ".join("${" + part + "}" for part in parts) + "`"
        return Js(f"console.log({joined})")

    def yield_value(self, node: ast.Yield) -> Js:
        return Js(f"yield {self.item(node.value)}" if node.value else "yield null", LOOSE)

    def own_text(self, node: ast.expr) -> bool:
        info = class_of(self.type_of(node))
        found = info.get("__str__") if info else None
        return found is not None and not found.fullname.startswith("builtins.")


EXPRESSIONS: dict[type[ast.expr], Callable[..., Js]] = {
    ast.Constant: Expressions.literal,
    ast.Name: Expressions.name,
    ast.Attribute: Expressions.attribute,
    ast.List: Expressions.sequence,
    ast.Tuple: Expressions.sequence,
    ast.Set: Expressions.set_literal,
    ast.Dict: Expressions.dictionary,
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
    ast.Yield: Expressions.yield_value,
}


def is_class_value(member: Var) -> bool:
    """Whether a class gives this attribute a value; `name: type` alone gives none."""
    body = member.info.defn.defs.body if member.info and member.is_initialized_in_class else []
    given = [each for each in body if isinstance(each, AssignmentStmt) and not isinstance(each.rvalue, TempNode)]
    return any(getattr(target, "name", "") == member.name for each in given for target in each.lvalues)


def constant_in(low: int, high: int) -> Callable[[Expressions, ast.expr], bool]:
    def test(writer: Expressions, node: ast.expr) -> bool:
        value = writer.proofs.constant(node)
        return value is not None and low <= value <= high

    return test


def items_are(*kinds: str) -> Callable[[Expressions, ast.expr], bool]:
    return lambda writer, node: bool(inner := inner_kinds(writer.type_of(node))) and inner <= set(kinds)


def is_literal(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str | bytes)


# Words for operands beyond their kinds.
TRAITS: dict[str, Callable[[Expressions, ast.expr], bool]] = {
    "const": constant_in(-(2**53), 2**53),
    "nonzero": lambda writer, node: bool(writer.proofs.constant(node)),
    "zero": constant_in(0, 0),
    "positive": constant_in(1, 2**53),
    "shift": constant_in(0, 31),
    "mask": constant_in(0, 2**31 - 1),
    "highmask": constant_in(2**31, MAX_U32 - 1),
    "ones": constant_in(MAX_U32, MAX_U32),
    "natural": lambda writer, node: writer.proofs.natural(node),
    "literal": lambda writer, node: is_literal(node) and ast.literal_eval(node) not in ("", b""),
    "plainliteral": lambda writer, node: is_literal(node) and "$" not in str(ast.literal_eval(node)),
    "plain": lambda writer, node: bool(writer.kinds(node)) and writer.kinds(node) <= PLAIN,
    "native": lambda writer, node: bool(writer.kinds(node)) and writer.kinds(node) <= NATIVE_TRUTH,
    "filled": lambda writer, node: writer.proofs.guarded(node, writer.path(node), ast.Constant(0)),
    "called": lambda writer, node: any(isinstance(each, ast.Call) for each in ast.walk(node)),
    "array": lambda writer, node: (
        isinstance(node, ast.GeneratorExp)
        or (isinstance(node, ast.Call) and writer.builtin(node.func) in ("range", "enumerate"))
    ),
    "to-none": lambda writer, node: "none" in inner_kinds(writer.type_of(node), 1),
    "of-int": items_are("int"),
    "of-str": items_are("str"),
    "of-bytes": items_are("bytes"),
    "of-bool": items_are("bool"),
    "of-plain": items_are(*PLAIN),
    "sized": lambda writer, node: (
        bool(info := class_of(writer.type_of(node)))
        and any(info.get(name) for name in ("__bool__", "__len__"))
        and writer.kinds(node) <= {"object", "none"}
    ),
    "error": lambda writer, node: (
        bool(info := class_of(writer.type_of(node))) and info.has_base("builtins.BaseException")
    ),
    "printable": lambda writer, node: writer.kinds(node) == {"object"} and writer.own_text(node),
}
