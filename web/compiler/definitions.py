"""What a module consists of: imports, constants, functions and classes."""

import ast

from mypy.nodes import TypeInfo

from compiler.expressions import EXCEPTIONS, RESERVED
from compiler.load import Module, top_names
from compiler.proofs import Proofs
from compiler.scopes import Scope
from compiler.statements import STATEMENTS, Statements, annotation_kinds

# What the written code relies on: a module that gives one of these names to something of its own is refused.
GLOBALS = {"Map", "Set", "Math", "Array", "String", "Number", "Symbol", "Error", "console"}
TYPING = {"typing", "collections.abc", "__future__", "typing_extensions"}
# Methods that JavaScript has no use for, and the tables that only they read.
PYTHON_ONLY = {"__eq__", "__ne__", "__hash__", "__repr__", "__slots__", "FIELDS"}
METHOD_NAMES = {"__init__": "constructor", "__str__": "toString", "__iter__": "[Symbol.iterator]"}
TYPE_ONLY = {"TypeAlias", "TypeVarExpr", "ParamSpecExpr"}


class Definitions(Statements):
    """`compiled`: the names of all modules that are compiled together."""

    def __init__(self, module: Module, proofs: Proofs, compiled: set[str]) -> None:
        super().__init__(module, proofs)
        self.compiled = compiled
        self.imports: dict[str, tuple[str, str]] = {}  # name here -> module, name there ("*" for the module itself)
        self.live = live_names(module)

    def write_module(self) -> None:
        tree, start = self.module.tree, 0
        for node in ast.walk(tree):
            names = [getattr(node, "name", None), getattr(node, "arg", None), getattr(node, "id", None)]
            if set(names) & GLOBALS:
                self.refuse(
                    node, f"{next(each for each in names if each)} has a meaning in JavaScript: choose another name"
                )
        for node in tree.body:
            if node is tree.body[0] and self.doc([node]) == []:
                start = len(self.out.lines)
                continue
            names = top_names(node)
            if not names or set(names) & self.live:
                self.top_level(node, names)
            self.seen = max(self.seen, node.end_lineno or 0)
        self.lead(len(self.module.lines) + 1)
        lines = self.import_lines()
        self.out.insert(start, ["", *lines] if lines and start else [*lines, ""] if lines else [])

    def top_level(self, node: ast.stmt, names: list[str]) -> None:
        for name in names:
            if name in RESERVED | EXCEPTIONS or self.module.top_names.count(name) > 1:
                self.refuse(node, f"{name} is a word of JavaScript, or is there twice: choose another name")
        if isinstance(node, ast.ImportFrom):
            self.import_from(node)
        elif isinstance(node, ast.Import):
            self.import_module(node)
        elif isinstance(node, ast.If):
            self.top_if(node)
        elif isinstance(node, ast.FunctionDef):
            self.lead(node.lineno)
            self.top_function(node)
        elif isinstance(node, ast.ClassDef):
            self.lead(node.lineno)
            self.class_definition(node)
        elif isinstance(node, ast.Assign | ast.AnnAssign) and len(names) == 1:
            self.constant_definition(node, names[0])
        elif type(node) not in STATEMENTS:
            self.phrase(type(node).__name__, node)
        else:
            self.refuse(node, "a statement that runs on import: only NAME = value, def and class; put it in a function")

    # Imports.

    def import_from(self, node: ast.ImportFrom) -> None:
        package = self.module.name.split(".")[: -node.level] if node.level else []
        source = ".".join([*package, *([node.module] if node.module else [])])
        for alias in node.names if source not in TYPING else []:
            name = alias.asname or alias.name
            if f"{source}.{alias.name}" in self.compiled:
                self.imports[name] = (f"{source}.{alias.name}", "*")
            elif source not in self.compiled or alias.name.startswith("_") or alias.name == "*":
                self.refuse(node, f"import of {alias.name} from {source}: a public name of a file that is compiled too")
            else:
                self.imports[name] = (source, alias.name)

    def import_module(self, node: ast.Import) -> None:
        for alias in node.names:
            if alias.name not in self.compiled or ("." in alias.name and not alias.asname):
                self.refuse(node, f"import {alias.name}: from … import …, of a file that is compiled too")
            self.imports[alias.asname or alias.name] = (alias.name, "*")

    def import_lines(self) -> list[str]:
        """Only what is used; so they are made last."""
        from_module: dict[str, list[str]] = {}
        for name in sorted(self.helpers):
            from_module.setdefault("runtime", []).append(name)
        lines = []
        for name, (source, original) in sorted(self.imports.items()):
            if name in self.used and original == "*":
                lines.append(f'import * as {name} from "{self.relative(source)}";')
            elif name in self.used:
                from_module.setdefault(source, []).append(name if name == original else f"{original} as {name}")
        return lines + [
            f'import {{ {", ".join(names)} }} from "{self.relative(source)}";' for source, names in from_module.items()
        ]

    def relative(self, other: str) -> str:
        here, there = self.module.name.split("."), other.split(".")
        while here[:-1] and there[:-1] and here[0] == there[0]:
            here, there = here[1:], there[1:]
        return ("../" * (len(here) - 1) or "./") + "/".join(there) + ".mjs"

    # Constants, and the lines under `if`.

    def constant_definition(self, node: ast.Assign | ast.AnnAssign, name: str) -> None:
        symbol = self.module.file.names.get(name) if self.module.file else None
        if (
            node.value is None
            or name in ("TYPE_CHECKING", "__all__")
            or (symbol and type(symbol.node).__name__ in TYPE_ONLY)
        ):
            return
        self.lead(node.lineno)
        self.check_bool(node.value, annotation_kinds(node))
        value = self.expression(node.value)
        pure = (
            "/* @__PURE__ */ "
            if isinstance(node.value, ast.Call | ast.Dict | ast.Set | ast.Subscript | ast.ListComp)
            else ""
        )
        self.write(f"{exporting(name)}const {name} = {pure}{value};", node)

    def top_if(self, node: ast.If) -> None:
        if ast.unparse(node.test) == "__name__ == '__main__'" and not node.orelse:
            self.lead(node.lineno)
            self.write(f"if ({self.helper('isMain')}(import.meta.url)) {{", node)
            self.in_function(ast.copy_location(ast.FunctionDef("main", NO_ARGUMENTS, node.body, []), node), node.body)
            self.write("}")
        elif ast.unparse(node.test) != "TYPE_CHECKING":
            self.refuse(node, 'if at the top of a module: only TYPE_CHECKING and __name__ == "__main__"')

    # Functions.

    def top_function(self, node: ast.FunctionDef) -> None:
        if node.decorator_list:
            self.refuse(node.decorator_list[0], "a decorator: call the function that you mean")
        rest = self.doc(node.body)
        native = self.module.native_of(node)
        if native:
            self.helpers.add(f"{native} as {node.name}" if native != node.name else native)
            self.write(f"export {{ {node.name} }};", node)
            return
        star = "*" if generates(node) else ""
        self.write(f"{exporting(node.name)}function{star} {node.name}({self.parameters(node)}) {{", node)
        self.in_function(node, rest)
        self.write("}")

    def in_function(self, node: ast.FunctionDef, body: list[ast.stmt]) -> None:
        outer = (self.function, self.scope, self.caught)
        self.function, self.scope, self.caught = node, Scope(node, body), []
        self.out.depth += 1
        for each in body:
            self.statement(each)
        self.out.depth -= 1
        self.function, self.scope, self.caught = outer

    def nested_function(self, node: ast.FunctionDef) -> None:
        if generates(node) or node.decorator_list:
            self.refuse(node, "a generator or a decorated function in a function: put it at the top of the module")
        self.check_capture(node)
        rest = self.doc(node.body)
        self.write(f"const {self.variable(node.name)} = ({self.parameters(node)}) => {{", node)
        self.in_function(node, rest)
        self.write("};")

    def parameters(self, node: ast.FunctionDef, skip: int = 0) -> str:
        """In one row, keyword-only ones last; calls are written to match."""
        given = node.args
        if given.vararg or given.kwarg or given.posonlyargs:
            self.refuse(node, "*, ** or / in a signature: name the parameters")
        defaults = [*[None] * (len(given.args) - len(given.defaults)), *given.defaults, *given.kw_defaults]
        texts = []
        for arg, default in list(zip(given.args + given.kwonlyargs, defaults, strict=True))[skip:]:
            if default is not None and not isinstance(default, ast.Constant | ast.Name | ast.UnaryOp | ast.BinOp):
                self.refuse(default, f"the default of {arg.arg} may change: use None, and make it in the function")
            self.check_bool(default or ast.Constant(""), annotation_kinds(arg))  # type: ignore[arg-type]
            texts.append(self.variable(arg.arg) + (f" = {self.item(default)}" if default is not None else ""))
        return ", ".join(texts)

    # Classes.

    def class_definition(self, node: ast.ClassDef) -> None:
        if node.decorator_list or node.keywords or len(node.bases) > 1:
            self.refuse(node, "a class has at most one base, no decorator and no metaclass")
        rest = self.doc(node.body)
        extends = f" extends {self.expression(node.bases[0])}" if node.bases else ""
        self.write(f"{exporting(node.name)}class {node.name}{extends} {{", node)
        self.out.depth += 1
        if node.bases and any(each.fullname == "builtins.BaseException" for each in self.bases(node)):
            self.write(f'get name() {{\n  return "{node.name}";\n}}')
        for each in rest:
            names = top_names(each)
            if isinstance(each, ast.FunctionDef) and each.name not in PYTHON_ONLY:
                self.lead(min([each.lineno, *(one.lineno for one in each.decorator_list)]))
                self.method(node, each)
            elif isinstance(each, ast.Assign | ast.AnnAssign) and each.value and not set(names) & PYTHON_ONLY:
                self.lead(each.lineno)
                self.write(f"static {names[0]} = {self.expression(each.value)};", each)
            elif not isinstance(each, ast.FunctionDef | ast.AnnAssign | ast.Pass) and not set(names) & PYTHON_ONLY:
                self.refuse(each, "in a class: only methods and NAME = value")
            self.seen = max(self.seen, each.end_lineno or 0)
        self.out.depth -= 1
        self.write("}")

    def bases(self, node: ast.ClassDef) -> list[TypeInfo]:
        symbol = self.module.file.names.get(node.name) if self.module.file else None
        return symbol.node.mro[1:] if symbol and isinstance(symbol.node, TypeInfo) else []

    def method(self, owner: ast.ClassDef, node: ast.FunctionDef) -> None:
        decorator = "".join(ast.unparse(each) for each in node.decorator_list)
        name = METHOD_NAMES.get(node.name, node.name)
        if decorator not in ("", "property", "staticmethod") or name.startswith("__"):
            self.refuse(
                node,
                f"{decorator or name}: only property, staticmethod, and of the methods with __ only __init__, __str__, __iter__",
            )
        rest = self.doc(node.body)
        static = decorator == "staticmethod"
        self.self_name = None if static else node.args.args[0].arg
        word = {"property": "get ", "staticmethod": "static "}.get(decorator, "") + ("*" if generates(node) else "")
        self.write(f"{word}{name}({self.parameters(node, 0 if static else 1)}) {{", node)
        if name == "constructor" and owner.bases and not calls_super_first(rest, self.self_name):
            if any("__init__" in each.names for each in self.bases(owner) if each.module_name != "builtins"):
                self.refuse(node, "__init__ of a derived class: call super().__init__(…) first")
            self.write("  super();")
        self.in_function(node, rest)
        self.write("}")
        self.self_name = None


