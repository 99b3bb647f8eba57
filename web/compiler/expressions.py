"""Expressions: each kind of node of Python's tree has the method on_… of its name.

Most of them only ask for the phrase that fits the kinds of their operands: see phrasebook.txt. So the types decide what
is written, and nothing is looked up when the program runs.
"""

import ast
from collections.abc import Callable

from mypy import types as T
from mypy.nodes import ARG_STAR, ARG_STAR2, Decorator, FuncDef, RefExpr, Var

from compiler import phrases
from compiler.kinds import NATIVE_TRUTH, PLAIN, class_of, inner_kinds, kinds_of, without_none
from compiler.load import Module, span
from compiler.output import ATOM, BINDS, COALESCE, LOOSE, Js, escape, fill, quote, wrap
from compiler.proofs import LOOPS, Proofs, path

NULL = Js("null")
EXCEPTIONS = phrases.words("exceptions")
RESERVED = phrases.words("reserved")
OPERATORS: dict[type[ast.AST], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%", ast.Pow: "**",
    ast.LShift: "<<", ast.RShift: ">>", ast.BitAnd: "&", ast.BitOr: "|", ast.BitXor: "^", ast.MatMult: "@",
    ast.USub: "negative", ast.UAdd: "plus", ast.Invert: "~", ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=",
    ast.Gt: ">", ast.GtE: ">=", ast.In: "in", ast.NotIn: "notin", ast.Is: "is", ast.IsNot: "isnot",
}  # fmt: skip


