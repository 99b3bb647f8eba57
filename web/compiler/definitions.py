"""What a module consists of: imports, constants, functions and classes."""

import ast
import posixpath

from mypy.nodes import TypeInfo, Var

from compiler.expressions import ATTRIBUTES, EXCEPTIONS, RESERVED
from compiler.load import Module
from compiler.phrases import words
from compiler.scopes import Scope
from compiler.statements import Statements, exporting
from compiler.tree import assignment, generates, path

METHOD_NAMES = {"__init__": "constructor", "__str__": "toString", "__iter__": "[Symbol.iterator]"}
METHOD_WORDS = {"": "", "property": "get ", "staticmethod": "static "}
MAIN = "__name__ == '__main__'"
NO_ARGUMENTS = ast.arguments([], [], None, [], [], None, [])


class Definitions(Statements):
    """`compiled`: the names of all modules that are compiled together."""

    def __init__(self, module: Module, compiled: set[str]) -> None:
        super().__init__(module)
        self.compiled = compiled
        self.imports: dict[str, tuple[str, str]] = {}  # name here -> module, name there
        self.live = live_names(module)

    def write_module(self) -> None:
        self.check_names()
        body = self.doc(self.module.tree)
        start = len(self.out.rows)
        for node in body:
            if not top_names(node) or self.live & {*top_names(node)}:
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
        if isinstance(node, ast.If) and ast.unparse(node.test) == MAIN and not node.orelse:
            main = ast.FunctionDef("main", NO_ARGUMENTS, node.body, [])
            self.function_body(f"if ({self.helper('isMain')}(import.meta.url)) {{", main, node, node.body, "}")
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
        names_from = {"runtime": sorted(self.helpers)}
        for name, (source, original) in sorted(self.imports.items(), key=lambda pair: (pair[1], pair[0])):
            if name in self.used:
                names_from.setdefault(source, []).append(name if name == original else f"{original} as {name}")
        sources = [(source, names) for source, names in names_from.items() if names]
        return [f'import {{ {", ".join(names)} }} from "{self.relative(source)}";' for source, names in sources]

    def relative(self, other: str) -> str:
        here, there = self.module.name.replace(".", "/"), other.replace(".", "/")
        found = posixpath.relpath(f"/{there}.mjs", posixpath.dirname(f"/{here}"))
        return found if found.startswith(".") else f"./{found}"

    # Functions.

    def on_FunctionDef(self, node: ast.FunctionDef) -> None:
        self.refuse(node, "decorator", bool(node.decorator_list))
        native, rest, star = self.module.native_of(node), self.doc(node), "*" if generates(node) else ""
        head, end = f"{exporting(node.name)}function{star} {node.name}({self.parameters(node.args)}) {{", "}"
        if self.function is not None:
            self.refuse(node, "inner-generator", bool(star))
            self.check_capture(node)
            head, end = f"const {self.variable(node.name)} = ({self.parameters(node.args)}) => {{", "};"
        if native:
            self.helpers.add(f"{native} as {node.name}" if native != node.name else native)
            self.write(f"export {{ {node.name} }};", node)
        else:
            self.function_body(head, node, node, rest, end)

    def function_body(self, head: str, function: ast.FunctionDef, at: ast.stmt, body: list[ast.stmt], end: str) -> None:
        outer = (self.function, self.scope, self.caught)
        self.function, self.scope, self.caught = function, Scope(function, body), []
        self.block(head, body, at, end)
        self.function, self.scope, self.caught = outer

    # Classes.

    def on_ClassDef(self, node: ast.ClassDef) -> None:
        odd = bool(node.decorator_list or node.keywords) or len(node.bases) > 1 or self.function is not None
        self.refuse(node, "class", odd)
        info, rest = self.info(node), self.doc(node)
        extends = f" extends {self.expression(node.bases[0])}" if node.bases else ""
        self.write(f"{exporting(node.name)}class {node.name}{extends} {{", node)
        self.out.depth, self.owner = self.out.depth + 1, node
        if info and info.has_base("builtins.BaseException"):
            self.write(f'get name() {{\n  return "{node.name}";\n}}')
        for each in rest:
            if not {*top_names(each)} & words("python-only"):
                self.class_member(node, each)
            self.out.seen = each.end_lineno or 0
        self.out.depth, self.owner = self.out.depth - 1, None
        self.write("}")

    def class_member(self, owner: ast.ClassDef, node: ast.stmt) -> None:
        if isinstance(node, ast.FunctionDef):
            self.method(owner, node)
        elif getattr(node, "value", None) or not isinstance(node, ast.AnnAssign | ast.Pass):
            constant = isinstance(node, ast.Assign | ast.AnnAssign) and "".join(top_names(node)).isupper()
            self.refuse(node, "class-body", not constant)
            self.statement(node)

    def info(self, node: ast.ClassDef) -> TypeInfo | None:
        symbol = self.module.file.names.get(node.name)
        return symbol.node if symbol and isinstance(symbol.node, TypeInfo) else None

    def method(self, owner: ast.ClassDef, node: ast.FunctionDef) -> None:
        decorator = "".join(ast.unparse(each) for each in node.decorator_list)
        name, rest = METHOD_NAMES.get(node.name, node.name), self.doc(node)
        odd = decorator not in METHOD_WORDS or name.startswith("__") or node.name in ATTRIBUTES
        self.refuse(node, "method", odd, decorator or name)
        self.self_name = None if decorator == "staticmethod" else node.args.args[0].arg
        word = METHOD_WORDS.get(decorator, "") + ("*" if generates(node) else "")
        head = f"{word}{name}({self.parameters(node.args, self.self_name is not None)}) {{"
        first = ast.unparse(rest[0]) if rest else ""
        if name == "constructor" and owner.bases and not first.startswith("super().__init__("):
            info = self.info(owner)
            inherited = any("__init__" in each.names for each in info.mro[1:-1]) if info else False
            self.refuse(node, "super", inherited)
            head += "\n  super();"
        self.function_body(head, node, node, rest, "}")
        self.self_name = None


def top_names(node: ast.stmt) -> list[str]:
    """The names that a statement gives to a function, a class or values."""
    name = getattr(node, "name", None)
    return [name] if name else [path(target) for target, _ in assignment(node) if path(target)]


def live_names(module: Module) -> set[str]:
    """The module's names without the private ones that nothing uses, such as helpers of a body that is native."""
    uses, waiting, live = dict[str, set[str]](), set[str](), set[str]()
    for node in module.tree.body:
        mentioned = set() if module.native_of(node) else {path(each) for each in ast.walk(node)}
        uses |= dict.fromkeys(top_names(node), mentioned)
        waiting |= {name for name in top_names(node) if name[0] != "_"} if top_names(node) else mentioned
    while waiting:
        live |= waiting
        waiting = {used for name in waiting for used in uses.get(name, set())} - live
    return live
