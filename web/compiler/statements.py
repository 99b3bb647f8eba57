"""Statements: each kind of node of Python's tree has the method on_… of its name, or a phrase."""

import ast

from mypy.nodes import TypeInfo

from compiler.expressions import Expressions
from compiler.load import Module
from compiler.output import BINDS, LOOSE, UNARY, Js, Output, mark, wrap
from compiler.scopes import Scope, mentions, stored
from compiler.tree import assignment, operator, path


class Statements(Expressions):
    def __init__(self, module: Module) -> None:
        super().__init__(module)
        self.out = Output(module)
        self.top = self.scope = Scope(set(), [])
        self.bases: list[TypeInfo] | None = None  # what the class around this place extends
        self.caught: list[str] = []  # what the handlers around this place call their exception

    def write(self, text: str, node: ast.stmt | None = None) -> None:
        """Write lines. If they stand for a statement, they are mapped to it, and the comments behind its own lines (not
        those of a block in it) go behind them."""
        if node is None:
            return self.out.write(text)
        inner: list[ast.stmt] = getattr(node, "body", [])
        last = inner[0].lineno - 1 if inner else node.end_lineno or node.lineno
        self.line = node.lineno
        self.out.write(mark(node) + text, node.lineno, last)

    def doc(self, node: ast.Module | ast.ClassDef | ast.FunctionDef) -> list[ast.stmt]:
        """Write a docstring as JSDoc, and return the statements behind it."""
        text = ast.get_docstring(node)
        if text is None:
            return node.body
        self.out.lead(getattr(node, "lineno", 1), "  " * self.out.depth)
        first, *more = text.replace("*/", "*\\/").rstrip().split("\n")
        rows = [f" * {row}".rstrip() for row in [first, *more]]
        self.out.write("\n".join(["/**", *rows, " */"]) if more else f"/** {first} */")
        self.out.seen = node.body[0].end_lineno or 0
        return node.body[1:]

    def statement(self, node: ast.stmt) -> None:
        for name in self.scope.before.get(node, []):
            self.write(f"{mark(node)}let {self.variable(name)};")
        for each in [] if isinstance(node, ast.If) else getattr(node, "orelse", [])[:1]:
            self.refuse(each, "else")
        self.line = node.lineno
        write = getattr(self, f"on_{type(node).__name__}", None)
        if write:
            write(node)
        elif text := self.phrase(type(node).__name__, node):
            self.write(text, node)
        self.out.seen = max(self.out.seen, node.end_lineno or 0)

    def block(self, head: str, body: list[ast.stmt], node: ast.stmt | None = None, end: str = "}") -> None:
        """A head, the statements under it, and its end."""
        if head:
            self.write(head, node)
        self.out.depth += 1
        for each in body:
            self.statement(each)
        self.out.depth -= 1
        if end:
            self.write(end)

    # Assignment.

    def on_Assign(self, node: ast.Assign | ast.AnnAssign) -> None:
        pairs = [(target, value) for target, value in assignment(node) if value]
        self.refuse(node, "chained-assignment", len(pairs) > 1 and not isinstance(node.value, ast.Constant))
        for target, value in pairs:
            unpacked = isinstance(target, ast.Tuple | ast.List)
            self.refuse(node, "unpacking", unpacked and self.kind(value) != "tuple")
            self.store(node, target, self.expression(value))

    on_AnnAssign = on_Assign

    def store(self, node: ast.stmt, target: ast.expr, value: Js) -> None:
        if isinstance(target, ast.Subscript):
            values = [self.expression(target.value), self.expression(target.slice), value]
            return self.write(f"{self.phrase('[]=', node, target.value, target.slice, target, values=values)};", node)
        # A bundler drops a constant that nobody uses, if working it out is sure to do nothing else.
        works = isinstance(getattr(node, "value", None), ast.Call | ast.Dict | ast.Subscript | ast.ListComp)
        pure = "/* @__PURE__ */ " if works and self.scope is self.top and self.bases is None else ""
        self.write(f"{self.keyword(node, target)}{self.target(target)} = {pure}{wrap(value, LOOSE)};", node)

    def keyword(self, node: ast.stmt, target: ast.expr) -> str:
        """The word that declares the variables of a target, if they are declared here."""
        if self.scope is not self.top:
            return self.scope.keyword(node, target)
        return "static " if self.bases is not None else f"{exporting(path(target))}const "

    def on_AugAssign(self, node: ast.AugAssign) -> None:
        """`x += 1` stays; where JavaScript's operator means something else, x = x … in full."""
        target, what = node.target, operator(node.op)
        if what == "+" and self.kind(target) == "list":
            return self.write(f"{self.phrase('+=', node, target, node.value)};", node)
        value = self.on_BinOp(ast.copy_location(ast.BinOp(target, node.op, node.value), node))
        if what in ("+", "-", "*") and not isinstance(target, ast.Subscript):
            return self.write(f"{self.target(target)} {what}= {self.item(node.value)};", node)
        self.refuse(node, "computed-place", any(isinstance(each, ast.Call) for each in ast.walk(target)))
        self.store(node, target, value)

    def on_Expr(self, node: ast.Expr) -> None:
        if not isinstance(node.value, ast.Constant):
            self.write(f"{self.expression(node.value)};", node)

    # Control.

    def on_If(self, node: ast.If, word: str = "if") -> None:
        if path(node.test) == "TYPE_CHECKING":
            return
        self.block(f"{word} ({self.truth(node.test)}) {{", node.body, node, "" if node.orelse else "}")
        match node.orelse:
            case [ast.If() as other] if other not in self.scope.before:
                self.on_If(other, "} else if")
            case [_, *_]:
                self.block("} else {", node.orelse)

    def on_While(self, node: ast.While) -> None:
        self.block(f"while ({self.truth(node.test)}) {{", node.body, node)

    def on_For(self, node: ast.For) -> None:
        if isinstance(node.iter, ast.Call) and self.builtin(node.iter.func) == "range":
            head = self.range_head(node, node.iter.args)
        else:
            target = self.keyword(node, node.target) + self.target(node.target)
            head = f"{target} of {self.phrase('for', node, node.iter)}"
        self.block(f"for ({head}) {{", node.body, node)

    def range_head(self, node: ast.For, given: list[ast.expr]) -> str:
        """let i = 0; i < n; i++. The end is worked out once, as in Python, where it might change."""
        raw, end_node = path(node.target), given[0] if len(given) == 1 else given[1]
        again = raw in [name for each in node.body for name in stored(each)]
        self.refuse(node, "range-variable", again or not self.keyword(node, node.target), raw)
        name, start = self.variable(raw), self.item(given[0]) if len(given) > 1 else "0"
        step = self.constant(given[2]) or 0 if len(given) == 3 else 1
        self.refuse(node, "range-step", step == 0)
        end, declare, last = self.expression(end_node), f"let {name} = {start}", self.own_name(f"{raw}End")
        if self.constant(end_node) is None and path(end_node) not in self.scope.fixed:
            declare, end = f"{declare}, {last} = {end}", Js(last)
        advance = {1: f"{name}++", -1: f"{name}--"}.get(step, f"{name} += {step}")
        return f"{declare}; {name} {'<' if step > 0 else '>'} {wrap(end, BINDS['<'] + 1)}; {advance}"

    def on_Try(self, node: ast.Try) -> None:
        self.block("try {", node.body, node, "")
        if node.handlers:
            self.catch(node.handlers)
        if node.finalbody:
            self.block("} finally {", node.finalbody, end="")
        self.write("}")

    def catch(self, handlers: list[ast.ExceptHandler]) -> None:
        """One catch, which asks for the class, and throws again what none of the handlers takes. Only a single
        `except Exception` asks nothing, so it needs no `if`: its test is "", and its body stands right in the catch."""
        unnamed = "error$" if mentions(handlers, "error") else "error"
        caught = self.variable(next((each.name for each in handlers if each.name), unnamed))
        tests = [self.handler_test(each, caught) for each in handlers]
        self.refuse(handlers[-1], "except-order", "" in tests[:-1])
        self.caught.append(caught)
        self.write(f"}} catch ({caught}) {{")
        for place, (handler, test) in enumerate(zip(handlers, tests, strict=True)):
            words = ["} else"] * (place > 0) + [f"if ({test})"] * bool(test)
            self.out.depth += tests != [""]
            self.block(" ".join([*words, "{"]) if words else "", handler.body, end="")
            self.out.depth -= tests != [""]
        if tests != [""]:
            self.write(f"  }} else {{\n    throw {caught};\n  }}" if tests[-1] else "  }")
        self.caught.pop()

    def handler_test(self, handler: ast.ExceptHandler, caught: str) -> str:
        """`caught instanceof …`; nothing for Exception, which takes all."""
        self.line = handler.lineno
        self.refuse(handler, "bare-except", handler.type is None)
        self.refuse(handler, "except-names", handler.name is not None and self.variable(handler.name) != caught)
        classes = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type] if handler.type else []
        everything = any(self.builtin(each) == "Exception" for each in classes)
        return "" if everything else " || ".join(f"{caught} instanceof {self.expression(each)}" for each in classes)

    def on_Raise(self, node: ast.Raise) -> None:
        self.refuse(node, "cause", node.cause is not None)
        self.refuse(node, "bare-raise", not (node.exc or self.caught))
        text = self.expression(node.exc) if node.exc else (self.caught or ["null"])[-1]
        is_class = node.exc and ("class" in self.kinds(node.exc) or (path(node.exc) and self.builtin(node.exc)))
        self.write(f"throw {f'new {text}()' if is_class else text};", node)

    def on_Assert(self, node: ast.Assert) -> None:
        test, message = self.truth(node.test), self.phrase("text", node.msg, node.msg) if node.msg else ""
        self.write(f"if (!{wrap(test, UNARY)}) throw new {self.helper('AssertionError')}({message});", node)

    def on_Return(self, node: ast.Return) -> None:
        self.write(f"return {self.item(node.value)};" if node.value else "return;", node)


def exporting(name: str) -> str:
    return "" if name.startswith("_") else "export "
