"""From mypy's types to kinds: the short list of words by which a phrase is chosen.

A value of a union has several kinds: `str | None` is {"str", "none"}. Code that mypy holds to be unreachable has none.
"""

from mypy import types as T
from mypy.nodes import TypeInfo

INSTANCES = dict(
    zip(*[["str", "bytes", "int", "bool", "float", "list", "dict", "set", "range", "function"]] * 2, strict=True)
)
INSTANCES |= {"object": "any", "frozenset": "set", "tuple": "list"}  # tuple[int, ...] is read like a list
ITERATORS = {"Iterable", "Iterator", "Generator", "dict_keys", "dict_values", "dict_items", "reversed"}
# Kinds whose truth is the same in both languages: "", 0, False and None are false, an object is true.
NATIVE_TRUTH = {"str", "bytes", "int", "bool", "none", "object", "function", "class"}
# Kinds that === compares as Python's == does.
PLAIN = {"str", "bytes", "int", "bool", "none"}


def kinds_of(given: T.Type | None) -> frozenset[str]:
    proper = T.get_proper_type(given)
    if isinstance(proper, T.UnionType):
        return frozenset().union(*map(kinds_of, proper.items))
    if isinstance(proper, T.LiteralType | T.TypeVarType):
        return kinds_of(proper.fallback if isinstance(proper, T.LiteralType) else proper.upper_bound)
    unknown = proper is None or isinstance(proper, T.UninhabitedType)
    return frozenset() if unknown or proper is None else frozenset({single_kind(proper)})


def single_kind(proper: T.ProperType) -> str:
    if isinstance(proper, T.Instance):
        name = proper.type.name
        known = INSTANCES.get(name) if proper.type.module_name == "builtins" else None
        return known or ("iterator" if name in ITERATORS else "module" if name == "ModuleType" else "object")
    if isinstance(proper, T.FunctionLike):
        return "class" if proper.is_type_obj() else "function"
    others = {T.NoneType: "none", T.TupleType: "tuple", T.TypeType: "class"}
    return others.get(type(proper), "any")


def without_none(given: T.Type | None) -> T.ProperType | None:
    """The one type that is left when None is taken away."""
    proper = T.get_proper_type(given)
    items = proper.items if isinstance(proper, T.UnionType) else [proper] if proper else []
    left = [item for item in map(T.get_proper_type, items) if not isinstance(item, T.NoneType)]
    return left[0] if len(left) == 1 else None


def inner_kinds(given: T.Type | None, place: int = 0) -> frozenset[str]:
    """The kinds of a list's items, or of a dict's keys (0) or values (1)."""
    proper = without_none(given)
    if isinstance(proper, T.TupleType):
        return frozenset().union(*map(kinds_of, proper.items))
    return kinds_of(proper.args[place]) if isinstance(proper, T.Instance) and len(proper.args) > place else frozenset()


def class_of(given: T.Type | None) -> TypeInfo | None:
    proper = without_none(given)
    proper = T.get_proper_type(proper.upper_bound) if isinstance(proper, T.TypeVarType) else proper
    return proper.type if isinstance(proper, T.Instance) else None
