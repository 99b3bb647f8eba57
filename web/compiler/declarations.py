"""TypeScript declarations from the annotations: str is string, int is number, bytes is Bytes (a binary string)."""

from mypy import types as T
from mypy.nodes import ARG_NAMED_OPT, ARG_OPT, Decorator, FuncDef, SymbolNode, TypeAlias, TypeInfo, Var

from compiler.definitions import Definitions
from compiler.load import Module
from compiler.output import BINDS, LOOSE, Js, fill, quote, wrap
from compiler.phrases import PHRASES


class Declarations:
    """The .d.mts file of one module."""

    def __init__(self, module: Module, writer: Definitions) -> None:
        self.module = module
        self.writer = writer
        self.imports: dict[str, set[str]] = {}

    def text(self) -> str:
        lines: list[str] = []
        for name, symbol in self.module.file.names.items():
            node = symbol.node
            if not name.startswith("_") and node and node.fullname == f"{self.module.name}.{name}":
                lines += self.declared(name, node)
        imports = [
            f'import type {{ {", ".join(sorted(names))} }} from "{self.writer.relative(source)}";'
            for source, names in sorted(self.imports.items())
        ]
        return "\n".join([*imports, *[""] * bool(imports), *(lines or ["export {};"]), ""])

    def declared(self, name: str, node: SymbolNode) -> list[str]:
        if isinstance(node, TypeAlias):
            return [f"export type {name} = {self.type(node.target)};"]
        if name not in self.writer.live or name == "TYPE_CHECKING":
            return []
        if isinstance(node, TypeInfo):
            return self.class_lines(name, node)
        if isinstance(node, FuncDef):
            return [f"export function {name}{self.signature(node.type)};"]
        return [f"export const {name}: {self.type(node.type)};"] if isinstance(node, Var) and node.type else []

    def class_lines(self, name: str, info: TypeInfo) -> list[str]:
        base = info.bases[0]
        extends = "" if base.type.fullname == "builtins.object" else f" extends {self.type(base)}"
        lines = [f"export class {name}{extends} {{"]
        for member, symbol in info.names.items():
            node = symbol.node
            if member == "FIELDS" or (member.startswith("_") and member != "__init__"):
                continue
            if isinstance(node, Decorator) and isinstance(node.func.type, T.CallableType):
                if node.func.is_property:
                    lines.append(f"  get {member}(): {self.type(node.func.type.ret_type)};")
                else:
                    lines.append(f"  static {member}{self.signature(node.func.type)};")
            elif isinstance(node, FuncDef):
                start = "constructor" if member == "__init__" else member
                lines.append(f"  {start}{self.signature(node.type, 1, member != '__init__')};")
            elif isinstance(node, Var) and node.type:
                lines.append(f"  {'static ' if node.is_initialized_in_class else ''}{member}: {self.type(node.type)};")
        return [*lines, "}"]

    def signature(self, kind: T.Type | None, skip: int = 0, result: bool = True) -> str:
        assert isinstance(kind, T.CallableType)
        parts, optional = list[str](), True
        given = list(zip(kind.arg_names, kind.arg_types, kind.arg_kinds, strict=True))[skip:]
        for place, (name, argument, arg_kind) in reversed(list(enumerate(given))):
            default = arg_kind in (ARG_OPT, ARG_NAMED_OPT)
            optional = optional and default
            label = self.writer.variable(name or f"arg{place}")
            undefined = " | undefined" if default and not optional else ""
            parts.insert(0, f"{label}{'?' if optional else ''}: {self.type(argument)}{undefined}")
        return f"({', '.join(parts)})" + (f": {self.result(kind)}" if result else "")

    def result(self, kind: T.CallableType) -> str:
        return "void" if isinstance(T.get_proper_type(kind.ret_type), T.NoneType) else self.type(kind.ret_type)

    def type(self, given: T.Type) -> Js:
        if isinstance(given, T.TypeAliasType) and given.alias and not given.args:
            module, name = given.alias.fullname.rsplit(".", 1)
            if module in self.writer.compiled:
                return self.noted(module, name)
        proper = T.get_proper_type(given)
        if isinstance(proper, T.NoneType):
            return Js("null")
        if isinstance(proper, T.LiteralType):
            return Js(quote(proper.value) if isinstance(proper.value, str) else str(proper.value).lower())
        if isinstance(proper, T.UnionType):
            return Js(" | ".join(dict.fromkeys(wrap(self.type(item), BINDS["|"]) for item in proper.items)), BINDS["|"])
        if isinstance(proper, T.TupleType):
            return Js(f"[{', '.join(self.type(item) for item in proper.items)}]")
        if isinstance(proper, T.CallableType):
            return Js(f"{self.signature(proper, 0, False)} => {self.result(proper)}", LOOSE)
        return self.instance(proper) if isinstance(proper, T.Instance) else Js("any")

    def instance(self, proper: T.Instance) -> Js:
        info = proper.type
        if info.fullname == "builtins.bytes":
            self.noted("runtime", "Bytes")
        if info.module_name in self.writer.compiled:
            return self.noted(info.module_name, info.name)
        if f"ts.{info.name}" in PHRASES:
            return fill(PHRASES[f"ts.{info.name}"][0][1], [self.type(each) for each in proper.args], str)
        return Js("Error" if info.has_base("builtins.BaseException") else "any")

    def noted(self, module: str, name: str) -> Js:
        if module != self.module.name:
            self.imports.setdefault(module, set()).add(name)
        return Js(name)