class Expressions:
    def __init__(self, module: Module) -> None:
        self.module = module
        self.proofs = Proofs(module.tree, self.kind)
        self.helpers: set[str] = set()
        self.used: set[str] = set()
        self.self_name: str | None = None
        self.discarded: ast.expr | None = None  # a call whose result nobody uses
        self.line = 0

    # What mypy knows.

    def type_of(self, node: ast.expr) -> T.Type | None:
        known = self.module.typed.get(span(node))
        return known[1] if known else None

    def kinds(self, node: ast.expr) -> frozenset[str]:
        if isinstance(node, ast.Constant):
            return frozenset({"none" if node.value is None else type(node.value).__name__})
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

    # Phrases.

    def phrase(self, what: str, node: ast.AST, *operands: ast.expr | str, values: list[Js] | None = None) -> Js:
        """An operation on these operands, as the phrasebook has it. An operand that is a str is a word of its own."""
        if values is None:
            values = [self.expression(each) for each in operands if isinstance(each, ast.expr)]
        found = phrases.find(what, len(operands), lambda n, word: self.fits(operands[n], word))
        if found is not None and not found.startswith("! "):
            return fill(found, values, self.helper)
        shown = [each if isinstance(each, str) else " | ".join(sorted(self.kinds(each))) for each in operands]
        kinds = ", ".join(each or "a value without a known type" for each in shown)
        return self.refuse(node, found[2:] if found else f"{what} of {kinds or 'nothing'}: not in the subset")

    def fits(self, operand: ast.expr | str, word: str) -> bool:
        if isinstance(operand, str) or word == "_":
            return word in ("_", operand)
        if word in TRAITS:
            return TRAITS[word](self, operand)
        if word.startswith("'"):
            return isinstance(operand, ast.Constant) and repr(operand.value) == word
        if ".." in word:
            value, (low, high) = self.proofs.constant(operand), word.split("..")
            return value is not None and int(low) <= value <= int(high)
        if word.startswith("of-"):
            inner = inner_kinds(self.type_of(operand))
            return bool(inner) and inner <= (PLAIN if word == "of-plain" else {word[3:]})
        kinds = self.kinds(operand)
        return "|".join(sorted(kinds)) == word or (word.endswith("?") and bool(kinds) and kinds <= {word[:-1], "none"})

    def refuse(self, node: ast.AST, message: str, wrong: bool = True) -> Js:
        """Outside of the subset, if `wrong`. What is written after that does not matter."""
        if wrong:
            self.module.refuse(node, message)
        return NULL

    def helper(self, name: str) -> str:
        self.helpers.add(name)
        return name

    def path(self, node: ast.expr) -> str:
        """`x` or `self.x`: something that may be written twice, as reading it does nothing."""
        inner = [each for each in ast.walk(node) if isinstance(each, ast.Attribute)]
        return "" if any(isinstance(self.member(each.value, each.attr), Decorator) for each in inner) else path(node)

    def check_bool(self, value: ast.expr, wanted: frozenset[str]) -> None:
        wrong = "int" in wanted and not wanted & {"bool", "any"} and "bool" in self.kinds(value)
        self.refuse(value, "a bool where an int is wanted: write 1 if … else 0", wrong)

    # Names and literals.

    def expression(self, node: ast.expr) -> Js:
        mark = f"\x01{node.lineno},{node.col_offset}\x02" if node.lineno != self.line else ""
        self.line = node.lineno
        name = type(node).__name__
        write = getattr(self, f"on_{name}", None)
        js: Js = write(node) if write else self.phrase(name, node)
        return Js(mark + js, js.level)

    def on_Constant(self, node: ast.Constant) -> Js:
        value = node.value
        if isinstance(value, str | bytes):
            return Js(quote(value if isinstance(value, str) else value.decode("latin-1")))
        if value is None or isinstance(value, bool):
            return Js({None: "null", True: "true", False: "false"}[value])
        if not isinstance(value, int):
            return self.phrase(type(value).__name__, node)
        self.refuse(node, "an int beyond 2**53 - 1 is not exact in JavaScript", value >= 2**53)
        written = self.module.lines[node.lineno - 1].encode()[node.col_offset : node.end_col_offset]
        return Js(written.decode())

    def on_Name(self, node: ast.Name) -> Js:
        builtin = self.builtin(node)
        if node.id == self.self_name:
            return Js("this")
        if builtin is not None:
            self.refuse(node, f"{builtin} as a value: call it, or write a def of your own", builtin not in EXCEPTIONS)
            return Js(self.helper(builtin))
        self.used.add(node.id)
        return Js(self.variable(node.id))

    def variable(self, name: str) -> str:
        return name + "_" if name in RESERVED else name

    def on_Attribute(self, node: ast.Attribute) -> Js:
        member, base = self.member(node.value, node.attr), wrap(self.expression(node.value), ATOM)
        own = node.attr.startswith("__") or node.attr in ("FIELDS", "constructor", "args")
        self.refuse(node, f"{node.attr}: it is Python's or JavaScript's own; choose another name", own)
        if isinstance(member, FuncDef):
            self.refuse(node, "a method of a computed object: give the object a name first", not self.path(node.value))
            return Js(f"{base}.{node.attr}.bind({base})")
        if isinstance(member, Var) and member.is_initialized_in_class and node.attr.isupper():
            stored = isinstance(node.ctx, ast.Store)
            self.refuse(node, "a constant of the class, assigned through an object: a name in small letters", stored)
            return Js(f"{base}.constructor.{node.attr}")
        return Js(f"{base}.{node.attr}")

    def on_List(self, node: ast.List | ast.Tuple) -> Js:
        for each in [] if isinstance(node, ast.Tuple) else node.elts:
            self.check_bool(each, inner_kinds(self.type_of(node)))
        return Js(self.layout(node, "[", node.elts, self.item, "]"))

    on_Tuple = on_List

    def item(self, node: ast.expr) -> str:
        if isinstance(node, ast.Starred):
            return f"...{wrap(self.phrase('for', node, node.value), LOOSE)}"
        return wrap(self.expression(node), LOOSE)

    def on_Dict(self, node: ast.Dict) -> Js:
        values = {key or node: value for key, value in zip(node.keys, node.values, strict=True)}
        for key, value in values.items():
            wrong = key is node or not self.kinds(key) <= {"str", "bytes", "int"}
            self.refuse(key, "a dict has keys that are str, bytes or ints, and no **: use .update()", wrong)
            self.check_bool(value, inner_kinds(self.type_of(node), 1))

        def pair(key: ast.expr) -> str:
            return f"[{NULL if key is node else self.expression(key)}, {self.item(values[key])}]"

        return Js(self.layout(node, "new Map([", list(values), pair, "])") if values else "new Map()")

    def layout(
        self, node: ast.expr, left: str, items: list[ast.expr], write: Callable[[ast.expr], str], right: str
    ) -> str:
        """`[a, b]` on one line, or its lines and comments as Python has them."""
        if not items or items[0].lineno == node.lineno:
            return left + ", ".join(write(item) for item in items) + right
        text, done = left, node.lineno
        for item, following in zip(items, [*items[1:], None], strict=True):
            before = [self.module.own_line.get(line) for line in range(done + 1, item.lineno)]
            text += "".join(f"\n  // {comment}" for comment in before if comment)
            text += ("\n  " if item.lineno != done else " ") + write(item).replace("\n", "\n  ") + ","
            done = item.end_lineno or item.lineno
            if done in self.module.trailing and (following is None or following.lineno > done):
                text += f" // {self.module.trailing.pop(done)}"
        return f"{text}\n{right}"

    # Truth.

    def truth(self, node: ast.expr) -> Js:
        """A condition: whether Python holds this value to be true."""
        if isinstance(node, ast.BoolOp):
            return self.joined(node, [self.truth(value) for value in node.values])
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            return self.on_UnaryOp(node)
        if isinstance(node, ast.Compare):
            return self.on_Compare(node)
        return self.phrase("if", node, node)

    def joined(self, node: ast.BoolOp, values: list[Js]) -> Js:
        # Brackets around && in ||: JavaScript does not need them, a reader does.
        word, inner = ("&&", BINDS["&&"]) if isinstance(node.op, ast.And) else ("||", BINDS["|"])
        return Js(f" {word} ".join(wrap(value, inner) for value in values), BINDS[word])

    def on_BoolOp(self, node: ast.BoolOp) -> Js:
        """`a or b` as a value is one of the two, not a bool."""
        if all(self.kinds(value) <= {"bool"} for value in node.values):
            return self.truth(node)
        for value in node.values[:-1]:
            wrong = not self.kinds(value) <= NATIVE_TRUTH
            self.refuse(value, "and/or of a list, tuple or dict as a value: write … if len(…) > 0 else …", wrong)
        return self.joined(node, [self.expression(value) for value in node.values])

    def on_IfExp(self, node: ast.IfExp) -> Js:
        test = wrap(self.truth(node.test), COALESCE)
        return Js(f"{test} ? {self.item(node.body)} : {self.item(node.orelse)}", LOOSE)

    # Operators.

    def on_UnaryOp(self, node: ast.UnaryOp) -> Js:
        if not isinstance(node.op, ast.Not):
            return self.phrase(OPERATORS[type(node.op)], node, node.operand)
        if isinstance(node.operand, ast.BoolOp | ast.Compare | ast.UnaryOp):
            return fill("!$1", [self.truth(node.operand)], self.helper)
        return self.phrase("not", node, node.operand)

    def on_BinOp(self, node: ast.BinOp) -> Js:
        what, left, right = OPERATORS[type(node.op)], node.left, node.right
        if what in ("**", "<<") and (known := self.proofs.constant(node)) is not None:
            return Js(str(known))
        mask = self.proofs.constant(right)
        masked = what == "&" and self.kinds(left) == {"int"} and mask is not None and 0 <= mask <= 0xFFFFFFFF
        values = [self.low_bits(left) if masked else self.expression(left), self.expression(right)]
        if not masked and what in ("&", "|", "^", ">>") and self.kinds(left) == {"int"}:
            # JavaScript works on 32 bits: what is not known to be in 0 … 2^32-1 is checked when it runs.
            for place, operand in enumerate((left, right)):
                if not self.proofs.is_u32(operand):
                    values[place] = Js(f"{self.helper('checkU32')}({values[place]})")
        return self.phrase(what, node, left, right, values=values)

    def low_bits(self, node: ast.expr) -> Js:
        """The value up to multiples of 2^32, which a mask removes: so even a product of two 32-bit ints is exact."""
        what = "low" + OPERATORS[type(node.op)] if isinstance(node, ast.BinOp) else ""
        if not isinstance(node, ast.BinOp) or what not in phrases.PHRASES or self.proofs.constant(node) is not None:
            return self.expression(node)
        return self.phrase(what, node, node.left, node.right, values=[*map(self.low_bits, (node.left, node.right))])

    def on_Compare(self, node: ast.Compare) -> Js:
        """a < b < c is a < b and b < c, where reading b twice is no different."""
        operands, parts = [node.left, *node.comparators], []
        for operator, left, right in zip(node.ops, operands, operands[1:], strict=False):
            twice = left is node.left or self.path(left) or self.proofs.constant(left) is not None
            self.refuse(node, "a chained comparison with a computed middle: give it a name first", not twice)
            parts.append(self.phrase(OPERATORS[type(operator)], node, left, right))
        return parts[0] if len(parts) == 1 else Js(" && ".join(parts), BINDS["&&"])

    def on_Subscript(self, node: ast.Subscript) -> Js:
        base, place = node.value, node.slice
        if isinstance(place, ast.Slice):
            self.refuse(node, "a slice with a step: use a loop (MicroPython has none either)", place.step is not None)
            start = self.expression(place.lower) if place.lower else Js("0")
            ends = [start, self.expression(place.upper)] if place.upper else [start] if place.lower else []
            return self.phrase("[:]", node, base, *[""] * len(ends), values=[self.expression(base), *ends])
        index, proper = self.proofs.constant(place), without_none(self.type_of(base))
        if isinstance(proper, T.TupleType) and index is not None:
            at = Js(str(index if index >= 0 else index + len(proper.items)))
            return self.phrase("[tuple]", node, base, place, values=[self.expression(base), at])
        proven = self.kind(base) in ("list", "bytes") and self.proofs.guarded(node, path(base), place)
        return self.phrase("[proven]" if proven else "[]", node, base, place)

    def on_JoinedStr(self, node: ast.JoinedStr) -> Js:
        text = ""
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                odd = part.conversion not in (-1, ord("s")) or part.format_spec is not None
                self.refuse(node, "!r or a format in an f-string: write the quotes, the zeros yourself", odd)
                text += f"${{{self.phrase('text', part.value, part.value)}}}"
            elif isinstance(part, ast.Constant):
                text += "".join(escape(char, "`") for char in str(part.value)).replace("${", "\\${")
        return Js(f"`{text}`")

    # Functions of one expression, and comprehensions.

    def on_Lambda(self, node: ast.Lambda) -> Js:
        self.check_capture(node)
        odd = node.args.defaults or node.args.vararg or node.args.kwarg or node.args.kwonlyargs
        self.refuse(node, "a lambda with more than plain parameters: write a def", bool(odd))
        return Js(f"({', '.join(self.variable(arg.arg) for arg in node.args.args)}) => {self.item(node.body)}", LOOSE)

    def check_capture(self, node: ast.AST) -> None:
        in_loop = any(isinstance(up, LOOPS) for up, _ in self.proofs.above(node))
        self.refuse(node, "a function made in a loop sees the loop's variables differently: make it outside", in_loop)

    def target(self, node: ast.expr) -> str:
        if isinstance(node, ast.Tuple):
            return "[" + ", ".join(self.target(each) for each in node.elts) + "]"
        return self.variable(node.id) if isinstance(node, ast.Name) else self.expression(node)

    def on_ListComp(self, node: ast.ListComp | ast.GeneratorExp) -> Js:
        part = node.generators[0]
        self.refuse(node, "a comprehension with two for: use loops", len(node.generators) > 1)
        source = self.filtered(part)
        if path(node.elt) and path(node.elt) == path(part.target):
            return source if part.ifs else Js(f"[...{source}]")
        return Js(f"{wrap(source, ATOM)}.map(({self.target(part.target)}) => {self.item(node.elt)})")

    def filtered(self, part: ast.comprehension) -> Js:
        text = self.as_array(part.iter)
        for test in part.ifs:
            text = Js(f"{wrap(text, ATOM)}.filter(({self.target(part.target)}) => {wrap(self.truth(test), LOOSE)})")
        return text

    def as_array(self, node: ast.expr) -> Js:
        """Something that for goes over, as an array."""
        if isinstance(node, ast.Call) and self.builtin(node.func) == "range":
            return Js(f"{self.helper('rangeList')}({', '.join(map(self.item, node.args))})")
        if isinstance(node, ast.Call) and TRAITS["array"](self, node):
            return Js(f"[...{wrap(self.as_array(node.args[0]), ATOM)}.entries()]")
        return self.on_ListComp(node) if isinstance(node, ast.GeneratorExp) else self.phrase("array", node, node)

    # Calls.

    def on_Call(self, node: ast.Call) -> Js:
        func, builtin = node.func, self.builtin(node.func)
        owner = func.value if isinstance(func, ast.Attribute) else None
        if builtin is not None and builtin not in EXCEPTIONS:
            return self.builtin_call(node, builtin)
        if isinstance(owner, ast.Call) and path(owner.func) == "super" and isinstance(func, ast.Attribute):
            return Js(f"super{'' if func.attr == '__init__' else '.' + func.attr}({self.arguments(node)})")
        if owner and isinstance(func, ast.Attribute):
            kinds, member = self.kinds(owner), self.member(owner, func.attr)
            if not kinds or not kinds <= {"object", "class", "none", "module"}:
                return self.library_call("." + func.attr, node, owner)
            static = isinstance(member, Decorator) and member.func.is_static
            text = Js(f"{wrap(self.expression(owner), ATOM)}{'.constructor' if static else ''}.{func.attr}")
        else:
            text = self.expression(func)
        kind = "class" if builtin else self.kind(func)
        known = kind in ("function", "class")
        self.refuse(node, "a call of a value without a known type: annotate it with Callable[…]", not known)
        return Js(f"{'new ' if kind == 'class' else ''}{wrap(text, ATOM)}({self.arguments(node)})")

    def arguments(self, node: ast.Call) -> str:
        """Keyword arguments at their places; `undefined` stands for a default that is passed over."""
        callee = T.get_proper_type(self.type_of(node.func))
        if not isinstance(callee, T.CallableType) or {ARG_STAR, ARG_STAR2} & {*callee.arg_kinds}:
            odd = node.keywords or len(node.args) > 1
            self.refuse(
                node, "more than one argument for a *, or a keyword: an exception has one, its message", bool(odd)
            )
            return ", ".join(self.item(value) for value in node.args)
        places: list[ast.expr | None] = [*node.args, *[None] * (len(callee.arg_names) - len(node.args))]
        for keyword in node.keywords:
            self.refuse(node, "** in a call: name the arguments", keyword.arg is None)
            places[callee.arg_names.index(keyword.arg) if keyword.arg in callee.arg_names else 0] = keyword.value
        while places and places[-1] is None:
            places.pop()
        texts = []
        for value, wanted in zip(places, callee.arg_types, strict=False):
            self.check_bool(value or node, kinds_of(wanted) if value else frozenset())
            texts.append("undefined" if value is None else wrap(self.expression(value), LOOSE))
        return ", ".join(texts)

    def library_call(self, what: str, node: ast.Call, *before: ast.expr) -> Js:
        operands = [*before, *node.args]
        odd = node.keywords or any(isinstance(each, ast.Starred) for each in node.args)
        self.refuse(node, f"{what}(): plain arguments, by place", bool(odd))
        if what in (".append", ".insert", ".add"):
            self.check_bool(operands[-1], inner_kinds(self.type_of(operands[0])))
        if node is self.discarded and phrases.find(
            ";" + what, len(operands), lambda n, word: self.fits(operands[n], word)
        ):
            what = ";" + what
        values = [self.as_array(each) if TRAITS["array"](self, each) else self.expression(each) for each in operands]
        return self.phrase(what, node, *operands, values=values)

    def builtin_call(self, node: ast.Call, name: str) -> Js:
        given = node.args[0] if len(node.args) == 1 else None
        if name == "isinstance" and len(node.args) == 2:
            return self.instance_test(*node.args)
        if name == "print" and not node.keywords:
            parts = [self.phrase("text", each, each) for each in node.args]
            joined = parts[0] if len(parts) == 1 else "`" + " ".join(f"${{{part}}}" for part in parts) + "`"
            return Js(f"console.log({joined})")
        if name == "bool" and given:
            return self.phrase(name, node, given, values=[self.truth(given)])
        return self.library_call(name, node)

    def instance_test(self, value: ast.expr, classes: ast.expr) -> Js:
        tests = []
        for one in classes.elts if isinstance(classes, ast.Tuple) else [classes]:
            name = self.builtin(one)
            word = name if name and name not in EXCEPTIONS else "class"
            right = self.expression(one) if word == "class" else NULL
            tests.append(self.phrase("isinstance", value, value, word, values=[self.expression(value), right]))
        return tests[0] if len(tests) == 1 else Js(" || ".join(tests), BINDS["||"])

    def on_Yield(self, node: ast.Yield) -> Js:
        return Js(f"yield {self.item(node.value)}" if node.value else "yield null", LOOSE)


