"""From mypy's types to kinds: the short list of words by which the translation is chosen.

A value of a union has several kinds: `str | None` is {"str", "none"}.
"""

from mypy import types as T
from mypy.nodes import TypeInfo

INSTANCES = {
    "builtins.str": "str",
    "builtins.bytes": "bytes",
    "builtins.int": "int",
    "builtins.bool": "bool",
    "builtins.float": "float",
    "builtins.list": "list",
    "builtins.dict": "dict",
    "builtins.set": "set",
    "builtins.frozenset": "set",
    "builtins.tuple": "list",  # tuple[int, ...]: an array like a list, and nothing can change it
    "builtins.range": "range",
    "builtins.object": "any",
    "builtins.function": "function",
    "builtins.reversed": "iterator",
    "builtins.enumerate": "iterator",
}
ITERATORS = {"Iterable", "Iterator", "Generator", "dict_keys", "dict_values", "dict_items", "KeysView", "ValuesView"}
# Kinds whose truth is the same in both languages: "", 0, False and None are false, an object is true.
NATIVE_TRUTH = {"str", "bytes", "int", "bool", "none", "object", "function", "class"}
# Kinds that === compares as Python's == does.
PLAIN = {"str", "bytes", "int", "bool", "none"}


def kinds_of(given: T.Type | None) -> frozenset[str]:
    """All kinds that a value of this type may have; empty for code that mypy holds to be unreachable."""
    if given is None:
        return frozenset()
    proper = T.get_proper_type(given)
    if isinstance(proper, T.UnionType):
        return frozenset().union(*(kinds_of(item) for item in proper.items))
    if isinstance(proper, T.LiteralType):
        return kinds_of(proper.fallback)
    if isinstance(proper, T.TypeVarType):
        return kinds_of(proper.upper_bound)
    if isinstance(proper, T.UninhabitedType):
        return frozenset()
    return frozenset({single_kind(proper)})


def single_kind(proper: T.ProperType) -> str:
    if isinstance(proper, T.NoneType):
        return "none"
    if isinstance(proper, T.TupleType):
        return "tuple"
    if isinstance(proper, T.FunctionLike):
        return "class" if proper.is_type_obj() else "function"
    if isinstance(proper, T.TypeType):
        return "class"
    if isinstance(proper, T.Instance):
        known = INSTANCES.get(proper.type.fullname)
        return known or ("iterator" if proper.type.name in ITERATORS else "object")
    return "any"


def item_type(given: T.Type | None, place: int = 0) -> T.Type | None:
    """The type of the items of a list, the keys (0) or values (1) of a dict."""
    proper = T.get_proper_type(given) if given is not None else None
    if isinstance(proper, T.UnionType):
        inner = [item_type(item, place) for item in proper.items if not isinstance(T.get_proper_type(item), T.NoneType)]
        return inner[0] if inner else None
    if isinstance(proper, T.TupleType):
        return T.UnionType(proper.items) if proper.items else None
    if isinstance(proper, T.Instance) and len(proper.args) > place:
        return proper.args[place]
    return None


def class_of(given: T.Type | None) -> TypeInfo | None:
    """The class of an instance, leaving out None."""
    proper = T.get_proper_type(given) if given is not None else None
    if isinstance(proper, T.UnionType):
        found = [class_of(item) for item in proper.items if not isinstance(T.get_proper_type(item), T.NoneType)]
        return found[0] if len(found) == 1 else None
    if isinstance(proper, T.TypeVarType):
        return class_of(proper.upper_bound)
    return proper.type if isinstance(proper, T.Instance) else None