NO_ARGUMENTS = ast.arguments([], [], None, [], [], None, [])


def exporting(name: str) -> str:
    return "" if name.startswith("_") else "export "


def calls_super_first(body: list[ast.stmt], self_name: str | None) -> bool:
    """JavaScript wants super(…) before the first `this`."""
    for statement in body:
        if ast.unparse(statement).startswith("super().__init__("):
            return True
        if any(isinstance(each, ast.Name) and each.id == self_name for each in ast.walk(statement)):
            return False
    return False


def generates(node: ast.AST) -> bool:
    inner = [each for each in ast.iter_child_nodes(node) if not isinstance(each, ast.FunctionDef | ast.Lambda)]
    return any(isinstance(each, ast.Yield | ast.YieldFrom) or generates(each) for each in inner)


def live_names(module: Module) -> set[str]:
    """The module's names without the private ones that nothing uses, such as helpers of a body that is native."""
    uses: dict[str, set[str]] = {}
    waiting: set[str] = set()
    for node in module.tree.body:
        native = isinstance(node, ast.FunctionDef) and module.native_of(node)
        mentioned = {each.id for each in ast.walk(node) if isinstance(each, ast.Name) and not native}
        names = top_names(node)
        for name in names:
            uses.setdefault(name, set()).update(mentioned - {name})
        waiting |= {name for name in names if not name.startswith("_")} if names else mentioned
    live: set[str] = set()
    while waiting:
        name = waiting.pop()
        live.add(name)
        waiting |= uses.get(name, set()) - live
    return live


STATEMENTS[ast.FunctionDef] = Definitions.nested_function
