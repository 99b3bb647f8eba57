"""Statements: each kind of node of Python's tree has one method here; STATEMENTS, at the end, says which."""

import ast
from collections.abc import Callable

from compiler import phrases
from compiler.expressions import OPERATORS, TRAITS, Expressions
from compiler.load import Module
from compiler.output import BINDS, UNARY, Js, Output, wrap
from compiler.proofs import Proofs, path
from compiler.scopes import Scope

EMPTY = Scope(ast.FunctionDef("", ast.arguments([], [], None, [], [], None, []), []), [])


class Statements(Expressions):
    def __init__(self, module: Module, proofs: Proofs) -> None:
        super().__init__(module, proofs)
        self.out = Output()
        self.scope = EMPTY
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
            if number in self.module.own_line or number == line:
                if number > 1 and not self.module.lines[number - 2].strip() and last and not last.endswith("{"):
                    self.out.write("")
            if number in self.module.own_line and number < line:
                self.out.write(f"// {self.module.own_line[number]}".rstrip())
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
        self.line = node.lineno
        write = STATEMENTS.get(type(node))
        if write is None:
            self.phrase(type(node).__name__, node)
        else:
            write(self, node)
        self.seen = max(self.seen, node.end_lineno or 0)

    def block(self, head: str, body: list[ast.stmt], node: ast.stmt | None = None) -> None:
        """`head {` and the statements in it; the closing bracket is left to the caller."""
        self.write(f"{head} {{", node)
        self.out.depth += 1
        for each in body:
            self.statement(each)
        self.out.depth -= 1

    # Assignment.

    def assign(self, node: ast.Assign | ast.AnnAssign) -> None:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if node.value is None:
            keyword = self.scope.keyword(node, targets[0])
            self.write(f"{keyword}{self.target(targets[0])};", node) if keyword else None
            return
        if len(targets) > 1 and not isinstance(node.value, ast.Constant):
            self.refuse(node, "a = b = … of something else than a plain value: two statements")
        for target in targets:
            if not isinstance(target, ast.Tuple):
                self.check_bool(node.value, annotation_kinds(node) or self.kinds(target))
            elif self.kind(node.value) != "tuple":
                self.refuse(node, "unpacking of something else than a tuple: only a tuple has a known length")
            self.store(node, target, self.expression(node.value))

    def store(self, node: ast.stmt, target: ast.expr, value: Js) -> None:
        if isinstance(target, ast.Subscript):
            proven = not isinstance(target.slice, ast.Slice) and self.proofs.proven(target)
            values = [self.expression(target.value), self.expression(target.slice), value]
            operands = [target.value, target.slice, target]
            self.write(f"{self.phrase('[proven]=' if proven else '[]=', node, *operands, values=values)};", node)
        else:
            if (
                isinstance(target, ast.Attribute)
                and target.attr in ("name", "stack")
                and TRAITS["error"](self, target.value)
            ):
                self.refuse(node, f"an attribute {target.attr} of an exception: JavaScript's errors have their own")
            self.write(f"{self.scope.keyword(node, target)}{self.target(target)} = {value};", node)

    def augmented(self, node: ast.AugAssign) -> None:
        """`x += 1` stays; where JavaScript's operator means something else, x = x … in full."""
        target, what = node.target, OPERATORS[type(node.op)]
        if what == "+" and self.kind(target) == "list":
            self.write(f"{self.phrase('+=', node, target, node.value)};", node)
            return
        value = self.binary(ast.copy_location(ast.BinOp(target, node.op, node.value), node))
        if isinstance(target, ast.Subscript):
            if not path(target.value) or not (path(target.slice) or is_constant(target.slice)):
                self.refuse(node, "d[…] += … with a computed place: give it a name first")
            self.store(node, target, value)
        elif what in ("+", "-", "*"):
            self.write(f"{self.target(target)} {what}= {self.item(node.value)};", node)
        else:
            self.store(node, target, value)

    def delete(self, node: ast.Delete) -> None:
        for target in node.targets:
            if isinstance(target, ast.Subscript) and not isinstance(target.slice, ast.Slice):
                self.write(f"{self.phrase('del', node, target.value, target.slice)};", node)
            else:
                self.phrase("del", node)

    def expression_statement(self, node: ast.Expr) -> None:
        call = node.value
        if (
            isinstance(call, ast.Call)
            and isinstance(call.func, ast.Attribute)
            and f";.{call.func.attr}" in phrases.PHRASES
        ):
            owner = call.func.value
            fits = [owner, *call.args]
            if phrases.find(f";.{call.func.attr}", len(fits), lambda n, word: self.fits_word(fits[n], word)):
                self.write(f"{self.library_call('.' + call.func.attr, call, owner, first=';')};", node)
                return
        if not isinstance(call, ast.Constant):
            self.write(f"{self.expression(call)};", node)

    # Control.

    def if_statement(self, node: ast.If, word: str = "if") -> None:
        if path(node.test) == "TYPE_CHECKING":
            return
        self.block(f"{word} ({self.truth(node.test)})", node.body, node)
        other = node.orelse
        if len(other) == 1 and isinstance(other[0], ast.If) and not self.scope.before.get(other[0]):
            if self.module.lines[other[0].lineno - 1].lstrip().startswith("elif"):
                self.out.depth += 1
                self.lead(other[0].lineno)
                self.out.depth -= 1
                return self.if_statement(other[0], "} else if")
        if other:
            self.block("} else", other)
        self.write("}")

    def while_statement(self, node: ast.While) -> None:
        self.no_else(node)
        self.block(f"while ({self.truth(node.test)})", node.body, node)
        self.write("}")

    def no_else(self, node: ast.While | ast.For | ast.Try) -> None:
        if node.orelse:
            self.refuse(node.orelse[0], "else of a loop or a try: use a variable")

    def for_statement(self, node: ast.For) -> None:
        self.no_else(node)
        called = self.builtin(node.iter.func) if isinstance(node.iter, ast.Call) else None
        keyword, first = self.scope.keyword(node, node.target), ""
        if called == "range" and isinstance(node.iter, ast.Call):
            head = self.range_head(node, node.iter.args)
        elif self.kind(node.iter) == "bytes" and isinstance(node.target, ast.Name):
            name, data, at = self.target(node.target), f"{node.target.id}In", f"{node.target.id}At"
            fixed = isinstance(node.iter, ast.Name) and self.proofs.fixed(node.iter, node)
            source = self.expression(node.iter)
            head = f"let {at} = 0{'' if fixed else f', {data} = {source}'}; {at} < {source if fixed else data}.length; {at}++"
            first = f"  {keyword}{name} = {source if fixed else data}.charCodeAt({at});"
        else:
            head = f"{keyword}{self.target(node.target)} of {self.iterable(node.iter)}"
        self.write(f"for ({head}) {{", node)
        self.out.write(first) if first else None
        self.out.depth += 1
        for each in node.body:
            self.statement(each)
        self.out.depth -= 1
        self.write("}")

    def iterable(self, node: ast.expr) -> str:
        if isinstance(node, ast.Call) and self.builtin(node.func) == "enumerate" and len(node.args) == 1:
            return f"{wrap(self.as_array(node.args[0]), 20)}.entries()"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "items":
            if self.kind(node.func.value) == "dict":
                return self.expression(node.func.value)
        return self.phrase("for", node, node)

    def range_head(self, node: ast.For, given: list[ast.expr]) -> str:
        """let i = 0; i < n; i++. The end is worked out once, as in Python, where it might change."""
        raw = path(node.target)
        inside = [each for statement in node.body for each in ast.walk(statement)]
        if not self.scope.keyword(node, node.target) or any(path(each) == raw and is_store(each) for each in inside):
            self.refuse(
                node, f"{raw} is assigned in its loop over range(…), or used outside of it: use while, or another name"
            )
        name, end_node = self.variable(raw), given[0] if len(given) == 1 else given[1]
        start, end = self.item(given[0]) if len(given) > 1 else "0", self.expression(end_node)
        step = self.proofs.constant(given[2]) if len(given) == 3 else 1
        if not step:
            self.refuse(node, "range(…) with a step that is not a constant")
        declare = f"let {name} = {start}"
        if not self.proofs.fixed(end_node, node):
            declare, end = f"{declare}, {raw}End = {end}", Js(f"{raw}End")
        advance = {1: f"{name}++", -1: f"{name}--"}.get(step or 1, f"{name} += {step}")
        return f"{declare}; {name} {'<' if (step or 1) > 0 else '>'} {wrap(end, BINDS['<'] + 1)}; {advance}"

    def try_statement(self, node: ast.Try) -> None:
        self.no_else(node)
        self.block("try", node.body, node)
        if node.handlers:
            self.handlers(node.handlers)
        if node.finalbody:
            self.block("} finally", node.finalbody)
        self.write("}")

    def handlers(self, handlers: list[ast.ExceptHandler]) -> None:
        """One catch, which asks for the class, and throws again what none of the handlers takes."""
        names = {each.name for each in handlers if each.name} or {"error"}
        caught = self.variable(names.pop())
        tests = [self.handler_test(each, caught) for each in handlers]
        again = any(isinstance(node, ast.Raise) and not node.exc for each in handlers for node in ast.walk(each))
        if names:
            self.refuse(handlers[0], "except clauses with different names: use one name")
        self.write(f"}} catch ({caught}) {{" if tests != [""] or handlers[0].name or again else "} catch {")
        self.caught.append(caught)
        if len(handlers) == 1:
            self.write(f"  if (!({tests[0]})) {{\n    throw {caught};\n  }}" if tests[0] else "") if tests[0] else None
            self.out.depth += 1
            for each in handlers[0].body:
                self.statement(each)
            self.out.depth -= 1
        else:
            self.out.depth += 1
            for place, (handler, test) in enumerate(zip(handlers, tests, strict=True)):
                self.block(("} else " if place else "") + (f"if ({test})" if test else "").strip(), handler.body)
            self.write(f"}} else {{\n  throw {caught};\n}}" if tests[-1] else "}")
            self.out.depth -= 1
        self.caught.pop()

    def handler_test(self, handler: ast.ExceptHandler, caught: str) -> str:
        """`caught instanceof …`; nothing for Exception, which takes all."""
        if handler.type is None:
            self.refuse(handler, "except without a class: except Exception")
            return ""
        classes = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
        self.line = handler.lineno
        if any(self.builtin(each) == "Exception" for each in classes):
            return ""
        return " || ".join(f"{caught} instanceof {self.expression(each)}" for each in classes)

    def raise_statement(self, node: ast.Raise) -> None:
        if node.cause is not None:
            self.refuse(node, "raise … from …: MicroPython prints the cause; raise without it")
        if node.exc is None:
            self.write(
                f"throw {self.caught[-1] if self.caught else self.refuse(node, 'raise outside of except')};", node
            )
        else:
            is_class = "class" in self.kinds(node.exc) or (path(node.exc) and self.builtin(node.exc))
            text = self.expression(node.exc)
            self.write(f"throw {f'new {text}()' if is_class else text};", node)

    def assert_statement(self, node: ast.Assert) -> None:
        test, message = self.truth(node.test), self.phrase("text", node.msg, node.msg) if node.msg else ""
        self.block(f"if (!{wrap(test, UNARY)})", [], node)
        self.write(f"  throw new {self.helper('AssertionError')}({message});\n}}")

    def return_statement(self, node: ast.Return) -> None:
        if node.value is not None:
            self.check_bool(node.value, annotation_kinds(self.function))
            self.write(f"return {self.item(node.value)};", node)
        else:
            optional = self.function and self.function.returns and "None" in ast.unparse(self.function.returns)[:-4]
            self.write("return null;" if optional else "return;", node)

    def plain(self, node: ast.stmt) -> None:
        if not isinstance(node, ast.Pass | ast.Nonlocal):
            self.write("break;" if isinstance(node, ast.Break) else "continue;", node)