def literal(node: ast.expr) -> str | bytes | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes) else None


def has(writer: Expressions, node: ast.expr, *names: str) -> bool:
    """Whether a value is an object whose class defines one of these methods itself."""
    info = class_of(writer.type_of(node)) if writer.kinds(node) <= {"object", "none"} else None
    found = [info.get(name) for name in names] if info else []
    return any(each is not None and not str(each.fullname).startswith("builtins.") for each in found)


def is_error(writer: Expressions, node: ast.expr) -> bool:
    info = class_of(writer.type_of(node))
    return info is not None and info.has_base("builtins.BaseException")


# Words for operands beyond their kinds.
TRAITS: dict[str, Callable[[Expressions, ast.expr], bool]] = {
    "natural": lambda writer, node: writer.proofs.natural(node),
    "literal": lambda writer, node: bool(literal(node)),
    "plainliteral": lambda writer, node: literal(node) is not None and "$" not in str(literal(node)),
    "plain": lambda writer, node: bool(writer.kinds(node)) and writer.kinds(node) <= PLAIN,
    "native": lambda writer, node: bool(writer.kinds(node)) and writer.kinds(node) <= NATIVE_TRUTH,
    "filled": lambda writer, node: writer.proofs.guarded(node, writer.path(node), ast.Constant(0)),
    "simple": lambda writer, node: isinstance(node, ast.Constant) or bool(writer.path(node)),
    "array": lambda writer, node: (
        isinstance(node, ast.GeneratorExp)
        or (isinstance(node, ast.Call) and writer.builtin(node.func) == "range")
        or (isinstance(node, ast.Call) and writer.builtin(node.func) == "enumerate" and len(node.args) == 1)
    ),
    "to-none": lambda writer, node: "none" in inner_kinds(writer.type_of(node), 1),
    "twofold": lambda writer, node: any(both <= writer.kinds(node) for both in ({"str", "bytes"}, {"bool", "int"})),
    "sized": lambda writer, node: has(writer, node, "__bool__", "__len__"),
    "printable": lambda writer, node: has(writer, node, "__str__"),
    "error": is_error,
}
