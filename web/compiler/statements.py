"""Statements: each kind of node of Python's tree has the method on_… of its name, or a phrase."""

import ast

from compiler.expressions import OPERATORS, Expressions, is_error
from compiler.load import Module
from compiler.output import ATOM, BINDS, LOOSE, UNARY, Js, Output, wrap
from compiler.proofs import is_store, path
from compiler.scopes import Scope


class Statements(Expressions):
    def __init__(self, module: Module) -> None:
        super().__init__(module)
        self.out = Output()
        self.scope = Scope(module.tree, [])
        self.function: ast.FunctionDef | None = None
        self.caught: list[str] = []
        self.seen = 0  # the last line of Python whose comments are written

    # Lines, comments and blank lines.

    def write(self, text: str, node: ast.stmt | None = None) -> None:
        """Write lines; those of a statement with the comment behind it."""
        if node is not None:
            self.line = node.lineno
            inner: list[ast.stmt] = getattr(node, "body", [])
            last = inner[0].lineno - 1 if inner else node.end_lineno or node.lineno
            comments = [self.module.trailing.pop(line, "") for line in range(node.lineno, last + 1)]
            head, newline, tail = text.partition("\n")
            comment = "".join(f" // {each}" for each in comments if each)
            text = f"\x01{node.lineno},{node.col_offset}\x02{head}{comment}{newline}{tail}"
        self.out.write(text)

    def lead(self, line: int) -> None:
        """The comments in front of a line of Python, and the blank lines around them."""
        for number in range(self.seen + 1, line + 1):
            last = self.out.lines[-1] if self.out.lines else "{"
            comment = self.module.own_line.get(number)
            after_blank = number > 1 and not self.module.lines[number - 2].strip()
            if (comment is not None or number == line) and after_blank and last and not last.endswith("{"):
                self.out.write("")
            if comment is not None and number < line:
                self.out.write(f"// {comment}".rstrip())
        self.seen = max(self.seen, line - 1)

    def doc(self, body: list[ast.stmt]) -> list[ast.stmt]:
        """Write a docstring as JSDoc, and return the statements behind it."""
        text = ast.get_docstring(ast.Module(body, []))
        if text is None:
            return body
        lines = text.replace("*/", "*\\/").rstrip().split("\n")
        more = ["/**", *(f" * {line}".rstrip() for line in lines), " */"]
        self.out.write(f"/** {lines[0]} */" if len(lines) == 1 else "\n".join(more))
        self.seen = max(self.seen, body[0].end_lineno or 0)
        return body[1:]

    def statement(self, node: ast.stmt) -> None:
        self.lead(min([node.lineno, *(each.lineno for each in getattr(node, "decorator_list", []))]))
        for name in self.scope.before.get(node, []):
            self.write(f"let {self.variable(name)};")
        for each in [] if isinstance(node, ast.If) else getattr(node, "orelse", [])[:1]:
            self.refuse(each, "else of a loop or a try: use a variable")
        self.line = node.lineno
        inner = [each for each in ast.walk(node) if isinstance(each, ast.expr) and not is_store(each)]
        bare = isinstance(node, ast.AnnAssign) and node.value is None
        if self.function and inner and not bare and not any(map(self.type_of, inner)):
            return self.module.refuse(node, "mypy holds this to be unreachable: leave it out")
        write = getattr(self, f"on_{type(node).__name__}", None)
        text = None if write else self.phrase(type(node).__name__, node)
        if write:
            write(node)
        elif text:
            self.write(text, node)
        self.seen = max(self.seen, node.end_lineno or 0)

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
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if node.value is None:
            keyword = self.scope.keyword(node, targets[0])
            return self.write(f"{keyword}{self.target(targets[0])};", node) if keyword else None
        twice = len(targets) > 1 and not isinstance(node.value, ast.Constant)
        self.refuse(node, "a = b = … of something else than a plain value: two statements", twice)
        for target in targets:
            unknown = isinstance(target, ast.Tuple) and self.kind(node.value) != "tuple"
            self.refuse(node, "unpacking of something else than a tuple: only a tuple has a known length", unknown)
            self.check_bool(node.value, annotation_kinds(node) or self.kinds(target))
            self.store(node, target, self.expression(node.value))

    on_AnnAssign = on_Assign

    def store(self, node: ast.stmt, target: ast.expr, value: Js) -> None:
        if isinstance(target, ast.Subscript):
            what = "[proven]=" if self.proofs.guarded(target, path(target.value), target.slice) else "[]="
            values = [self.expression(target.value), self.expression(target.slice), value]
            return self.write(f"{self.phrase(what, node, target.value, target.slice, target, values=values)};", node)
        own = isinstance(target, ast.Attribute) and target.attr in ("name", "stack") and is_error(self, target.value)
        self.refuse(node, "an attribute name or stack of an exception: JavaScript's errors have their own", own)
        self.write(f"{self.scope.keyword(node, target)}{self.target(target)} = {wrap(value, LOOSE)};", node)

    def on_AugAssign(self, node: ast.AugAssign) -> None:
        """`x += 1` stays; where JavaScript's operator means something else, x = x … in full."""
        target, what = node.target, OPERATORS[type(node.op)]
        if what == "+" and self.kind(target) == "list":
            return self.write(f"{self.phrase('+=', node, target, node.value)};", node)
        value = self.on_BinOp(ast.copy_location(ast.BinOp(target, node.op, node.value), node))
        if what in ("+", "-", "*") and not isinstance(target, ast.Subscript):
            return self.write(f"{self.target(target)} {what}= {self.item(node.value)};", node)
        calls = any(isinstance(each, ast.Call) for each in ast.walk(target))
        self.refuse(node, "d[…] += … with a computed place: give it a name first", calls)
        self.store(node, target, value)

    def on_Delete(self, node: ast.Delete) -> None:
        for target in node.targets:
            whole = not isinstance(target, ast.Subscript) or isinstance(target.slice, ast.Slice)
            operands = [] if whole else [target.value, target.slice]  # type: ignore[attr-defined]
            self.write(f"{self.phrase('del', node, *operands)};", node)

    def on_Expr(self, node: ast.Expr) -> None:
        self.discarded = node.value
        if not isinstance(node.value, ast.Constant):
            self.write(f"{self.expression(node.value)};", node)

    # Control.

    def on_If(self, node: ast.If, word: str = "if") -> None:
        if path(node.test) == "TYPE_CHECKING":
            return
        self.block(f"{word} ({self.truth(node.test)}) {{", node.body, node, "" if node.orelse else "}")
        other = node.orelse
        if len(other) == 1 and isinstance(other[0], ast.If) and not self.scope.before.get(other[0]):
            self.out.depth += 1
            self.lead(other[0].lineno)
            self.out.depth -= 1
            self.on_If(other[0], "} else if")
        elif other:
            self.block("} else {", other)

    def on_While(self, node: ast.While) -> None:
        self.block(f"while ({self.truth(node.test)}) {{", node.body, node)

    def on_For(self, node: ast.For) -> None:
        over, called = node.iter, self.builtin(node.iter.func) if isinstance(node.iter, ast.Call) else None
        head = f"{self.scope.keyword(node, node.target)}{self.target(node.target)} of "
        if isinstance(over, ast.Call) and called == "range":
            head = self.range_head(node, over.args)
        elif isinstance(over, ast.Call) and called == "enumerate" and len(over.args) == 1:
            head += f"{wrap(self.as_array(over.args[0]), ATOM)}.entries()"
        elif isinstance(over, ast.Call) and isinstance(over.func, ast.Attribute) and over.func.attr == "items":
            head += self.phrase("items", node, over.func.value)
        else:
            head += self.phrase("for", node, over)
        self.block(f"for ({head}) {{", node.body, node)

    def range_head(self, node: ast.For, given: list[ast.expr]) -> str:
        """let i = 0; i < n; i++. The end is worked out once, as in Python, where it might change."""
        raw, end_node = path(node.target), given[0] if len(given) == 1 else given[1]
        again = any(path(each) == raw and is_store(each) for body in node.body for each in ast.walk(body))
        shared = again or not self.scope.keyword(node, node.target)
        self.refuse(node, f"{raw} is assigned in its loop over range(…), or used outside of it: another name", shared)
        name, start = self.variable(raw), self.item(given[0]) if len(given) > 1 else "0"
        step = self.proofs.constant(given[2]) or 0 if len(given) == 3 else 1
        self.refuse(node, "range(…) with a step that is not a constant", step == 0)
        end, declare = self.expression(end_node), f"let {name} = {start}"
        if not self.proofs.fixed(end_node, node):
            declare, end = f"{declare}, {raw}End = {end}", Js(f"{raw}End")
        advance = {1: f"{name}++", -1: f"{name}--"}.get(step, f"{name} += {step}")
        return f"{declare}; {name} {'<' if step > 0 else '>'} {wrap(end, BINDS['<'] + 1)}; {advance}"

    def on_Try(self, node: ast.Try) -> None:
        self.block("try {", node.body, node, "")
        self.handlers(node.handlers)
        if node.finalbody:
            self.block("} finally {", node.finalbody, end="")
        self.write("}")

    def handlers(self, handlers: list[ast.ExceptHandler]) -> None:
        """One catch, which asks for the class, and throws again what none of the handlers takes."""
        caught = self.variable(next((each.name for each in handlers if each.name), "error"))
        tests = [self.handler_test(each, caught) for each in handlers]
        self.caught.append(caught)
        if tests:
            again = any(isinstance(node, ast.Raise) and not node.exc for each in handlers for node in ast.walk(each))
            self.write(f"}} catch ({caught}) {{" if tests != [""] or handlers[0].name or again else "} catch {")
        for place, (handler, test) in enumerate(zip(handlers, tests, strict=True)):
            words = ["} else"] * (place > 0) + [f"if ({test})"] * bool(test)
            self.out.depth += tests != [""]
            self.block(" ".join([*words, "{"]) if words else "", handler.body, end="")
            self.out.depth -= tests != [""]
        if tests and tests != [""]:
            self.write(f"  }} else {{\n    throw {caught};\n  }}" if tests[-1] else "  }")
        self.caught.pop()

    def handler_test(self, handler: ast.ExceptHandler, caught: str) -> str:
        """`caught instanceof …`; nothing for Exception, which takes all."""
        self.line = handler.lineno
        self.refuse(handler, "except without a class: except Exception", handler.type is None)
        other = handler.name is not None and self.variable(handler.name) != caught
        self.refuse(handler, "except clauses with different names: use one name", other)
        classes = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type] if handler.type else []
        everything = any(self.builtin(each) == "Exception" for each in classes)
        return "" if everything else " || ".join(f"{caught} instanceof {self.expression(each)}" for each in classes)

    def on_Raise(self, node: ast.Raise) -> None:
        self.refuse(node, "raise … from …: MicroPython prints the cause; raise without it", node.cause is not None)
        self.refuse(node, "raise without an exception, outside of except", not (node.exc or self.caught))
        text = self.expression(node.exc) if node.exc else (self.caught or ["null"])[-1]
        is_class = node.exc and ("class" in self.kinds(node.exc) or (path(node.exc) and self.builtin(node.exc)))
        self.write(f"throw {f'new {text}()' if is_class else text};", node)

    def on_Assert(self, node: ast.Assert) -> None:
        test, message = self.truth(node.test), self.phrase("text", node.msg, node.msg) if node.msg else ""
        self.write(f"if (!{wrap(test, UNARY)}) throw new {self.helper('AssertionError')}({message});", node)

    def on_Return(self, node: ast.Return) -> None:
        if node.value is not None:
            self.check_bool(node.value, annotation_kinds(self.function))
        self.write(f"return {self.item(node.value)};" if node.value else "return;", node)


def annotation_kinds(node: ast.AST | None) -> frozenset[str]:
    """int and bool, where the annotation of an assignment or a function's result names them."""
    annotation = getattr(node, "annotation", None) or getattr(node, "returns", None)
    words = ast.unparse(annotation).strip("'\"").replace(" ", "").split("|") if annotation else []
    return frozenset(words) & {"int", "bool"}
