"""What a module consists of: imports, constants, functions and classes."""

import ast

from mypy.nodes import TypeInfo

from compiler.expressions import EXCEPTIONS, RESERVED
from compiler.load import Module
from compiler.phrases import words
from compiler.proofs import assignment, path
from compiler.scopes import Scope
from compiler.statements import Statements, annotation_kinds

METHOD_NAMES = {"__init__": "constructor", "__str__": "toString", "__iter__": "[Symbol.iterator]"}
TYPE_ONLY = {"TypeAlias", "TypeVarExpr", "ParamSpecExpr"}


class Definitions(Statements):
    """`compiled`: the names of all modules that are compiled together."""

    def __init__(self, module: Module, compiled: set[str]) -> None:
        super().__init__(module)
        self.compiled = compiled
        self.imports: dict[str, tuple[str, str]] = {}  # name here -> module, name there ("*" for the module itself)
        self.live = live_names(module)

    def write_module(self) -> None:
        body, names = self.module.tree.body, [name for node in self.module.tree.body for name in top_names(node)]
        for node in ast.walk(self.module.tree):
            name = getattr(node, "name", None) or getattr(node, "arg", None) or getattr(node, "id", None)
            self.refuse(node, f"{name} has a meaning in JavaScript: choose another name", name in words("globals"))
        body = self.doc(body)
        start = len(self.out.lines)
        for node in body:
            taken = [name for name in top_names(node) if name in RESERVED | EXCEPTIONS or names.count(name) > 1]
            self.refuse(node, f"{taken} is a word of JavaScript, or is there twice: choose another name", bool(taken))
            if not top_names(node) or set(top_names(node)) & self.live:
                self.top_level(node)
            self.seen = max(self.seen, node.end_lineno or 0)
        self.lead(len(self.module.lines) + 1)
        lines = self.import_lines()
        self.out.insert(start, ["", *lines] if lines and start else [*lines, ""] if lines else [])

    def top_level(self, node: ast.stmt) -> None:
        if ast.unparse(node).startswith("if __name__ == '__main__':") and isinstance(node, ast.If) and not node.orelse:
            main = ast.FunctionDef("main", NO_ARGUMENTS, node.body, [])
            self.lead(node.lineno)
            self.function_body(f"if ({self.helper('isMain')}(import.meta.url)) {{", main, node, node.body, "}")
        elif isinstance(node, ast.Assign | ast.AnnAssign) and len(top_names(node)) == 1:
            self.constant_definition(node, top_names(node)[0])
        elif not (isinstance(node, ast.If) and path(node.test) == "TYPE_CHECKING"):
            runs = not isinstance(
                node, ast.Import | ast.ImportFrom | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
            )
            self.refuse(
                node, "a statement that runs on import: only NAME = value, def, class; put it in a function", runs
            )
            if not runs:
                self.statement(node)

    # Imports and constants.

    def on_ImportFrom(self, node: ast.ImportFrom) -> None:
        package = self.module.name.split(".")[: -node.level] if node.level else []
        source = ".".join([*package, *([node.module] if node.module else [])])
        for alias in node.names if source not in words("typing") else []:
            inner = f"{source}.{alias.name}"
            unknown = inner not in self.compiled and (source not in self.compiled or alias.name[0] in "_*")
            self.refuse(node, f"import of {inner}: only a public name of a file that is compiled too", unknown)
            self.imports[alias.asname or alias.name] = (inner, "*") if inner in self.compiled else (source, alias.name)

    def import_lines(self) -> list[str]:
        """Only what is used; so they are made last."""
        lines, names_from = [], {"runtime": sorted(self.helpers)}
        for name, (source, original) in sorted(self.imports.items(), key=lambda pair: (pair[1], pair[0])):
            if name in self.used and original == "*":
                lines.append(f'import * as {name} from "{self.relative(source)}";')
            elif name in self.used:
                names_from.setdefault(source, []).append(name if name == original else f"{original} as {name}")
        sources = [(source, names) for source, names in names_from.items() if names]
        return lines + [f'import {{ {", ".join(names)} }} from "{self.relative(source)}";' for source, names in sources]

    def relative(self, other: str) -> str:
        here, there = self.module.name.split("."), other.split(".")
        while here[:-1] and there[:-1] and here[0] == there[0]:
            here, there = here[1:], there[1:]
        return ("../" * (len(here) - 1) or "./") + "/".join(there) + ".mjs"

    def constant_definition(self, node: ast.Assign | ast.AnnAssign, name: str) -> None:
        symbol = self.module.file.names.get(name)
        if (
            node.value
            and name not in ("TYPE_CHECKING", "__all__")
            and type(symbol and symbol.node).__name__ not in TYPE_ONLY
        ):
            self.lead(node.lineno)
            self.check_bool(node.value, annotation_kinds(node))
            works = isinstance(node.value, ast.Call | ast.Dict | ast.Subscript | ast.ListComp)
            value = f"{'/* @__PURE__ */ ' if works else ''}{self.expression(node.value)}"
            self.write(f"{exporting(name)}const {name} = {value};", node)

    # Functions.

    def on_FunctionDef(self, node: ast.FunctionDef) -> None:
        self.refuse(node, "a decorator: call the function that you mean", bool(node.decorator_list))
        native, rest, star = self.module.native_of(node), self.doc(node.body), "*" if generates(node) else ""
        if native:
            self.helpers.add(f"{native} as {node.name}" if native != node.name else native)
            return self.write(f"export {{ {node.name} }};", node)
        head = f"{exporting(node.name)}function{star} {node.name}({self.parameters(node)}) {{"
        if self.function is not None:
            self.refuse(node, "a generator in a function: put it at the top of the module", bool(star))
            self.check_capture(node)
            head = f"const {self.variable(node.name)} = ({self.parameters(node)}) => {{"
        self.function_body(head, node, node, rest, "}" if self.function is None else "};")

    def function_body(self, head: str, function: ast.FunctionDef, at: ast.stmt, body: list[ast.stmt], end: str) -> None:
        outer = (self.function, self.scope, self.caught)
        self.function, self.scope, self.caught = function, Scope(function, body), []
        self.block(head, body, at, end)
        self.function, self.scope, self.caught = outer

    def parameters(self, node: ast.FunctionDef, skip: int = 0) -> str:
        """In one row, keyword-only ones last; calls are written to match."""
        given = node.args
        starred = bool(given.vararg or given.kwarg or given.posonlyargs)
        self.refuse(node, "*, ** or / in a signature: name the parameters", starred)
        defaults = [*[None] * (len(given.args) - len(given.defaults)), *given.defaults, *given.kw_defaults]
        texts = []
        for arg, default in list(zip(given.args + given.kwonlyargs, defaults, strict=True))[skip:]:
            texts.append(self.variable(arg.arg))
            if default is not None:
                plain = isinstance(default, ast.Constant | ast.Name | ast.UnaryOp | ast.BinOp)
                self.refuse(default, f"the default of {arg.arg} may change: use None, and make it inside", not plain)
                self.check_bool(default, annotation_kinds(arg))
                texts[-1] += f" = {self.item(default)}"
        return ", ".join(texts)

    # Classes.

    def on_ClassDef(self, node: ast.ClassDef) -> None:
        odd = bool(node.decorator_list or node.keywords) or len(node.bases) > 1 or self.function is not None
        self.refuse(node, "a class: at the top of a module, with at most one base, no decorator, no metaclass", odd)
        rest = self.doc(node.body)
        extends = f" extends {self.expression(node.bases[0])}" if node.bases else ""
        self.write(f"{exporting(node.name)}class {node.name}{extends} {{", node)
        self.out.depth += 1
        if any(each.fullname == "builtins.BaseException" for each in self.bases(node)):
            self.write(f'get name() {{\n  return "{node.name}";\n}}')
        for each in rest:
            value = next((value for _, value in assignment(each)), None)
            names = set(top_names(each)) - words("python-only")
            wrong = not isinstance(each, ast.FunctionDef | ast.Assign | ast.AnnAssign | ast.Pass)
            wrong = wrong or (value is not None and not all(map(str.isupper, names)))
            self.refuse(each, "in a class: only methods and NAME = value, the name in capitals", wrong)
            if names and (value or isinstance(each, ast.FunctionDef)):
                self.lead(min([each.lineno, *(one.lineno for one in getattr(each, "decorator_list", []))]))
                if isinstance(each, ast.FunctionDef):
                    self.method(node, each)
                elif value:
                    self.write(f"static {min(names)} = {self.expression(value)};", each)
            self.seen = max(self.seen, each.end_lineno or 0)
        self.out.depth -= 1
        self.write("}")

    def bases(self, node: ast.ClassDef) -> list[TypeInfo]:
        symbol = self.module.file.names.get(node.name)
        return symbol.node.mro[1:] if symbol and isinstance(symbol.node, TypeInfo) else []

    def method(self, owner: ast.ClassDef, node: ast.FunctionDef) -> None:
        decorator = "".join(ast.unparse(each) for each in node.decorator_list)
        name = METHOD_NAMES.get(node.name, node.name)
        odd = decorator not in ("", "property", "staticmethod") or name.startswith("__")
        self.refuse(node, f"{decorator or name}: only property, staticmethod, __init__, __str__ and __iter__", odd)
        rest, static = self.doc(node.body), decorator == "staticmethod"
        self.self_name = None if static else node.args.args[0].arg
        word = {"property": "get ", "staticmethod": "static "}.get(decorator, "") + ("*" if generates(node) else "")
        head = f"{word}{name}({self.parameters(node, not static)}) {{"
        if name == "constructor" and owner.bases and not calls_super_first(rest, self.self_name or ""):
            inherited = any("__init__" in each.names for each in self.bases(owner) if each.name != "object")
            self.refuse(node, "__init__ of a derived class: call super().__init__(…) first", inherited)
            head += "\n  super();"
        self.function_body(head, node, node, rest, "}")
        self.self_name = None


