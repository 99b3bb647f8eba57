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
        self.doc(body)
        start = len(self.out.lines)
        for node in body:
            for name in top_names(node):
                odd = name in RESERVED | EXCEPTIONS or names.count(name) > 1
                self.refuse(node, f"{name} is a word of JavaScript, or is there twice: choose another name", odd)
            if not top_names(node) or set(top_names(node)) & self.live:
                self.top_level(node)
            self.seen = max(self.seen, node.end_lineno or 0)
        self.lead(len(self.module.lines) + 1)
        lines = self.import_lines()
        self.out.insert(start, ["", *lines] if lines and start else [*lines, ""] if lines else [])

    def top_level(self, node: ast.stmt) -> None:
        if isinstance(node, ast.Assign | ast.AnnAssign) and len(top_names(node)) == 1:
            self.constant_definition(node, top_names(node)[0])
        elif isinstance(node, ast.If) and path(node.test) != "TYPE_CHECKING":
            odd = ast.unparse(node.test) != "__name__ == '__main__'" or bool(node.orelse)
            self.refuse(node, 'if at the top of a module: only TYPE_CHECKING and __name__ == "__main__"', odd)
            self.lead(node.lineno)
            main = ast.copy_location(ast.FunctionDef("main", NO_ARGUMENTS, node.body, []), node)
            self.function_body(f"if ({self.helper('isMain')}(import.meta.url)) {{", main, node.body, "}")
        elif isinstance(node, ast.Import | ast.ImportFrom):
            self.statement(node)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            self.lead(min([node.lineno, *(each.lineno for each in node.decorator_list)]))
            self.statement(node)
        elif not isinstance(node, ast.If) and not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
            self.refuse(node, "a statement that runs on import: only NAME = value, def, class; put it in a function")

    # Imports and constants.

    def on_ImportFrom(self, node: ast.ImportFrom) -> None:
        package = self.module.name.split(".")[: -node.level] if node.level else []
        source = ".".join([*package, *([node.module] if node.module else [])])
        for alias in node.names if source not in words("typing") else []:
            inner = f"{source}.{alias.name}"
            odd = inner not in self.compiled and (source not in self.compiled or alias.name[0] in "_*")
            self.refuse(
                node, f"import of {alias.name} from {source}: a public name of a file that is compiled too", odd
            )
            self.imports[alias.asname or alias.name] = (inner, "*") if inner in self.compiled else (source, alias.name)

    def import_lines(self) -> list[str]:
        """Only what is used; so they are made last."""
        lines, names_from = [], {"runtime": sorted(self.helpers)}
        for name, (source, original) in sorted(self.imports.items()):
            if name in self.used and original == "*":
                lines.append(f'import * as {name} from "{self.relative(source)}";')
            elif name in self.used:
                names_from.setdefault(source, []).append(name if name == original else f"{original} as {name}")
        for source, names in sorted(names_from.items(), key=lambda pair: (pair[0] != "runtime", pair[0])):
            lines += [f'import {{ {", ".join(names)} }} from "{self.relative(source)}";'] if names else []
        return lines

    def relative(self, other: str) -> str:
        here, there = self.module.name.split("."), other.split(".")
        while here[:-1] and there[:-1] and here[0] == there[0]:
            here, there = here[1:], there[1:]
        return ("../" * (len(here) - 1) or "./") + "/".join(there) + ".mjs"

    def constant_definition(self, node: ast.Assign | ast.AnnAssign, name: str) -> None:
        symbol = self.module.file.names.get(name)
        type_only = symbol is not None and type(symbol.node).__name__ in TYPE_ONLY
        if node.value is None or name in ("TYPE_CHECKING", "__all__") or type_only:
            return
        self.lead(node.lineno)
        self.check_bool(node.value, annotation_kinds(node))
        value = self.expression(node.value)
        works = isinstance(node.value, ast.Call | ast.Dict | ast.Set | ast.Subscript | ast.ListComp)
        self.write(f"{exporting(name)}const {name} = {'/* @__PURE__ */ ' if works else ''}{value};", node)

    # Functions.

    def on_FunctionDef(self, node: ast.FunctionDef) -> None:
        self.refuse(node, "a decorator: call the function that you mean", bool(node.decorator_list))
        nested, native, rest = self.function is not None, self.module.native_of(node), self.doc(node.body)
        if native:
            self.helpers.add(f"{native} as {node.name}" if native != node.name else native)
            return self.write(f"export {{ {node.name} }};", node)
        if nested:
            self.refuse(node, "a generator in a function: put it at the top of the module", generates(node))
            self.check_capture(node)
            head = f"const {self.variable(node.name)} = ({self.parameters(node)}) => {{"
            return self.function_body(head, node, rest, "};")
        star = "*" if generates(node) else ""
        head = f"{exporting(node.name)}function{star} {node.name}({self.parameters(node)}) {{"
        self.function_body(head, node, rest, "}")

    def function_body(self, head: str, node: ast.FunctionDef, body: list[ast.stmt], end: str, first: str = "") -> None:
        outer = (self.function, self.scope, self.caught)
        self.function, self.scope, self.caught = node, Scope(node, body), []
        self.write(head + first, node)
        self.out.depth += 1
        for each in body:
            self.statement(each)
        self.out.depth -= 1
        self.write(end)
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
                odd = not isinstance(default, ast.Constant | ast.Name | ast.UnaryOp | ast.BinOp)
                self.refuse(default, f"the default of {arg.arg} may change: use None, and make it in the function", odd)
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
            names = top_names(each)
            valued = isinstance(each, ast.Assign | ast.AnnAssign) and each.value
            if not set(names) & words("python-only") and (valued or isinstance(each, ast.FunctionDef)):
                self.lead(min([each.lineno, *(one.lineno for one in getattr(each, "decorator_list", []))]))
                if isinstance(each, ast.FunctionDef):
                    self.method(node, each)
                else:
                    self.write(f"static {names[0]} = {self.expression(assignment(each)[0][1] or each)};", each)  # type: ignore[arg-type]
            odd = not isinstance(each, ast.FunctionDef | ast.Assign | ast.AnnAssign | ast.Pass)
            odd = odd or (bool(valued) and not names[0].isupper() and not set(names) & words("python-only"))
            self.refuse(each, "in a class: only methods and NAME = value, the name in capitals", odd)
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
        first = ""
        if name == "constructor" and owner.bases and not calls_super_first(rest, self.self_name or ""):
            inherited = any("__init__" in each.names for each in self.bases(owner) if each.module_name != "builtins")
            self.refuse(node, "__init__ of a derived class: call super().__init__(…) first", inherited)
            first = "\n  super();"
        head = f"{word}{name}({self.parameters(node, 0 if static else 1)}) {{"
        self.function_body(head, node, rest, "}", first)
        self.self_name = None


