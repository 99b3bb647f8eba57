"""Statements, functions and classes: each kind of node of Python's tree has one method; STATEMENTS, at the end, says which."""

import ast
from collections.abc import Callable
from pathlib import PurePosixPath

from mypy import types as T
from mypy.nodes import TypeInfo

from compiler.expressions import ARITHMETIC, Expressions
from compiler.kinds import item_type, kinds_of
from compiler.library import EXCEPTIONS, GLOBALS, NO_NODE, RESERVED
from compiler.load import Module
from compiler.output import ADD, ATOM, LOOSE, MULTIPLY, Js, Output, wrap
from compiler.proofs import Proofs, path
from compiler.scopes import Scope

# Methods that JavaScript has no use for. Left out, and refused where they are called.
PYTHON_ONLY = {"__eq__", "__ne__", "__hash__", "__repr__", "__init_subclass__", "__reduce__"}
TYPING = {"typing", "collections.abc", "__future__", "typing_extensions"}


class Statements(Expressions):
    def __init__(self, module: Module, proofs: Proofs, compiled: set[str]) -> None:
        super().__init__(module, proofs)
        self.compiled = compiled
        self.out = Output()
        self.scope: Scope | None = None
        self.function: ast.FunctionDef | None = None
        self.base_classes: list[str] = []
        self.caught: list[str] = []
        self.imports: dict[str, tuple[str, str]] = {}
        self.loops = 0
        self.commented = 0

    # A module.

    def write_module(self) -> None:
        tree = self.module.tree
        self.live = live_names(tree, set(self.module.natives))
        self.imports_at = 0
        for node in tree.body:
            self.statement(node)
            if node is tree.body[0] and is_docstring(node):
                self.imports_at = len(self.out.lines)
        self.comments_before(len(self.module.lines) + 1)

    def write_imports(self) -> None:
        """Only what is used; so it is written last, behind the docstring."""
        lines = []
        up = "../" * self.module.name.count(".") or "./"
        if self.helpers:
            lines.append(f'import {{ {", ".join(sorted(self.helpers))} }} from "{up}runtime.mjs";')
        by_module: dict[str, list[str]] = {}
        for name, (source, original) in self.imports.items():
            if name in self.used or self.module.path.name == "__init__.py":
                if original == "*":
                    lines.append(f'import * as {name} from "{self.relative(source)}";')
                else:
                    by_module.setdefault(source, []).append(name if name == original else f"{original} as {name}")
        exported = self.module.path.name == "__init__.py"
        for source, names in by_module.items():
            word = "export" if exported else "import"
            lines.append(f'{word} {{ {", ".join(sorted(names))} }} from "{self.relative(source)}";')
        if lines:
            self.out.insert(self.imports_at, (["", *lines] if self.imports_at else [*lines, ""]))

    def relative(self, other: str) -> str:
        here, there = self.module.name.split("."), other.split(".")
        while here[:-1] and there[:-1] and here[0] == there[0]:
            here, there = here[1:], there[1:]
        return ("../" * (len(here) - 1) or "./") + "/".join(there) + ".mjs"

    def write(self, text: str, node: ast.stmt | None = None) -> None:
        if node is not None:
            self.line = node.lineno
            text = f"\x01{node.lineno},{node.col_offset}\x02{text}"
            inner: list[ast.stmt] = getattr(node, "body", [])
            last = inner[0].lineno - 1 if inner else node.end_lineno or node.lineno
            found = [self.module.trailing.pop(line, None) for line in range(node.lineno, last + 1)]
            comment = "; ".join(each for each in found if each)
            if comment:
                head, newline, tail = text.partition("\n")
                text = f"{head} // {comment}{newline}{tail}"
        self.out.write(text)

    def comments_before(self, line: int) -> None:
        for number in range(self.commented + 1, line):
            blank = number > 1 and self.module.lines[number - 2].strip() == ""
            if number in self.module.own_line:
                if blank and self.out.lines and self.out.lines[-1] not in ("", "{") and not self.out.lines[-1].endswith("{"):
                    self.out.write("")
                self.out.write("// " + self.module.own_line[number] if self.module.own_line[number] else "//")
        self.commented = max(self.commented, line - 1)

    def lead(self, node: ast.stmt) -> None:
        """The comments and the blank line in front of a statement."""
        first = min([node.lineno] + [each.lineno for each in getattr(node, "decorator_list", [])])
        self.comments_before(first)
        last = self.out.lines[-1] if self.out.lines else "{"
        if first > 1 and self.module.lines[first - 2].strip() == "" and last and not last.endswith("{"):
            self.out.write("")

    def statement(self, node: ast.stmt) -> None:
        self.lead(node)
        for name in self.scope.before.get(node, []) if self.scope else []:
            self.write(f"let {self.variable(name)};", node)
        self.line = node.lineno
        write = STATEMENTS.get(type(node))
        if write is None:
            name = type(node).__name__
            self.refuse(node, NO_NODE.get(name, f"{name} is not in the subset"))
        else:
            write(self, node)
        self.commented = max(self.commented, node.end_lineno or 0)

    def body(self, statements: list[ast.stmt]) -> None:
        self.out.depth += 1
        for node in statements:
            self.statement(node)
        self.out.depth -= 1

    def doc(self, body: list[ast.stmt]) -> list[ast.stmt]:
        """Write the docstring as JSDoc, and return the statements behind it."""
        if not body or not is_docstring(body[0]):
            return body
        text = ast.get_docstring(ast.Module(body, []), clean=True) or ""
        lines = text.replace("*/", "*\\/").rstrip().split("\n")
        if len(lines) == 1:
            self.out.write(f"/** {lines[0]} */")
        else:
            self.out.write("\n".join(["/**", *(f" * {line}".rstrip() for line in lines), " */"]))
        self.commented = max(self.commented, body[0].end_lineno or 0)
        return body[1:]

    # Imports and the module's own statements.

    def import_from(self, node: ast.ImportFrom) -> None:
        source = node.module or ""
        if source in TYPING:
            return
        if node.level:
            parts = self.module.name.split(".")
            package = parts if self.module.path.name == "__init__.py" else parts[:-1]
            package = package[: len(package) - node.level + 1]
            source = ".".join([*package, *([source] if source else [])])
        for alias in node.names:
            name = alias.asname or alias.name
            if alias.name.startswith("_"):
                self.refuse(node, f"{alias.name} is private to {source}")
            inner = f"{source}.{alias.name}"
            if inner in self.compiled:
                self.imports[name] = (inner, "*")
            elif source in self.compiled or f"{source}.__init__" in self.compiled:
                self.imports[name] = (source if source in self.compiled else f"{source}.__init__", alias.name)
            else:
                self.refuse(node, f"import from {source}: compile that file too; nothing else can be imported")

    def import_module(self, node: ast.Import) -> None:
        for alias in node.names:
            if alias.name in self.compiled and (alias.asname or "." not in alias.name):
                self.imports[alias.asname or alias.name] = (alias.name, "*")
            elif alias.name not in TYPING:
                self.refuse(node, f"import {alias.name}: from … import …, of a file that is compiled too")

    def is_type_only(self, node: ast.stmt) -> bool:
        """`X = Literal[…]`, a type variable: of no meaning when the program runs."""
        if not isinstance(node, ast.Assign) or not isinstance(node.targets[0], ast.Name) or self.module.file is None:
            return False
        symbol = self.module.file.names.get(node.targets[0].id)
        return symbol is not None and type(symbol.node).__name__ in ("TypeAlias", "TypeVarExpr", "ParamSpecExpr")

    # Assignment.

    def assign(self, node: ast.Assign) -> None:
        if self.function is None and self.base_classes == [] and self.module_assign(node):
            return
        if len(node.targets) > 1:
            return self.chained_assign(node)
        target = node.targets[0]
        if isinstance(target, ast.Name | ast.Attribute | ast.Subscript):
            self.fits(node.value, self.kinds(target))
        self.store(node, target, self.expression(node.value))

    def chained_assign(self, node: ast.Assign) -> None:
        if not isinstance(node.value, ast.Constant):
            self.refuse(node, "a = b = … of something else than a plain value: two statements")
            return
        for target in node.targets:
            self.store(node, target, self.expression(node.value))

    def module_assign(self, node: ast.Assign | ast.AnnAssign) -> bool:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if len(targets) != 1 or not isinstance(targets[0], ast.Name):
            self.refuse(node, "at the top of a module: only NAME = value")
            return True
        name = targets[0].id
        if name in ("TYPE_CHECKING", "__all__") or self.is_type_only(node) or node.value is None or name not in self.live:
            return True
        if self.module.source and sum(1 for each in self.module.tree.body if name in top_names(each)) > 1:
            self.refuse(node, f"{name} is assigned twice at the top of the module: a constant is assigned once")
        self.check_name(node, name)
        value = self.expression(node.value)
        pure = "/* @__PURE__ */ " if isinstance(node.value, ast.Call | ast.Dict | ast.Set) and not str(value).startswith("[") else ""
        self.write(f"{exporting(name)}const {name} = {pure}{value};", node)
        return True

    def check_name(self, node: ast.AST, name: str) -> None:
        if name in RESERVED or name in GLOBALS or name in EXCEPTIONS:
            self.refuse(node, f"{name} has a meaning in JavaScript: choose another name")

    def annotated(self, node: ast.AnnAssign) -> None:
        if self.function is None and self.base_classes == [] and self.module_assign(node):
            return
        if node.value is not None:
            self.fits(node.value, annotation_kinds(node.annotation))
            self.store(node, node.target, self.expression(node.value))
        elif self.scope and isinstance(node.target, ast.Name):
            keyword = self.scope.keyword(node, [node.target.id])
            if keyword:
                self.write(f"let {self.variable(node.target.id)};", node)

    def store(self, node: ast.stmt, target: ast.expr, value: Js) -> None:
        if isinstance(target, ast.Name):
            keyword = self.scope.keyword(node, [target.id]) if self.scope else ""
            self.write(f"{keyword}{self.variable(target.id)} = {value};", node)
        elif isinstance(target, ast.Attribute):
            if target.attr in ("name", "stack") and self.is_exception(target.value):
                self.refuse(node, f"an attribute {target.attr} of an exception: JavaScript's errors have their own")
            self.write(f"{self.attribute(target)} = {value};", node)
        elif isinstance(target, ast.Tuple):
            self.unpack(node, target, value)
        elif isinstance(target, ast.Subscript):
            self.store_item(node, target, value)
        else:
            self.refuse(node, NO_NODE["Starred"])

    def is_exception(self, node: ast.expr) -> bool:
        proper = T.get_proper_type(self.type_of(node)) if self.type_of(node) else None
        return isinstance(proper, T.Instance) and proper.type.has_base("builtins.BaseException")

    def unpack(self, node: ast.stmt, target: ast.Tuple, value: Js) -> None:
        names = [each.id for each in target.elts if isinstance(each, ast.Name)]
        source = node.value if isinstance(node, ast.Assign) else None
        if source is not None and self.kind(source) not in ("tuple",):
            self.refuse(node, f"unpacking a {self.kind(source) or 'value without a known type'}: only a tuple has a known length")
        keyword = self.scope.keyword(node, names) if self.scope and len(names) == len(target.elts) else ""
        parts = [str(self.attribute(each)) if isinstance(each, ast.Attribute) else self.target(each) for each in target.elts]
        self.write(f"{keyword}[{', '.join(parts)}] = {value};", node)

    def store_item(self, node: ast.stmt, target: ast.Subscript, value: Js) -> None:
        kind = self.kind(target.value)
        if isinstance(target.slice, ast.Slice):
            self.refuse(node, "assignment to a slice: build the list anew")
            return
        base, place = self.expression(target.value), self.expression(target.slice)
        if kind == "dict":
            self.write(f"{wrap(base, ATOM)}.set({place}, {value});", node)
        elif kind == "list":
            proven = target in self.proofs.indexes
            self.write(
                f"{wrap(base, ATOM)}[{place}] = {value};" if proven else f"{self.helper('setAt')}({base}, {place}, {value});", node
            )
        else:
            self.refuse(node, f"assignment to an item of {kind or 'a value without a known type'}")

    def augmented(self, node: ast.AugAssign) -> None:
        """`x += 1` stays; where JavaScript's operator means something else, x = x … in full."""
        target = node.target
        load = ast.copy_location(ast.BinOp(target, node.op, node.value), node)
        if isinstance(node.op, ast.Add) and self.kind(target) == "list":
            self.write(f"{self.helper('extendList')}({self.expression(target)}, {self.expression(node.value)});", node)
            return
        if isinstance(target, ast.Subscript):
            simple = path(target.value) and (path(target.slice) or isinstance(target.slice, ast.Constant))
            if not simple:
                self.refuse(node, "d[…] += … with a computed place: give it a name first")
            self.store_item(node, target, self.binary(load))
            return
        value = self.binary(load)
        if type(node.op) in ARITHMETIC and self.kinds(target) == self.kinds(node.value):
            symbol, level = ARITHMETIC[type(node.op)]
            del level
            text = f"{self.expression(target)} {symbol}= {wrap(self.expression(node.value), LOOSE)};"
            self.write(text, node)
        else:
            self.store(node, target, value)

    def delete(self, node: ast.Delete) -> None:
        for target in node.targets:
            kind = self.kind(target.value) if isinstance(target, ast.Subscript) else ""
            if not isinstance(target, ast.Subscript) or kind not in ("dict", "list") or isinstance(target.slice, ast.Slice):
                self.refuse(node, NO_NODE["Delete"])
                continue
            helper = self.helper("popKey" if kind == "dict" else "popAt")
            self.write(f"{helper}({self.expression(target.value)}, {self.expression(target.slice)});", node)

    # Control.

    def expression_statement(self, node: ast.Expr) -> None:
        if isinstance(node.value, ast.Constant):
            if node is self.module.tree.body[0] and is_docstring(node):
                self.doc([node])
            return
        if self.function is None:
            self.refuse(node, "a statement that runs on import: put it in a function")
            return
        call = node.value
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and len(call.args) == 2:
            if call.func.attr == "pop" and self.kind(call.func.value) == "dict":
                base = wrap(self.expression(call.func.value), ATOM)
                self.write(f"{base}.delete({self.expression(call.args[0])});", node)
                return
        self.write(f"{self.expression(node.value)};", node)

    def if_statement(self, node: ast.If, word: str = "if") -> None:
        if isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            self.commented = max(self.commented, node.end_lineno or 0)
            return
        if self.function is None:
            return self.main_guard(node)
        self.write(f"{word} ({self.truth(node.test)}) {{", node)
        self.body(node.body)
        other = node.orelse
        if len(other) == 1 and isinstance(other[0], ast.If) and not (self.scope and self.scope.before.get(other[0])):
            is_elif = self.module.lines[other[0].lineno - 1].lstrip().startswith("elif")
            if is_elif:
                self.out.depth += 1
                self.comments_before(other[0].lineno)
                self.out.depth -= 1
                return self.if_statement(other[0], "} else if")
        if other:
            self.out.write("} else {")
            self.body(other)
        self.out.write("}")

    def main_guard(self, node: ast.If) -> None:
        if ast.unparse(node.test) != "__name__ == '__main__'" or node.orelse:
            self.refuse(node, "if at the top of a module: only TYPE_CHECKING and __name__ == \"__main__\"")
            return
        wrapper = ast.FunctionDef("main", ast.arguments([], [], None, [], [], None, []), node.body, [])
        ast.copy_location(wrapper, node)
        self.write(f"if ({self.helper('isMain')}(import.meta.url)) {{", node)
        self.in_function(wrapper, node.body)
        self.out.write("}")

    def while_statement(self, node: ast.While) -> None:
        if node.orelse:
            self.refuse(node.orelse[0], "else of a loop: use a variable")
        self.write(f"while ({self.truth(node.test)}) {{", node)
        self.body(node.body)
        self.out.write("}")

    def for_statement(self, node: ast.For) -> None:
        if node.orelse:
            self.refuse(node.orelse[0], "else of a loop: use a variable")
        called = self.builtin(node.iter.func) if isinstance(node.iter, ast.Call) else None
        if called == "range":
            self.write(self.range_head(node), node)
        elif self.kind(node.iter) == "bytes":
            self.bytes_head(node)
        else:
            names = [each.id for each in ast.walk(node.target) if isinstance(each, ast.Name)]
            keyword = self.scope.keyword(node, names) if self.scope else ""
            self.write(f"for ({keyword}{self.target(node.target)} of {self.iterable(node.iter)}) {{", node)
        self.body(node.body)
        self.out.write("}")

    def iterable(self, node: ast.expr) -> str:
        if isinstance(node, ast.Call):
            if self.builtin(node.func) == "enumerate" and len(node.args) == 1:
                return f"{wrap(self.as_array(node.args[0]), ATOM)}.entries()"
            if isinstance(node.func, ast.Attribute) and node.func.attr == "items" and self.kind(node.func.value) == "dict":
                return self.expression(node.func.value)
        if self.kind(node) == "dict":
            return f"{wrap(self.expression(node), ATOM)}.keys()"
        if self.kind(node) in ("str", "set", "iterator") and "none" not in self.kinds(node):
            return self.expression(node)
        return self.as_array(node)

    def range_head(self, node: ast.For) -> str:
        """for (let i = 0; i < n; i++): the end is worked out once, as in Python, unless it cannot change."""
        assert isinstance(node.iter, ast.Call)
        if not isinstance(node.target, ast.Name):
            self.refuse(node, NO_NODE["Starred"])
            return "{"
        name, raw, arguments = self.variable(node.target.id), node.target.id, node.iter.args
        if not (self.scope and self.scope.keyword(node, [raw])):
            self.refuse(node, f"{raw} is used outside of its loop over range(…): keep what you need in another variable")
        if any(isinstance(e, ast.Name) and e.id == raw and isinstance(e.ctx, ast.Store) for s in node.body for e in ast.walk(s)):
            self.refuse(node, f"{raw} is assigned in its own loop over range(…): use while")
        start = self.expression(arguments[0]) if len(arguments) > 1 else Js("0")
        end_node = arguments[0] if len(arguments) == 1 else arguments[1]
        end = self.expression(end_node)
        step = self.constant(arguments[2]) if len(arguments) == 3 else 1
        if not step:
            self.refuse(node, "range(…) with a step that is not a constant")
            step = 1
        declare = f"let {name} = {start}"
        if not self.proofs.is_fixed(end_node, node):
            declare, end = f"{declare}, {name}End = {end}", Js(f"{name}End")
        advance = {1: f"{name}++", -1: f"{name}--"}.get(step, f"{name} += {step}")
        return f"for ({declare}; {name} {'<' if step > 0 else '>'} {wrap(end, ADD)}; {advance}) {{"

    def bytes_head(self, node: ast.For) -> None:
        """The items of bytes are ints: the units of a binary string."""
        if not isinstance(node.target, ast.Name):
            self.refuse(node, NO_NODE["Starred"])
            return
        keyword = self.scope.keyword(node, [node.target.id]) if self.scope else ""
        name, at = self.variable(node.target.id), f"{node.target.id}At"
        text: str = self.expression(node.iter)
        if not self.proofs.is_fixed(node.iter, node) or not isinstance(node.iter, ast.Name):
            self.write(f"for (let {at} = 0, {name}In = {text}; {at} < {name}In.length; {at}++) {{", node)
            text = f"{name}In"
        else:
            self.write(f"for (let {at} = 0; {at} < {text}.length; {at}++) {{", node)
        self.out.write(f"  {keyword}{name} = {text}.charCodeAt({at});")

    def try_statement(self, node: ast.Try) -> None:
        if node.orelse:
            self.refuse(node.orelse[0], "else of a try: put it behind the call in the try, or after it")
        self.write("try {", node)
        self.body(node.body)
        if node.handlers:
            self.handlers(node.handlers)
        if node.finalbody:
            self.out.write("} finally {")
            self.body(node.finalbody)
        self.out.write("}")

    def handlers(self, handlers: list[ast.ExceptHandler]) -> None:
        """One catch, which asks for the class and throws again what none of the handlers takes."""
        names = {each.name for each in handlers if each.name}
        if len(names) > 1:
            self.refuse(handlers[0], "except clauses with different names: use one name")
        caught = self.variable(names.pop() if names else "error")
        tests = [self.handler_test(each, caught) for each in handlers]
        needed = any(each.name for each in handlers) or tests != [""] or self.raises_again(handlers)
        self.out.write(f"}} catch ({caught}) {{" if needed else "} catch {")
        self.caught.append(caught)
        self.out.depth += 1
        if len(handlers) == 1 and tests[0]:
            self.write(f"if (!({tests[0]})) {{\n  throw {caught};\n}}")
            tests = [""]
        for place, (handler, test) in enumerate(zip(handlers, tests, strict=True)):
            if test:
                self.write(f"{'} else ' if place else ''}if ({test}) {{")
                self.body(handler.body)
            elif place:
                self.write("} else {")
                self.body(handler.body)
            else:
                self.out.depth -= 1
                self.body(handler.body)
                self.out.depth += 1
        if tests[-1]:
            self.out.write(f"}} else {{\n  throw {caught};\n}}")
        elif len(tests) > 1:
            self.out.write("}")
        self.out.depth -= 1
        self.caught.pop()

    def raises_again(self, handlers: list[ast.ExceptHandler]) -> bool:
        return any(isinstance(node, ast.Raise) and node.exc is None for each in handlers for node in ast.walk(each))

    def handler_test(self, handler: ast.ExceptHandler, caught: str) -> str:
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
            if not self.caught:
                self.refuse(node, "raise without an exception outside of except")
            self.write(f"throw {self.caught[-1] if self.caught else 'null'};", node)
            return
        text = self.expression(node.exc)
        if "class" in self.kinds(node.exc) or (not self.kinds(node.exc) and isinstance(node.exc, ast.Name)):
            text = Js(f"new {text}()")
        self.write(f"throw {text};", node)

    def assert_statement(self, node: ast.Assert) -> None:
        test = wrap(self.truth(node.test), 15)
        message = self.as_text(node.msg) if node.msg else ""
        self.write(f"if (!{test}) throw new {self.helper('AssertionError')}({message});", node)

    def return_statement(self, node: ast.Return) -> None:
        if node.value is not None and self.function and self.function.returns:
            self.fits(node.value, annotation_kinds(self.function.returns))
        if node.value is None:
            optional = self.function and self.function.returns and ast.unparse(self.function.returns) != "None"
            self.write("return null;" if optional and not self.is_generator else "return;", node)
        else:
            self.write(f"return {self.expression(node.value)};", node)

    def simple(self, node: ast.stmt) -> None:
        word = {ast.Break: "break;", ast.Continue: "continue;"}.get(type(node))
        if word:
            self.write(word, node)

    # Functions.

    def function_definition(self, node: ast.FunctionDef) -> None:
        if self.function is not None:
            return self.nested_function(node)
        if node.name not in self.live:
            return
        if node.decorator_list:
            self.refuse(node.decorator_list[0], "a decorator: call the function that you mean")
        self.check_name(node, node.name)
        native = self.native_of(node)
        if native:
            self.helpers.add(f"{native} as {node.name}")
            self.doc(node.body)
            if exporting(node.name):
                self.write(f"export {{ {node.name} }};", node)
            self.commented = max(self.commented, node.end_lineno or 0)
            return
        rest = self.doc(node.body)
        star = "*" if generates(node) else ""
        self.write(f"{exporting(node.name)}function{star} {node.name}({self.parameters(node, None)}) {{", node)
        self.in_function(node, rest)
        self.out.write("}")

    def native_of(self, node: ast.FunctionDef) -> str | None:
        for line in range(node.lineno, node.body[0].lineno):
            if line in self.module.natives:
                return self.module.natives[line]
        return self.module.natives.get(node.lineno)

    def in_function(self, node: ast.FunctionDef, body: list[ast.stmt]) -> None:
        outer = (self.function, self.scope, self.caught)
        self.function, self.scope, self.caught = node, Scope(node), []
        self.is_generator = generates(node)
        self.body(body)
        self.function, self.scope, self.caught = outer

    def nested_function(self, node: ast.FunctionDef) -> None:
        if generates(node) or node.decorator_list:
            self.refuse(node, "a nested generator or a decorator: make it a function of the module")
        self.check_capture(node)
        keyword = self.scope.keyword(node, [node.name]) if self.scope else "const "
        rest = self.doc(node.body)
        self.write(f"{keyword}{self.variable(node.name)} = ({self.parameters(node, None)}) => {{", node)
        self.in_function(node, rest)
        self.out.write("};")

    def parameters(self, node: ast.FunctionDef, skipped: str | None) -> str:
        """In one row, keyword-only ones last; calls are written to match."""
        given = node.args
        if given.vararg or given.kwarg:
            self.refuse(node, "* or ** in a signature: name the parameters")
        if given.posonlyargs:
            self.refuse(node, "/ in a signature: MicroPython has none")
        positional: list[ast.expr | None] = [None] * (len(given.args) - len(given.defaults))
        pairs = list(zip(given.args, positional + list(given.defaults), strict=True))
        pairs += list(zip(given.kwonlyargs, given.kw_defaults, strict=True))
        texts = []
        for arg, default in pairs:
            if arg.arg == skipped:
                continue
            if default is not None and isinstance(default, ast.List | ast.Dict | ast.Set | ast.Call | ast.ListComp):
                self.refuse(default, f"the default of {arg.arg} can change: use None, and make it in the function")
            if default is not None and arg.annotation is not None:
                self.fits(default, annotation_kinds(arg.annotation))
            name = self.variable(arg.arg)
            texts.append(f"{name} = {self.expression(default)}" if default is not None else name)
        return ", ".join(texts)

    # Classes.

    def class_definition(self, node: ast.ClassDef) -> None:
        if node.name not in self.live:
            return
        if self.function is not None:
            self.refuse(node, "a class in a function: put it at the top of the module")
            return
        if node.decorator_list or node.keywords or len(node.bases) > 1:
            self.refuse(node, "a class has at most one base, no decorator and no metaclass")
            return
        self.check_name(node, node.name)
        extends = f" extends {self.expression(node.bases[0])}" if node.bases else ""
        rest = self.doc(node.body)
        self.write(f"{exporting(node.name)}class {node.name}{extends} {{", node)
        self.base_classes = [ast.unparse(base) for base in node.bases] or ["object"]
        self.out.depth += 1
        if self.is_error_class(node):
            self.out.write(f'get name() {{\n  return "{node.name}";\n}}')
            if any(isinstance(each, ast.FunctionDef) for each in rest):
                self.out.write("")
        for each in rest:
            self.class_member(node, each)
        self.out.depth -= 1
        self.base_classes = []
        self.out.write("}")

    def info(self, node: ast.ClassDef) -> TypeInfo | None:
        symbol = self.module.file.names.get(node.name) if self.module.file else None
        return symbol.node if symbol and isinstance(symbol.node, TypeInfo) else None

    def is_error_class(self, node: ast.ClassDef) -> bool:
        info = self.info(node)
        return info is not None and info.has_base("builtins.BaseException")

    def class_member(self, owner: ast.ClassDef, node: ast.stmt) -> None:
        if isinstance(node, ast.FunctionDef):
            if node.name not in PYTHON_ONLY:
                self.lead(node)
                self.method(owner, node)
            self.commented = max(self.commented, node.end_lineno or 0)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = [each.id for each in targets if isinstance(each, ast.Name)]
            if node.value is None or {"__slots__", "FIELDS"} & set(names):
                return
            self.lead(node)
            self.write(f"static {names[0]} = {self.expression(node.value)};", node)
        elif not isinstance(node, ast.Pass):
            self.refuse(node, "in a class: only methods and NAME = value")

    def method(self, owner: ast.ClassDef, node: ast.FunctionDef) -> None:
        decorators = [ast.unparse(each) for each in node.decorator_list]
        if decorators not in ([], ["property"], ["staticmethod"]):
            self.refuse(node, f"@{decorators[0]}: only property and staticmethod")
        rest = self.doc(node.body)
        self.self_name = None if "staticmethod" in decorators else node.args.args[0].arg
        parameters = self.parameters(node, self.self_name)
        word = {"property": "get ", "staticmethod": "static "}.get("".join(decorators), "")
        name = {"__init__": "constructor", "__str__": "toString", "__iter__": "[Symbol.iterator]"}.get(node.name, node.name)
        if name.startswith("__"):
            self.refuse(node, f"{node.name}: give the method a plain name")
        star = "*" if generates(node) else ""
        self.write(f"{word}{star}{name}({parameters}) {{", node)
        if node.name == "__init__":
            self.check_super(owner, node, rest)
        self.in_function(node, rest)
        self.out.write("}")
        self.self_name = None

    def check_super(self, owner: ast.ClassDef, node: ast.FunctionDef, body: list[ast.stmt]) -> None:
        """JavaScript wants super(…) before the first `this`; where no base has an __init__ it can be added."""
        if not owner.bases:
            return
        for statement in body:
            if ast.unparse(statement).startswith("super().__init__("):
                return
            if any(isinstance(each, ast.Name) and each.id == self.self_name for each in ast.walk(statement)):
                break
        info = self.info(owner)
        inherited = [base.names.get("__init__") for base in info.mro[1:-1]] if info else []
        if any(each and each.node and not each.node.fullname.startswith("builtins.") for each in inherited):
            self.refuse(node, "__init__ of a derived class: call super().__init__(…) first")
        self.out.write("  super();")