def annotation_kinds(node: ast.stmt | None) -> frozenset[str]:
    """int and bool, where the annotation of an assignment or a function's result names them."""
    annotation = getattr(node, "annotation", None) or getattr(node, "returns", None)
    words = ast.unparse(annotation).strip("'\"").replace(" ", "").split("|") if annotation else []
    return frozenset(words) & {"int", "bool"}


def is_store(node: ast.AST) -> bool:
    return isinstance(getattr(node, "ctx", None), ast.Store)


def is_constant(node: ast.expr) -> bool:
    return isinstance(node.operand if isinstance(node, ast.UnaryOp) else node, ast.Constant)


STATEMENTS: dict[type[ast.stmt], Callable[..., None]] = {
    ast.Assign: Statements.assign,
    ast.AnnAssign: Statements.assign,
    ast.AugAssign: Statements.augmented,
    ast.Delete: Statements.delete,
    ast.Expr: Statements.expression_statement,
    ast.If: Statements.if_statement,
    ast.While: Statements.while_statement,
    ast.For: Statements.for_statement,
    ast.Try: Statements.try_statement,
    ast.Raise: Statements.raise_statement,
    ast.Assert: Statements.assert_statement,
    ast.Return: Statements.return_statement,
    ast.Break: Statements.plain,
    ast.Continue: Statements.plain,
    ast.Pass: Statements.plain,
    ast.Nonlocal: Statements.plain,
}
