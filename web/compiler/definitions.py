"""What a module consists of: imports, constants, functions and classes."""

import ast
import posixpath

from mypy.nodes import TypeInfo, Var

from compiler.expressions import ATTRIBUTES, EXCEPTIONS, RESERVED, is_empty
from compiler.load import Module
from compiler.phrases import words
from compiler.scopes import Scope
from compiler.statements import Statements, exporting
from compiler.tree import assignment, path

METHOD_WORDS = {"": "", "property": "get ", "staticmethod": "static "}


class Definitions(Statements):
    """`compiled`: the names of all modules that are compiled together."""

    def __init__(self, module: Module, compiled: set[str]) -> None:
        super().__init__(module)
        self.compiled = compiled
        self.imports: dict[str, tuple[str, str]] = {}  # name here -> module, name there

    def write_module(self) -> None:
        self.check_names()
        body, live = self.doc(self.module.tree), live_statements(self.module)
        start = len(self.out.rows)
        for node in body:
            if node in live:
                self.top_level(node)
            self.out.seen = node.end_lineno or 0
        self.out.lead(len(self.module.lines) + 1)
        lines = self.import_lines()
        lines = ["", *lines] if lines and start else [*lines, ""] if lines else []
        self.out.rows[start:start] = [(line, []) for line in lines]

    def check_names(self) -> None:
        top = [name for node in self.module.tree.body for name in top_names(node)]
        for node in ast.walk(self.module.tree):
            name = getattr(node, "name", None) or getattr(node, "arg", None) or getattr(node, "id", None)
            taken = name in top and (top.count(name) > 1 or name in RESERVED | EXCEPTIONS)
            self.refuse(node, "name", taken or name in words("globals"), str(name))

    def top_level(self, node: ast.stmt) -> None:
        """A statement that defines something; nothing else runs on import."""
        if isinstance(node, ast.If) and ast.unparse(node.test) == "__name__ == '__main__'" and not node.orelse:
            self.function(f"if ({self.helper('isMain')}(import.meta.url)) {{", node, node.body)
        elif isinstance(node, ast.Assign | ast.AnnAssign) and top_names(node):
            # What is for types only, such as an alias, is no variable to mypy.
            symbol = self.module.file.names.get(top_names(node)[0])
            if symbol and isinstance(symbol.node, Var) and symbol.node.name not in ("TYPE_CHECKING", "__all__"):
                self.statement(node)
        elif isinstance(node, ast.Import | ast.ImportFrom | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            self.statement(node)
        elif not (isinstance(node, ast.If) and path(node.test) == "TYPE_CHECKING"):
            self.refuse(node, "on-import")

    # Imports.

    def on_ImportFrom(self, node: ast.ImportFrom) -> None:
        package = self.module.name.split(".")[: -node.level] if node.level else []
        source = ".".join([*package, *([node.module] if node.module else [])])
        for alias in node.names if source not in words("typing") else []:
            unknown = source not in self.compiled or alias.name[0] in "_*"
            self.refuse(node, "import", unknown, f"{source}.{alias.name}")
            self.imports[alias.asname or alias.name] = (source, alias.name)

    def import_lines(self) -> list[str]:
        """Only what is used; so they are made last."""
        names_from = {"runtime": self.helpers}
        for name, (source, original) in sorted(self.imports.items(), key=lambda pair: pair[1]):
            if name in self.used:
                names_from.setdefault(source, set()).add(name if name == original else f"{original} as {name}")
        return [self.import_line("import", source, names) for source, names in names_from.items() if names]

    def import_line(self, word: str, source: str, names: set[str]) -> str:
        here, there = self.module.name.replace(".", "/"), source.replace(".", "/")
        found = posixpath.relpath(f"/{there}.mjs", posixpath.dirname(f"/{here}"))
        file = found if found.startswith(".") else f"./{found}"
        return f'{word} {{ {", ".join(sorted(names))} }} from "{file}";'

    # Functions.

    def on_FunctionDef(self, node: ast.FunctionDef) -> None:
        self.refuse(node, "decorator", bool(node.decorator_list))
        self.refuse(node, "inner-function", self.scope is not self.top)
        native, rest = self.module.native_of(node), self.doc(node)
        if native:
            self.helpers.add(f"{native} as {node.name}" if native != node.name else native)
            self.write(f"export {{ {node.name} }};", node)
        else:
            self.function(f"{exporting(node.name)}function {node.name}({self.parameters(node.args)}) {{", node, rest)

    def function(self, head: str, node: ast.FunctionDef | ast.If, body: list[ast.stmt]) -> None:
        self.scope = Scope({each.arg for each in ast.walk(node) if isinstance(each, ast.arg)}, body)
        self.block(head, body, node)
        self.scope = self.top

    # Classes.

    def on_ClassDef(self, node: ast.ClassDef) -> None:
        odd = bool(node.decorator_list or node.keywords) or len(node.bases) > 1 or self.scope is not self.top
        self.refuse(node, "class", odd)
        rest, symbol = self.doc(node), self.module.file.names.get(node.name)
        info = symbol.node if symbol and isinstance(symbol.node, TypeInfo) else None
        self.bases = [each for each in info.mro[1:-1] if not is_empty(each)] if info else []
        extends = f" extends {self.expression(node.bases[0])}" if self.bases else ""
        self.write(f"{exporting(node.name)}class {node.name}{extends} {{", node)
        self.out.depth += 1
        if info and info.has_base("builtins.BaseException"):
            self.write(f'get name() {{\n  return "{node.name}";\n}}')
        for each in rest:
            if not {*top_names(each)} & words("python-only"):
                self.class_member(each)
            self.out.seen = each.end_lineno or 0
        self.out.depth, self.bases = self.out.depth - 1, None
        self.write("}")

    def class_member(self, node: ast.stmt) -> None:
        if isinstance(node, ast.FunctionDef):
            self.method(node)
        elif getattr(node, "value", None) or not isinstance(node, ast.AnnAssign | ast.Pass):
            constant = isinstance(node, ast.Assign | ast.AnnAssign) and "".join(top_names(node)).isupper()
            self.refuse(node, "class-body", not constant)
            self.statement(node)

    def method(self, node: ast.FunctionDef) -> None:
        decorator = "".join(ast.unparse(each) for each in node.decorator_list)
        name, rest = "constructor" if node.name == "__init__" else node.name, self.doc(node)
        odd = decorator not in METHOD_WORDS or name.startswith("__") or node.name in ATTRIBUTES
        self.refuse(node, "method", odd, decorator or name)
        self.self_name = None if decorator == "staticmethod" or not node.args.args else node.args.args[0].arg
        head = f"{METHOD_WORDS.get(decorator, '')}{name}({self.parameters(node.args, self.self_name is not None)}) {{"
        first = ast.unparse(rest[0]) if rest else ""
        if name == "constructor" and self.bases and not first.startswith("super().__init__("):
            self.refuse(node, "super", any("__init__" in each.names for each in self.bases))
            head += "\n  super();"
        self.function(head, node, rest)
        self.self_name = None


def top_names(node: ast.stmt) -> list[str]:
    """The names that a statement gives to a function, a class or values."""
    name = getattr(node, "name", None)
    return [name] if name else [path(target) for target, _ in assignment(node) if path(target)]


def live_statements(module: Module) -> list[ast.stmt]:
    """The module without the private names that nothing uses, such as helpers of a body that is native."""
    used = {name for node in module.tree.body for name in top_names(node) if not name.startswith("_")}
    while True:
        live = [node for node in module.tree.body if not top_names(node) or used & {*top_names(node)}]
        mentioned = {path(each) for node in live if not module.native_of(node) for each in ast.walk(node)}
        if mentioned <= used:
            return live
        used |= mentioned