def annotation_kinds(node: ast.expr) -> frozenset[str]:
    """The kinds that an annotation names, as far as bool and int go."""
    text = ast.unparse(node).strip("'\"")
    return frozenset(word for word in ("int", "bool") if word in text.replace(" ", "").split("|"))


def exporting(name: str) -> str:
    return "" if name.startswith("_") else "export "


def is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def generates(node: ast.FunctionDef) -> bool:
    inner = [each for each in ast.walk(node) if isinstance(each, ast.FunctionDef | ast.Lambda) and each is not node]
    nested = {each for function in inner for each in ast.walk(function)}
    return any(isinstance(each, ast.Yield | ast.YieldFrom) and each not in nested for each in ast.walk(node))


def top_names(node: ast.stmt) -> set[str]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return {node.name}
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return {each.id for each in targets if isinstance(each, ast.Name)}


def live_names(tree: ast.Module, natives: set[int]) -> set[str]:
    """The module's names without the private ones that nothing uses, such as helpers of a body that is native."""
    uses: dict[str, set[str]] = {}
    roots: set[str] = set()
    for node in tree.body:
        native = isinstance(node, ast.FunctionDef) and bool(natives & set(range(node.lineno, node.body[0].lineno + 1)))
        mentioned = set() if native else {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
        names = top_names(node)
        for name in names:
            uses.setdefault(name, set()).update(mentioned - {name})
        roots |= {name for name in names if not name.startswith("_")} if names else mentioned
    live: set[str] = set()
    while roots:
        name = roots.pop()
        live.add(name)
        roots |= uses.get(name, set()) - live
    return live


STATEMENTS: dict[type[ast.stmt], Callable[..., None]] = {
    ast.Import: Statements.import_module,
    ast.ImportFrom: Statements.import_from,
    ast.Assign: Statements.assign,
    ast.AnnAssign: Statements.annotated,
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
    ast.Break: Statements.simple,
    ast.Continue: Statements.simple,
    ast.Pass: Statements.simple,
    ast.Nonlocal: Statements.simple,
    ast.FunctionDef: Statements.function_definition,
    ast.ClassDef: Statements.class_definition,
}
__all__ = ["ADD", "MULTIPLY", "PurePosixPath", "Statements", "item_type", "kinds_of"]