NO_ARGUMENTS = ast.arguments([], [], None, [], [], None, [])


def exporting(name: str) -> str:
    return "" if name.startswith("_") else "export "


def calls_super_first(body: list[ast.stmt], self_name: str) -> bool:
    """JavaScript wants super(…) before the first `this`."""
    texts = [
        ast.unparse(each) for each in body if self_name in map(path, ast.walk(each)) or "super()" in ast.unparse(each)
    ]
    return bool(texts) and texts[0].startswith("super().__init__(")


def generates(node: ast.AST) -> bool:
    inner = [each for each in ast.iter_child_nodes(node) if not isinstance(each, ast.FunctionDef | ast.Lambda)]
    return any(isinstance(each, ast.Yield | ast.YieldFrom) or generates(each) for each in inner)


def top_names(node: ast.stmt) -> list[str]:
    """The names that a statement gives to a function, a class or values."""
    name = getattr(node, "name", None)
    return [name] if name else [path(target) for target, _ in assignment(node) if path(target)]


def live_names(module: Module) -> set[str]:
    """The module's names without the private ones that nothing uses, such as helpers of a body that is native."""
    uses: dict[str, set[str]] = {}
    live, waiting = set[str](), set[str]()
    for node in module.tree.body:
        mentioned = set() if module.native_of(node) else {path(each) for each in ast.walk(node)}
        uses.update(dict.fromkeys(top_names(node), mentioned))
        waiting |= {name for name in top_names(node) if not name.startswith("_")} if top_names(node) else mentioned
    while waiting:
        live |= waiting
        waiting = {used for name in waiting for used in uses.get(name, set())} - live
    return live
