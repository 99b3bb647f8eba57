"""TypeScript declarations from the annotations: str is string, int is number, bytes is Bytes (a binary string)."""

import json

from mypy import types as T
from mypy.nodes import ARG_NAMED_OPT, ARG_OPT, Decorator, FuncDef, SymbolNode, SymbolTable, TypeAlias, TypeInfo, Var

from compiler.definitions import Definitions
from compiler.output import BINDS, LOOSE, Js, fill, wrap
from compiler.phrases import table


class Declarations:
    """The .d.mts file of the module that this writer has written."""

    def __init__(self, writer: Definitions) -> None:
        self.writer = writer
        self.imports: dict[str, set[str]] = {}

    def text(self) -> str:
        lines = self.members(self.writer.module.file.names, self.writer.module.name, "export ")
        imports = [self.writer.import_line("import type", *pair) for pair in sorted(self.imports.items())]
        return "\n".join([*imports, *[""] * bool(imports), *(lines or ["export {};"]), ""])

    def members(self, table: SymbolTable, owner: str, start: str) -> list[str]:
        """The public names of a module (`start` is "export ") or of a class."""
        lines: list[str] = []
        for name, symbol in table.items():
            public = name == "__init__" or not (name.startswith("_") or name in ("FIELDS", "TYPE_CHECKING"))
            if symbol.node and public and symbol.node.fullname == f"{owner}.{name}":
                lines += self.declared(name, symbol.node, start)
        return lines

    def declared(self, name: str, node: SymbolNode, start: str) -> list[str]:
        top, function = start == "export ", node.func if isinstance(node, Decorator) else node
        if isinstance(node, TypeAlias):
            return [f"{start}type {name} = {self.type(node.target)};"]
        if isinstance(node, TypeInfo):
            base = "" if node.bases[0].type.fullname == "builtins.object" else f" extends {self.type(node.bases[0])}"
            return [f"{start}class {name}{base} {{", *self.members(node.names, node.fullname, "  "), "}"]
        if isinstance(function, FuncDef) and isinstance(function.type, T.CallableType):
            word = "get " if function.is_property else "static " if function.is_static else "function " if top else ""
            shape = self.signature(function.type, not (top or function.is_static))
            return [f"{start}{word}{name}{shape};" if name != "__init__" else f"{start}constructor{shape[:-6]};"]
        word = "const " if top else "static " if isinstance(node, Var) and node.is_initialized_in_class else ""
        return [f"{start}{word}{name}: {self.type(node.type)};"] if isinstance(node, Var) and node.type else []

    def signature(self, kind: T.CallableType, skip: int = 0, arrow: str = ":") -> str:
        given = list(zip(kind.arg_names, kind.arg_types, kind.arg_kinds, strict=True))[skip:]
        wanted = [place for place, (_, _, arg_kind) in enumerate(given) if arg_kind not in (ARG_OPT, ARG_NAMED_OPT)]
        last, parts = max(wanted, default=-1), []
        for place, (name, argument, _) in enumerate(given):
            label = self.writer.variable(name or f"arg{place}") + ("?" if place > last else "")
            undefined = " | undefined" if place < last and place not in wanted else ""
            parts.append(f"{label}: {self.type(argument)}{undefined}")
        nothing = isinstance(T.get_proper_type(kind.ret_type), T.NoneType)
        return f"({', '.join(parts)}){arrow} {'void' if nothing else self.type(kind.ret_type)}"

    def type(self, given: T.Type) -> Js:
        alias = given.alias if isinstance(given, T.TypeAliasType) and not given.args else None
        if alias and alias.module in self.writer.compiled:
            return self.noted(alias.module, alias.name)
        proper = T.get_proper_type(given)
        if isinstance(proper, T.LiteralType):
            return Js(json.dumps(proper.value))
        if isinstance(proper, T.UnionType):
            return Js(" | ".join(dict.fromkeys(wrap(self.type(item), BINDS["|"]) for item in proper.items)), BINDS["|"])
        if isinstance(proper, T.TupleType):
            return Js(f"[{', '.join(self.type(item) for item in proper.items)}]")
        if isinstance(proper, T.CallableType):
            return Js(self.signature(proper, 0, " =>"), LOOSE)
        if not isinstance(proper, T.Instance):
            return Js("null" if isinstance(proper, T.NoneType) else "any")
        if proper.type.module_name in self.writer.compiled:
            return self.noted(proper.type.module_name, proper.type.name)
        other = "Error" if proper.type.has_base("builtins.BaseException") else "any"
        template = table("type-of").get(proper.type.name, other)
        return fill(template, [self.type(each) for each in proper.args], lambda name: self.noted("runtime", name))

    def noted(self, module: str, name: str) -> Js:
        if module != self.writer.module.name:
            self.imports.setdefault(module, set()).add(name)
        return Js(name)