NO_ARGUMENTS = ast.arguments([], [], None, [], [], None, [])


def exporting(name: str) -> str:
    return "" if name.startswith("_") else "export "


def calls_super_first(body: list[ast.stmt], self_name: str) -> bool:
    """JavaScript wants super(…) before the first `this`."""
    for statement in body:
        if ast.unparse(statement).startswith("super().__init__("):
            return True
        if self_name in map(path, ast.walk(statement)):
            break
    return False


def generates(node: ast.AST) -> bool:
    inner = [each for each in ast.iter_child_nodes(node) if not isinstance(each, ast.FunctionDef | ast.Lambda)]
    return any(isinstance(each, ast.Yield | ast.YieldFrom) or generates(each) for each in inner)


def top_names(node: ast.stmt) -> list[str]:
    """The names that a statement gives to a function, a class or values."""
    named = isinstance(node, ast.FunctionDef | ast.ClassDef)
    return [node.name] if named else [path(target) for target, _ in assignment(node) if path(target)]  # type: ignore[attr-defined]


def live_names(module: Module) -> set[str]:
    """The module's names without the private ones that nothing uses, such as helpers of a body that is native."""
    uses: dict[str, set[str]] = {}
    live, waiting = set[str](), set[str]()
    for node in module.tree.body:
        mentioned = set() if module.native_of(node) else {path(each) for each in ast.walk(node)}
        for name in top_names(node):
            uses[name] = mentioned
        waiting |= {name for name in top_names(node) if not name.startswith("_")} if top_names(node) else mentioned
    while waiting:
        live |= waiting
        waiting = {used for name in waiting for used in uses.get(name, set())} - live
    return live
