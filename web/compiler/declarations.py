"""TypeScript declarations from the annotations: str is string, int is number, bytes is Bytes (a binary string)."""

from collections.abc import Callable

from mypy import types as T
from mypy.nodes import ARG_NAMED_OPT, ARG_OPT, Decorator, FuncDef, TypeAlias, TypeInfo, Var

from compiler.expressions import RESERVED
from compiler.load import Module
from compiler.output import quote

NAMES = {
    "builtins.str": "string",
    "builtins.bytes": "Bytes",
    "builtins.int": "number",
    "builtins.bool": "boolean",
    "builtins.object": "unknown",
    "builtins.BaseException": "Error",
}
CONTAINERS = {"list": "{0}[]", "tuple": "{0}[]", "dict": "Map<{0}, {1}>", "set": "Set<{0}>", "frozenset": "Set<{0}>"}
ITERATORS = {"Iterable": "Iterable<{0}>", "Iterator": "IterableIterator<{0}>", "Generator": "IterableIterator<{0}>"}


class Declarations:
    """The .d.mts file of one module. `own`: the names of all modules that are compiled."""

    def __init__(self, module: Module, own: set[str], live: set[str]) -> None:
        self.module = module
        self.own = own
        self.live = live
        self.imports: dict[str, set[str]] = {}
        self.bytes = False

    def write(self, relative: Callable[[str], str]) -> str:
        assert self.module.file is not None
        lines: list[str] = []
        for name, symbol in self.module.file.names.items():
            node = symbol.node
            if name.startswith("_") or node is None or not node.fullname.startswith(self.module.name + "."):
                continue
            if isinstance(node, TypeAlias):
                lines.append(f"export type {name} = {self.type(node.target)};")
            elif name not in self.live:
                continue
            elif isinstance(node, TypeInfo):
                lines += self.class_lines(name, node)
            elif isinstance(node, FuncDef) and isinstance(node.type, T.CallableType):
                lines.append(f"export function {name}{self.signature(node.type, 0)};")
            elif isinstance(node, Var) and node.type is not None and name != "TYPE_CHECKING":
                lines.append(f"export const {name}: {self.type(node.type)};")
        head = [
            f'import type {{ {", ".join(sorted(names))} }} from "{relative(source)}";'
            for source, names in sorted(self.imports.items())
        ]
        if self.bytes:
            head.insert(0, f'import type {{ Bytes }} from "{"../" * self.module.name.count(".") or "./"}runtime.mjs";')
        return "\n".join([*head, *([""] if head else []), *lines, *([] if lines else ["export {};"]), ""])

    def class_lines(self, name: str, info: TypeInfo) -> list[str]:
        base = info.bases[0]
        extends = "" if base.type.fullname == "builtins.object" else f" extends {self.type(base)}"
        lines = [f"export class {name}{extends} {{"]
        for member, symbol in info.names.items():
            node = symbol.node
            if member == "FIELDS" or (member.startswith("_") and member != "__init__"):
                continue
            if isinstance(node, Decorator) and isinstance(node.func.type, T.CallableType):
                kind = node.func.type
                if node.func.is_property:
                    lines.append(f"  get {member}(): {self.type(kind.ret_type)};")
                else:
                    lines.append(f"  static {member}{self.signature(kind, 0)};")
            elif isinstance(node, FuncDef) and isinstance(node.type, T.CallableType):
                lines.append(
                    f"  constructor{self.signature(node.type, 1, False)};"
                    if member == "__init__"
                    else f"  {member}{self.signature(node.type, 1)};"
                )
            elif isinstance(node, Var) and node.type is not None:
                static = "static " if node.is_initialized_in_class else ""
                lines.append(f"  {static}{member}: {self.type(node.type)};")
        return [*lines, "}"]

    def signature(self, kind: T.CallableType, skip: int, result: bool = True) -> str:
        parts = []
        optional = True
        for name, argument, arg_kind in reversed(
            list(zip(kind.arg_names, kind.arg_types, kind.arg_kinds, strict=True))[skip:]
        ):
            optional = optional and arg_kind in (ARG_OPT, ARG_NAMED_OPT)
            mark = "?" if optional else ""
            undefined = " | undefined" if not optional and arg_kind in (ARG_OPT, ARG_NAMED_OPT) else ""
            label = f"{name}_" if name in RESERVED else name or f"arg{len(parts)}"
            parts.insert(0, f"{label}{mark}: {self.type(argument)}{undefined}")
        return f"({', '.join(parts)})" + (f": {self.result(kind)}" if result else "")

    def result(self, kind: T.CallableType) -> str:
        return "void" if isinstance(T.get_proper_type(kind.ret_type), T.NoneType) else self.type(kind.ret_type)

    def type(self, given: T.Type) -> str:
        if isinstance(given, T.TypeAliasType) and given.alias and not given.args:
            module, name = given.alias.fullname.rsplit(".", 1)
            if module in self.own:
                self.note(module, name)
                return name
        proper = T.get_proper_type(given)
        if isinstance(proper, T.NoneType):
            return "null"
        if isinstance(proper, T.LiteralType):
            return quote(proper.value) if isinstance(proper.value, str) else str(proper.value).lower()
        if isinstance(proper, T.UnionType):
            return " | ".join(dict.fromkeys(self.type(item) for item in proper.items))
        if isinstance(proper, T.TupleType):
            return f"[{', '.join(self.type(item) for item in proper.items)}]"
        if isinstance(proper, T.CallableType):
            return f"({self.signature(proper, 0, False)} => {self.result(proper)})"
        return self.instance(proper) if isinstance(proper, T.Instance) else "any"

    def instance(self, proper: T.Instance) -> str:
        info = proper.type
        if info.fullname == "builtins.bytes":
            self.bytes = True
        if info.fullname in NAMES:
            return NAMES[info.fullname]
        template = CONTAINERS.get(info.name) or ITERATORS.get(info.name)
        if template:
            inner = [self.type(argument) for argument in proper.args]
            if template.endswith("[]") and "|" in inner[0]:
                inner[0] = f"({inner[0]})"
            return template.format(*inner)
        if info.has_base("builtins.BaseException") and info.fullname.startswith("builtins."):
            return "Error"
        self.note(info.module_name, info.name)
        return info.name

    def note(self, module: str, name: str) -> None:
        if module in self.own and module != self.module.name:
            self.imports.setdefault(module, set()).add(name)
