"""TypeScript declarations from the annotations: str is string, int is number, bytes is Bytes (a binary string)."""

from mypy import types as T
from mypy.nodes import ARG_NAMED_OPT, ARG_OPT, Decorator, FuncDef, SymbolNode, SymbolTable, TypeAlias, TypeInfo, Var

from compiler.definitions import Definitions
from compiler.output import BINDS, LOOSE, Js, fill, quote, wrap
from compiler.phrases import PHRASES


class Declarations:
    """The .d.mts file of the module that this writer has written."""

    def __init__(self, writer: Definitions) -> None:
        self.writer = writer
        self.imports: dict[str, set[str]] = {}

    def text(self) -> str:
        lines = self.members(self.writer.module.file.names, self.writer.module.name, "export ", "function ", "const ")
        imports = [
            f'import type {{ {", ".join(sorted(names))} }} from "{self.writer.relative(source)}";'
            for source, names in sorted(self.imports.items())
        ]
        return "\n".join([*imports, *[""] * bool(imports), *(lines or ["export {};"]), ""])

    def members(self, table: SymbolTable, owner: str, start: str, function: str = "", variable: str = "") -> list[str]:
        """The public names of a module or a class."""
        lines: list[str] = []
        for name, symbol in table.items():
            public = name == "__init__" or not (name.startswith("_") or name in ("FIELDS", "TYPE_CHECKING"))
            if symbol.node and public and symbol.node.fullname == f"{owner}.{name}":
                lines += self.declared(name, symbol.node, start, function, variable)
        return lines

    def declared(self, name: str, node: SymbolNode, start: str, function: str, variable: str) -> list[str]:
        if isinstance(node, TypeAlias):
            return [f"{start}type {name} = {self.type(node.target)};"]
        if start == "export " and name not in self.writer.live:
            return []
        if isinstance(node, TypeInfo):
            base = "" if node.bases[0].type.fullname == "builtins.object" else f" extends {self.type(node.bases[0])}"
            return [f"{start}class {name}{base} {{", *self.members(node.names, node.fullname, "  "), "}"]
        if isinstance(node, Decorator) and isinstance(node.func.type, T.CallableType) and node.func.is_property:
            return [f"{start}get {name}(): {self.type(node.func.type.ret_type)};"]
        if isinstance(node, Decorator):
            return [f"{start}static {name}{self.signature(node.func.type)};"]
        if isinstance(node, FuncDef):
            label = "constructor" if name == "__init__" else function + name
            return [f"{start}{label}{self.signature(node.type, not function, name != '__init__')};"]
        static = "static " if isinstance(node, Var) and node.is_initialized_in_class else ""
        typed = isinstance(node, Var) and node.type
        return [f"{start}{static}{variable}{name}: {self.type(typed)};"] if typed else []

    def signature(self, kind: T.Type | None, skip: int = 0, result: bool = True) -> str:
        assert isinstance(kind, T.CallableType)
        parts, optional = list[str](), True
        given = list(zip(kind.arg_names, kind.arg_types, kind.arg_kinds, strict=True))[skip:]
        for place, (name, argument, arg_kind) in reversed(list(enumerate(given))):
            default = arg_kind in (ARG_OPT, ARG_NAMED_OPT)
            optional = optional and default
            mark, undefined = "?" if optional else "", " | undefined" if default and not optional else ""
            label = self.writer.variable(name or f"arg{place}")
            parts.insert(0, f"{label}{mark}: {self.type(argument)}{undefined}")
        return f"({', '.join(parts)})" + (f": {self.result(kind)}" if result else "")

    def result(self, kind: T.CallableType) -> str:
        return "void" if isinstance(T.get_proper_type(kind.ret_type), T.NoneType) else self.type(kind.ret_type)

    def type(self, given: T.Type) -> Js:
        alias = given.alias if isinstance(given, T.TypeAliasType) and not given.args else None
        if alias and alias.module in self.writer.compiled:
            return self.noted(alias.module, alias.name)
        proper = T.get_proper_type(given)
        if isinstance(proper, T.LiteralType):
            return Js(quote(proper.value) if isinstance(proper.value, str) else str(proper.value).lower())
        if isinstance(proper, T.UnionType):
            return Js(" | ".join(dict.fromkeys(wrap(self.type(item), BINDS["|"]) for item in proper.items)), BINDS["|"])
        if isinstance(proper, T.TupleType):
            return Js(f"[{', '.join(self.type(item) for item in proper.items)}]")
        if isinstance(proper, T.CallableType):
            return Js(f"{self.signature(proper, 0, False)} => {self.result(proper)}", LOOSE)
        if not isinstance(proper, T.Instance):
            return Js("null" if isinstance(proper, T.NoneType) else "any")
        info = proper.type
        if info.fullname == "builtins.bytes":
            self.noted("runtime", "Bytes")
        if info.module_name in self.writer.compiled:
            return self.noted(info.module_name, info.name)
        template = PHRASES.get(f"ts.{info.name}", [([], "Error" if info.has_base("builtins.BaseException") else "any")])
        return fill(template[0][1], [self.type(each) for each in proper.args], str)

    def noted(self, module: str, name: str) -> Js:
        if module != self.writer.module.name:
            self.imports.setdefault(module, set()).add(name)
        return Js(name)
